// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* id and name; 0, 1: it's empty or a comment, -1: it makes no sense. */
static int ember_names_line(char *line, struct ember_board_name *name)
{
	const char *space = " \t\r\n";
	char *id = strtok_r(line, space, &line), *called = strtok_r(NULL, space, &line);

	if (!id || *id == '#')
		return 1;
	if (!called || strtok_r(NULL, space, &line) || strlen(id) >= EMBER_BOARD_MAX ||
	    strlen(called) >= EMBER_BOARD_MAX)
		return -1;
	strcpy(name->id, id);
	strcpy(name->name, called);
	return 0;
}

int ember_names_read(struct ember_names *names, const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int number = 0;
	char line[512];
	int what, err = 0;

	if (!file)
		return ember_error("%s: %s", path, strerror(errno));
	while (!err && fgets(line, sizeof(line), file)) {
		struct ember_board_name name;

		number++;
		what = ember_names_line(line, &name);
		if (what < 0)
			err = ember_error(
				"%s, line %u: a board's id and its name, of 63 bytes at most",
				path, number);
		if (what)
			continue;
		names->item =
			ember_room(names->item, names->nr, &names->size, sizeof(*names->item));
		names->item[names->nr++] = name;
	}
	fclose(file);
	return err;
}

void ember_names_folder(const struct ember_names *names, const char *id,
			char folder[EMBER_BOARD_MAX])
{
	const char *name = id;
	uint32_t i;
	char *at;

	for (i = 0; i < names->nr; i++)
		if (!strcmp(names->item[i].id, id))
			name = names->item[i].name;
	snprintf(folder, EMBER_BOARD_MAX, "%s", *name ? name : "_");
	for (at = folder; *at; at++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:+",
			    *at))
			*at = '_';
	if (*folder == '.')
		*folder = '_';
}

void ember_names_free(struct ember_names *names)
{
	free(names->item);
	memset(names, 0, sizeof(*names));
}
