// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "workstation/collect/line_config.h"

/* An ember_line_config_take. */
static bool ember_names_line(void *context, const char *id, const char *called)
{
	struct ember_names *names = context;
	struct ember_board_name *name;

	if (!called || strlen(id) >= EMBER_BOARD_MAX || strlen(called) >= EMBER_BOARD_MAX)
		return false;
	names->item = ember_array_reserve(names->item, names->nr, &names->size,
					  sizeof(*names->item));
	name = &names->item[names->nr++];
	strcpy(name->id, id);
	strcpy(name->name, called);
	return true;
}

int ember_names_read(struct ember_names *names, const char *path)
{
	return ember_line_config_read(path, "a board's id and its name, of 63 bytes at most",
				      ember_names_line, names);
}

void ember_names_folder(const struct ember_names *names, const char *id,
			char folder[EMBER_FOLDER_MAX])
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:+-";
	static const char digit[] = "0123456789ABCDEF";
	bool given = false, taken = false;
	const char *name = id;
	unsigned int i, n = 0;

	for (i = 0; i < names->nr; i++) {
		taken |= !strcmp(names->item[i].name, id);
		if (strcmp(names->item[i].id, id))
			continue;
		name = names->item[i].name;
		given = true;
	}
	for (i = 0; name[i] && n < EMBER_FOLDER_MAX - 5; i++) {
		unsigned char c = name[i];

		if (strchr(plain, c) && (i || !strchr(".-", c))) {
			folder[n++] = c;
			continue;
		}
		folder[n++] = '%';
		folder[n++] = digit[c >> 4];
		folder[n++] = digit[c & 15];
	}
	/* No other name ends so: of an id that is what another board is called, and of none. */
	if (!n || (taken && !given))
		folder[n++] = '%';
	folder[n] = 0;
}

void ember_names_free(struct ember_names *names)
{
	free(names->item);
	memset(names, 0, sizeof(*names));
}
