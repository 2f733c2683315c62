// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/living.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/dictionary.h"
#include "symbolize/maps.h"

void ember_living_add(struct ember_living *l, uint32_t tgid)
{
	uint32_t i;

	for (i = l->nr_tgid; i > 0; i--)
		if (l->tgid[i - 1] == tgid)
			return;
	l->tgid = ember_array_reserve(l->tgid, l->nr_tgid, &l->tgid_size, sizeof(*l->tgid));
	l->tgid[l->nr_tgid++] = tgid;
}

static void ember_living_look(struct ember_living *l, uint32_t tgid)
{
	struct ember_maps_entry entry;
	struct ember_lived *last = NULL;
	struct ember_maps maps;

	ember_maps_open(&maps, tgid);
	while (ember_maps_next(&maps, &entry)) {
		if (!entry.code || !entry.ino ||
		    (last && last->ino == entry.ino && last->major == entry.major &&
		     last->minor == entry.minor))
			continue;
		l->file = ember_array_reserve(l->file, l->nr_file, &l->file_size,
					      sizeof(*l->file));
		last = &l->file[l->nr_file++];
		*last = (struct ember_lived){ entry.ino, entry.major, entry.minor, tgid };
	}
	ember_maps_close(&maps);
}

uint32_t ember_living_find(struct ember_living *l, const struct ember_file *file,
			   struct ember_mapper *mapper, uint32_t most)
{
	uint32_t i, nr = 0;

	while (l->looked < l->nr_tgid)
		ember_living_look(l, l->tgid[l->looked++]);
	for (i = 0; i < l->nr_file && nr < most; i++) {
		const struct ember_lived *f = &l->file[i];

		if (f->ino == file->ino && f->major == file->dev_major &&
		    f->minor == file->dev_minor && (!nr || mapper[nr - 1].tgid != f->tgid))
			mapper[nr++] = (struct ember_mapper){ .tgid = f->tgid };
	}
	return nr;
}

void ember_living_free(struct ember_living *l)
{
	free(l->tgid);
	free(l->file);
	memset(l, 0, sizeof(*l));
}
