/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs in memfds, kept open while the recording runs: when their processes have ended
 * nothing leads to them. No mount is busy by that.
 */
#ifndef EMBER_KEPT_H
#define EMBER_KEPT_H

#include <sys/types.h>

#include "symbolize/safe_open.h"

#define EMBER_KEPT_MAX	 32		/* files, */
#define EMBER_KEPT_BYTES (64ll << 20)	/* and their bytes together */

struct ember_file;

struct ember_kept {			/* begins zeroed */
	uint32_t looked;		/* so many files have been looked at */
	uint32_t nr;
	off_t bytes;
	struct {
		uint64_t ino;
		uint32_t major, minor;
		int fd;
	} file[EMBER_KEPT_MAX];
};

/* Those of a recording's files, by number, that are new; nr: there is room for so many. */
void ember_kept_look(struct ember_kept *kept, struct ember_safe_open *reach,
		     const struct ember_file *file, uint32_t nr);

/* A descriptor of the caller's; -1: it isn't kept. */
int ember_kept_open(const struct ember_kept *kept, const struct ember_file *file);
void ember_kept_free(struct ember_kept *kept);

#endif
