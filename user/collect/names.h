/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people call boards: lines of a board's id and its name. */
#ifndef EMBER_NAMES_H
#define EMBER_NAMES_H

#include <stdint.h>

#include "log/hello.h"

struct ember_names {			/* begins zeroed */
	struct ember_board_name {
		char id[EMBER_BOARD_MAX], name[EMBER_BOARD_MAX];
	} *item;
	uint32_t nr, size;
};

/* 0, or 1: it can't be read, or a line isn't one (said). */
int ember_names_read(struct ember_names *names, const char *path);
/*
 * What a board's folder is called: its name, else its id, with what can't be in a file's
 * name as _.
 */
void ember_names_folder(const struct ember_names *names, const char *id,
			char folder[EMBER_BOARD_MAX]);
void ember_names_free(struct ember_names *names);

#endif
