// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/mapped.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/field.h"
#include "base/stat.h"
#include "symbolize/maps.h"

#define EMBER_MAPPED_FILES 1024

static void ember_mapped_add(struct ember_mapped *m, uint32_t tgid, uint64_t uses,
			     const struct ember_maps_entry *entry, const char *path)
{
	uint64_t device = (uint64_t)entry->major << 32 | entry->minor;
	struct ember_mapped_file *file;
	uint32_t i;

	for (i = 0; i < m->nr; i++) {
		file = &m->file[i];
		if (file->inode == entry->ino && file->device == device) {
			file->uses += uses;
			return;
		}
	}
	if (m->nr == EMBER_MAPPED_FILES)
		return;
	m->file = ember_array_reserve(m->file, m->nr, &m->room, sizeof(*m->file));
	m->file[m->nr++] =
		(struct ember_mapped_file){ ember_copy(path), tgid, device, entry->ino, uses };
}

/* Each file once, however often the process maps it. */
static void ember_mapped_process(struct ember_mapped *m, uint32_t id)
{
	struct ember_maps_entry entry;
	struct ember_maps maps;
	struct ember_stat stat;
	uint64_t last = 0;

	if (!ember_stat_read(id, &stat))
		return;
	ember_maps_open(&maps, id);
	while (ember_maps_next(&maps, &entry)) {
		char *path = ember_field(maps.line, 5);

		if (*path != '/' || ember_field(maps.line, 1)[2] != 'x' || entry.ino == last)
			continue;
		path[strcspn(path, "\n")] = 0;
		ember_mapped_add(m, id, 1 + stat.ran, &entry, path);
		last = entry.ino;
	}
	ember_maps_close(&maps);
}

static int ember_mapped_order(const void *a, const void *b)
{
	const struct ember_mapped_file *x = a, *y = b;

	return x->uses > y->uses ? -1 : x->uses < y->uses;
}

void ember_mapped_find(struct ember_mapped *m, const uint32_t *ids, uint32_t nr)
{
	DIR *processes = nr ? NULL : opendir("/proc");
	struct dirent *entry;
	uint32_t i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < nr; i++)
		ember_mapped_process(m, ids[i]);
	while (processes && (entry = readdir(processes)))
		if (isdigit((unsigned char)*entry->d_name))
			ember_mapped_process(m, strtoul(entry->d_name, NULL, 10));
	if (processes)
		closedir(processes);
	if (m->nr)
		qsort(m->file, m->nr, sizeof(*m->file), ember_mapped_order);
}

void ember_mapped_free(struct ember_mapped *m)
{
	while (m->nr)
		free(m->file[--m->nr].path);
	free(m->file);
	m->file = NULL;
}
