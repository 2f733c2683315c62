// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/spaces.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/*
 * Numbers are given out in order. One that is further ahead than a burst of losses
 * could explain is nonsense, and must not make us allocate for it.
 */
#define EMBER_FILES_AHEAD  4096
#define EMBER_SPACES_AHEAD 65536

bool ember_spaces_on_file(struct ember_spaces *s, const struct ember_rec_file *rec)
{
	struct ember_file *file;

	if (!rec->file || rec->file > s->nr_file + EMBER_FILES_AHEAD ||
	    rec->path_bytes > rec->h.size - sizeof(*rec) ||
	    rec->path_bytes >= EMBER_PATH_MAX || rec->build_id_bytes > EMBER_BUILD_ID_MAX)
		return false;
	s->file = ember_array_ensure(s->file, &s->nr_file, rec->file, sizeof(*s->file));
	file = &s->file[rec->file];
	free(file->path);
	file->path = ember_xrealloc(NULL, rec->path_bytes + 1, 1);
	memcpy(file->path, rec->path, rec->path_bytes);
	file->path[rec->path_bytes] = 0;
	file->ino = rec->ino;
	file->generation = rec->generation;
	file->dev_major = rec->dev_major;
	file->dev_minor = rec->dev_minor;
	file->flags = rec->flags;
	file->build_id_bytes = rec->build_id_bytes;
	memcpy(file->build_id, rec->build_id, sizeof(file->build_id));
	return true;
}

bool ember_spaces_on_space(struct ember_spaces *s, const struct ember_rec_space *rec)
{
	if (!rec->space || rec->space > s->highest + EMBER_SPACES_AHEAD)
		return false;
	s->incomplete += s->filling != 0;
	if (rec->space > s->highest)
		s->highest = rec->space;
	s->filling = rec->space;
	s->filling_generation = rec->generation;
	s->filling_tgid = rec->tgid;
	s->filling_time = rec->time;
	s->filling_nr = 0;
	return true;
}

struct ember_map_key {
	const struct ember_spaces *spaces;
	struct ember_map map;
};

static bool ember_map_same(const void *context, uint32_t item)
{
	const struct ember_map_key *key = context;
	const struct ember_map *a = &key->map, *b = &key->spaces->map[item];

	return a->start == b->start && a->end == b->end && a->offset == b->offset &&
	       a->file == b->file;
}

static uint32_t ember_map_number(struct ember_spaces *s, const struct ember_map *map)
{
	struct ember_map_key key = { s, *map };
	uint64_t hash =
		ember_mix(ember_mix(ember_mix(map->start, map->end), map->offset), map->file);
	uint32_t number = ember_index_find(&s->map_index, hash, ember_map_same, &key);

	if (number != EMBER_NO_NUMBER)
		return number;
	s->map = ember_array_reserve(s->map, s->nr_map, &s->map_size, sizeof(*s->map));
	s->map[s->nr_map] = key.map;
	ember_index_add(&s->map_index, hash, s->nr_map);
	return s->nr_map++;
}

/* Record the earliest time at which the file is known to be mapped, and by which process. */
static void ember_spaces_seen(struct ember_spaces *s, uint32_t number)
{
	uint64_t seen = s->filling_time + s->ahead_ns;

	if (number < s->nr_file &&
	    (!s->file[number].seen_ns || seen < s->file[number].seen_ns)) {
		s->file[number].seen_ns = seen;
		s->file[number].tgid = s->filling_tgid;
	}
}

bool ember_spaces_on_map(struct ember_spaces *s, const struct ember_rec_map *rec)
{
	/* Maps of one space come in one go. */
	if (!rec->space || rec->space != s->filling || rec->start >= rec->end)
		return false;
	ember_spaces_seen(s, rec->file);
	s->filling_map = ember_array_reserve(s->filling_map, s->filling_nr, &s->filling_size,
					     sizeof(*s->filling_map));
	s->filling_map[s->filling_nr++] = ember_map_number(
		s, &(struct ember_map){ rec->start, rec->end, rec->offset, rec->file });
	return true;
}

static int ember_map_order(const void *a, const void *b, void *context)
{
	const struct ember_spaces *s = context;
	const struct ember_map *x = &s->map[*(const uint32_t *)a];
	const struct ember_map *y = &s->map[*(const uint32_t *)b];

	return x->start < y->start ? -1 : x->start > y->start;
}

struct ember_latest_key {
	const struct ember_spaces *spaces;
	uint32_t space;
};

static bool ember_latest_same(const void *context, uint32_t item)
{
	const struct ember_latest_key *key = context;

	return key->spaces->latest[item].space == key->space;
}

/* The space's place among the latest; EMBER_NO_NUMBER: it has no generation. */
static uint32_t ember_latest(const struct ember_spaces *s, uint32_t space)
{
	struct ember_latest_key key = { s, space };

	return ember_index_find(&s->latest_index, ember_mix_first(space), ember_latest_same,
				&key);
}

/* Into its space's chain, by time; of two at one time the later one holds. */
static void ember_epoch_link(struct ember_spaces *s, uint32_t space, uint32_t number)
{
	struct ember_epoch *g = s->generation[number];
	uint32_t later = EMBER_NO_NUMBER, earlier = EMBER_NO_NUMBER;
	uint32_t place = ember_latest(s, space);

	if (place == EMBER_NO_NUMBER) {
		place = s->nr_latest++;
		s->latest = ember_array_reserve(s->latest, place, &s->latest_size,
						sizeof(*s->latest));
		s->latest[place].space = space;
		ember_index_add(&s->latest_index, ember_mix_first(space), place);
	} else {
		earlier = s->latest[place].generation;
	}
	while (earlier != EMBER_NO_NUMBER && s->generation[earlier]->time > g->time) {
		later = earlier;
		earlier = s->generation[earlier]->earlier;
	}
	g->earlier = earlier;
	g->later = later;
	if (earlier != EMBER_NO_NUMBER)
		s->generation[earlier]->later = number;
	if (later != EMBER_NO_NUMBER)
		s->generation[later]->earlier = number;
	else
		s->latest[place].generation = number;
}

