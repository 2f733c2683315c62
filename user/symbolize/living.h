/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that were sampled and are there still: what each of them maps. */
#ifndef EMBER_LIVING_H
#define EMBER_LIVING_H

#include "symbolize/binary.h"

struct ember_living {			/* begins zeroed */
	uint32_t *tgid;
	uint32_t nr_tgid, tgid_size;
	uint32_t looked;		/* so many of them have been looked at */
	struct ember_lived {
		uint64_t ino;
		uint32_t major, minor, tgid;
	} *file;			/* code alone */
	uint32_t nr_file, file_size;
};

void ember_living_add(struct ember_living *living, uint32_t tgid);

/*
 * Processes that map a file, `most` at most; returns how many. Each process is looked at
 * once, when the first file is asked for after it was added.
 */
uint32_t ember_living_find(struct ember_living *living, const struct ember_file *file,
			   struct ember_mapper *mapper, uint32_t most);
void ember_living_free(struct ember_living *living);

#endif
