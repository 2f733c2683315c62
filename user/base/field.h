/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of /proc: fields between blanks. */
#ifndef EMBER_FIELD_H
#define EMBER_FIELD_H

#include <string.h>

/* Where the n-th field begins, from 0 on; the line's end if there are fewer. */
static inline char *ember_field(char *line, unsigned int n)
{
	line += strspn(line, " \t");
	for (; n; n--) {
		line += strcspn(line, " \t\n");
		line += strspn(line, " \t");
	}
	return line;
}

#endif
