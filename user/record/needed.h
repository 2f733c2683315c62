/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that a command will run: its own, its interpreter, and the libraries that ld.so
 * will load for it. Nothing is run to find that out.
 */
#ifndef EMBER_NEEDED_H
#define EMBER_NEEDED_H

#include <stdbool.h>
#include <stdint.h>

#include "symbolize/safe_open.h"

struct ember_needed_file {
	char *path;			/* absolute */
	char *name;			/* by which it was requested */
	char *rpath, *runpath;		/* its DT_RPATH and DT_RUNPATH, or NULL */
	uint32_t by;			/* number of the one that asked for it; its own: none */
};

struct ember_needed {
	struct ember_needed_file *file;	/* in the order in which they are loaded */
	uint32_t nr;
	unsigned int room;
};

/*
 * Finds what execvp(command) runs now: by PATH, `#!`, PT_INTERP and DT_NEEDED, in the places
 * that ld.so of glibc or musl looks at, with our environment. A file that isn't found is
 * left out. ember_needed_free() what is found.
 */
void ember_needed_find(struct ember_needed *needed, struct ember_safe_open *reach,
		       const char *command);
void ember_needed_free(struct ember_needed *needed);

#endif
