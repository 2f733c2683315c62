/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, each kept once; a name's pointer lives until all are freed. */
#ifndef EMBER_STRINGS_H
#define EMBER_STRINGS_H

#include <stdint.h>

struct ember_string_block;

struct ember_strings {
	struct ember_string_block *block;
	uint32_t left;			/* of the newest block, bytes */
	const char **slot;		/* open addressing */
	uint32_t slots, nr;
};

/* strings begins zeroed. Doesn't return without memory. */
const char *ember_strings_keep(struct ember_strings *strings, const char *text);
void ember_strings_free(struct ember_strings *strings);

#endif
