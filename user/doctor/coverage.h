/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a file's code can be unwound, by what, and at what cost: for `emberprof check`. */
#ifndef EMBER_COVERAGE_H
#define EMBER_COVERAGE_H

#include <stdbool.h>

enum ember_coverage_form {
	EMBER_COVERAGE_TABLE,
	EMBER_COVERAGE_JSON,
	EMBER_COVERAGE_ROWS,		/* each row, for those who look for a mistake */
};

/* All files, to stdout; one line on stderr for each that is none of ours. The exit status:
 * 1 if there was one.
 */
int ember_coverage_print(char **paths, enum ember_coverage_form form);

#endif
