/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process has mapped now, by /proc/PID/maps. */
#ifndef EMBER_SYMBOLS_MAPS_H
#define EMBER_SYMBOLS_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct ember_maps {
	FILE *file;
	char *line;
	size_t room;
};

struct ember_maps_entry {
	uint64_t start, end;
	uint32_t major, minor;
	uint64_t ino;			/* as the module sees it, on any file system */
	bool code;			/* with leave to be executed */
	const char *name;		/* as it is written there; until the next */
};

/* tgid 0: our own. A process that can't be read maps nothing. */
void ember_maps_open(struct ember_maps *maps, uint32_t tgid);
bool ember_maps_next(struct ember_maps *maps, struct ember_maps_entry *entry);
void ember_maps_close(struct ember_maps *maps);

#endif