static void ember_epoch_add(struct ember_spaces *s, uint32_t space, struct ember_epoch *g)
{
	s->generation = ember_array_reserve(s->generation, s->nr_generation,
					    &s->generation_size, sizeof(*s->generation));
	s->generation[s->nr_generation] = g;
	ember_epoch_link(s, space, s->nr_generation++);
}

bool ember_spaces_on_end(struct ember_spaces *s, const struct ember_rec_space_end *rec)
{
	struct ember_epoch *g;

	if (!rec->space || rec->space != s->filling ||
	    rec->generation != s->filling_generation)
		return false;
	s->filling = 0;
	if (rec->maps != s->filling_nr) {
		s->incomplete++;
		return true;
	}
	g = ember_xrealloc(NULL, 1, sizeof(*g) + s->filling_nr * sizeof(*g->map));
	g->time = s->filling_time;
	g->tgid = s->filling_tgid;
	g->nr = s->filling_nr;
	if (g->nr)
		memcpy(g->map, s->filling_map, g->nr * sizeof(*g->map));
	qsort_r(g->map, g->nr, sizeof(*g->map), ember_map_order, s);
	ember_epoch_add(s, rec->space, g);
	return true;
}

uint32_t ember_spaces_at(const struct ember_spaces *s, uint32_t space, uint64_t time)
{
	uint32_t number, earlier;

	number = ember_latest(s, space);
	if (number == EMBER_NO_NUMBER)
		return number;
	number = s->latest[number].generation;
	while (s->generation[number]->time > time) {
		earlier = s->generation[number]->earlier;
		if (earlier == EMBER_NO_NUMBER)
			break;
		number = earlier;
	}
	return number;
}

static const struct ember_map *ember_epoch_map(const struct ember_spaces *s,
					       const struct ember_epoch *g, uint64_t pc)
{
	uint32_t low = 0, high = g->nr, middle;
	const struct ember_map *map;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (s->map[g->map[middle]].start <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	map = &s->map[g->map[low - 1]];
	return pc < map->end ? map : NULL;
}

const struct ember_map *ember_spaces_map(const struct ember_spaces *s, uint32_t generation,
					 uint64_t pc)
{
	const struct ember_epoch *g;
	const struct ember_map *map;

	if (generation >= s->nr_generation)
		return NULL;
	g = s->generation[generation];
	map = ember_epoch_map(s, g, pc);
	/* Not further than one: what is there later may be another file's. */
	if (!map && g->later != EMBER_NO_NUMBER)
		map = ember_epoch_map(s, s->generation[g->later], pc);
	return map;
}

/* One that is kept, with its maps as they are numbered now. */
static void ember_epoch_keep(struct ember_spaces *s, const struct ember_map *map,
			     struct ember_epoch *g, uint32_t space)
{
	uint32_t i;

	for (i = 0; i < g->nr; i++)
		g->map[i] = ember_map_number(s, &map[g->map[i]]);
	ember_epoch_add(s, space, g);
}

void ember_spaces_compact(struct ember_spaces *s, uint64_t since, ember_space_wanted *wanted,
			  const void *context)
{
	struct ember_spaces old = *s;
	uint32_t i;

	s->map = NULL;
	s->nr_map = s->map_size = 0;
	memset(&s->map_index, 0, sizeof(s->map_index));
	s->generation = NULL;
	s->nr_generation = s->generation_size = 0;
	s->latest = NULL;
	s->nr_latest = s->latest_size = 0;
	memset(&s->latest_index, 0, sizeof(s->latest_index));
	s->compacted++;
	for (i = 0; i < old.nr_latest; i++) {
		uint32_t number = old.latest[i].generation, earlier;
		bool keep = wanted(context, old.latest[i].space, old.generation[number]->tgid);

		for (; number != EMBER_NO_NUMBER; number = earlier) {
			struct ember_epoch *g = old.generation[number];

			earlier = g->earlier;
			if (keep) {
				/* What held at that time is the last one that is needed. */
				keep = g->time > since;
				ember_epoch_keep(s, old.map, g, old.latest[i].space);
			} else {
				free(g);
			}
		}
	}
	/* The space whose MAP records are still arriving. */
	for (i = 0; i < s->filling_nr; i++)
		s->filling_map[i] = ember_map_number(s, &old.map[s->filling_map[i]]);
	free(old.map);
	ember_index_free(&old.map_index);
	free(old.generation);
	free(old.latest);
	ember_index_free(&old.latest_index);
}

void ember_spaces_free(struct ember_spaces *s)
{
	uint32_t i;

	for (i = 0; i < s->nr_file; i++)
		free(s->file[i].path);
	for (i = 0; i < s->nr_generation; i++)
		free(s->generation[i]);
	free(s->file);
	free(s->map);
	free(s->generation);
	free(s->latest);
	ember_index_free(&s->latest_index);
	free(s->filling_map);
	ember_index_free(&s->map_index);
	memset(s, 0, sizeof(*s));
}
