/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contents of a section that zlib has compressed, unpacked in steps of bounded work. */
#ifndef EMBER_INFLATE_H
#define EMBER_INFLATE_H

#include "elf/elf.h"

struct ember_inflate_state;

struct ember_inflate {			/* begins zeroed */
	const struct ember_elf *elf;
	uint64_t at, left;		/* packed bytes: where the next ones lie in the file */
	uint64_t bytes;			/* of the whole */
	uint8_t *whole;			/* freed by ember_inflate_close() */
	struct ember_inflate_state *state;	/* NULL: all of it is there, or none will be */
};

/* Begin with a section by its name. Returns false where it isn't there or not compressed. */
bool ember_inflate_open(struct ember_inflate *inflate, const struct ember_elf *elf,
			const char *name);
/* Unpack the next 8 KiB. Returns false at the end; whole is NULL then if they make no sense. */
bool ember_inflate_step(struct ember_inflate *inflate);
void ember_inflate_close(struct ember_inflate *inflate);

#endif
