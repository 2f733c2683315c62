// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/maps.h"

#include <stdlib.h>

#include "base/field.h"

void ember_maps_open(struct ember_maps *maps, uint32_t tgid)
{
	char path[64] = "/proc/self/maps";

	if (tgid)
		snprintf(path, sizeof(path), "/proc/%u/maps", tgid);
	*maps = (struct ember_maps){ .file = fopen(path, "re") };
}

bool ember_maps_next(struct ember_maps *maps, struct ember_maps_entry *entry)
{
	char *at;

	if (!maps->file || getline(&maps->line, &maps->room, maps->file) <= 0)
		return false;
	entry->start = strtoull(maps->line, &at, 16);
	entry->end = *at == '-' ? strtoull(at + 1, NULL, 16) : 0;
	entry->major = strtoul(ember_field(maps->line, 3), &at, 16);
	entry->minor = *at == ':' ? strtoul(at + 1, NULL, 16) : 0;
	entry->ino = strtoull(ember_field(maps->line, 4), NULL, 10);
	entry->code = ember_field(maps->line, 1)[2] == 'x';
	maps->line[strcspn(maps->line, "\n")] = 0;
	entry->name = ember_field(maps->line, 5);
	return true;
}

void ember_maps_close(struct ember_maps *maps)
{
	free(maps->line);
	if (maps->file)
		fclose(maps->file);
}
