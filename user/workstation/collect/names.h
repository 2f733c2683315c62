/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people call boards: lines of a board's id and its name. */
#ifndef EMBER_NAMES_H
#define EMBER_NAMES_H

#include <stdint.h>

#include "log/stream_header.h"

#define EMBER_FOLDER_MAX	(3 * EMBER_BOARD_MAX)	/* bytes of a board's folder name, with the NUL */

struct ember_names {			/* begins zeroed */
	struct ember_board_name {
		char id[EMBER_BOARD_MAX], name[EMBER_BOARD_MAX];
	} *item;
	uint32_t nr, size;
};

/* 0, or 1: it can't be read, or a line isn't one (said). */
int ember_names_read(struct ember_names *names, const char *path);
/*
 * Encodes what a board is called, its name or else its id, as a file name: each byte outside
 * [A-Za-z0-9_.:+-], and a leading '.' or '-', becomes %XX. Two ids never share one unless the
 * list gives them the same name: an id that is another's name has a % behind it.
 */
void ember_names_folder(const struct ember_names *names, const char *id,
			char folder[EMBER_FOLDER_MAX]);
void ember_names_free(struct ember_names *names);

#endif
