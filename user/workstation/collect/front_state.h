/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a collector keeps of its HTTP server's process. */
#ifndef EMBER_FRONT_STATE_H
#define EMBER_FRONT_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "http/server.h"

#define EMBER_FRONT_FOLDERS	32	/* options that name a board's files */
#define EMBER_FRONT_COUNTERS	48

struct ember_front {			/* begins zeroed, but for the options */
	const char *address;		/* NULL: nobody asked for it */
	const char *token_file;
	char **command;			/* the collector's argv */
	struct {
		int option;		/* of ember_folder_options */
		char *value;
	} folder[EMBER_FRONT_FOLDERS];
	uint32_t nr_folder;
	struct ember_http *http;	/* until the process has it */
	int fd;				/* to it; < 0: there is none */
	uint32_t place;			/* in the loop's turn */
	uint32_t asked, flying;		/* that wait for a batch; for the one that is under way */
	struct ember_front_shared *shared;
};

#endif
