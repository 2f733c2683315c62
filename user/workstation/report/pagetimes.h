/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page's data: when samples of what is shown were taken. */
#ifndef EMBER_PAGETIMES_H
#define EMBER_PAGETIMES_H

#include <stdio.h>

#include "model/profile.h"

/* "name":[value,...] of an expression in i. */
#define EMBER_PAGE_COLUMN(out, name, from, nr, value)               \
	do {                                                        \
		uint32_t i;                                         \
                                                                    \
		fputs("\"" name "\":[", out);                       \
		for (i = (from); i < (nr); i++)                     \
			fprintf(out, i > (from) ? ",%llu" : "%llu", \
				(unsigned long long)(value));       \
		putc(']', out);                                     \
	} while (0)

/* number: the page's row of each sample. Writes members of an object, each with a comma behind. */
void ember_pagetimes_put(FILE *out, const struct ember_profile *profile, const uint32_t *number);

#endif
