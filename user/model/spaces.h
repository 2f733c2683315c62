/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address spaces: what was mapped in them, from when on; and the files behind it. */
#ifndef EMBER_SPACES_H
#define EMBER_SPACES_H

#include <emberprof.h>

#include "model/index.h"
#include "model/dictionary.h"

struct ember_map {
	uint64_t start, end, offset;	/* offset: of start, in the file */
	uint32_t file;
};

/* What was mapped from `time` on, until the next one of the same space. */
struct ember_epoch {
	uint64_t time;
	uint32_t tgid;			/* a process that has the space */
	uint32_t earlier, later;	/* of the same space, or EMBER_NO_NUMBER */
	uint32_t nr;
	uint32_t map[];			/* numbers, by start */
};

struct ember_spaces {			/* begins zeroed */
	struct ember_file *file;	/* by number */
	uint32_t nr_file;
	uint64_t ahead_ns;		/* CLOCK_BOOTTIME less CLOCK_MONOTONIC, now */
	struct ember_map *map;		/* each kept once: children share theirs */
	uint32_t nr_map, map_size;
	struct ember_index map_index;
	struct ember_epoch **generation;
	uint32_t nr_generation, generation_size;
	struct ember_latest {
		uint32_t space, generation;	/* its latest */
	} *latest;
	uint32_t nr_latest, latest_size;
	struct ember_index latest_index;
	uint32_t highest;		/* number of a space so far */
	uint32_t compacted;		/* times that generations have got other numbers */
	uint32_t filling;		/* the space whose SPACE came last, 0: none */
	uint32_t filling_generation, filling_tgid, filling_nr, filling_size;
	uint64_t filling_time;
	uint32_t *filling_map;
	uint64_t incomplete;		/* generations dropped */
};

/* One record each, of at least its type's size. False: it made no sense, no harm done. */
bool ember_spaces_on_file(struct ember_spaces *spaces, const struct ember_rec_file *rec);
bool ember_spaces_on_space(struct ember_spaces *spaces, const struct ember_rec_space *rec);
bool ember_spaces_on_map(struct ember_spaces *spaces, const struct ember_rec_map *rec);
bool ember_spaces_on_end(struct ember_spaces *spaces, const struct ember_rec_space_end *rec);
void ember_spaces_free(struct ember_spaces *spaces);

/*
 * Keeps what samples from `since` on may need, of those spaces that `wanted` says are; the
 * numbers of generations and maps become others.
 */
typedef bool ember_space_wanted(const void *context, uint32_t space, uint32_t tgid);
void ember_spaces_compact(struct ember_spaces *spaces, uint64_t since,
			  ember_space_wanted *wanted, const void *context);

/*
 * The generation that holds at `time`: the latest that is not after it, else the
 * first, applied backwards. EMBER_NO_NUMBER: none has come.
 */
uint32_t ember_spaces_at(const struct ember_spaces *spaces, uint32_t space, uint64_t time);

/*
 * What is mapped at a pc sampled in that generation, or NULL. Where it has nothing
 * there, the next one is asked: the code may be newer than our look at it.
 */
const struct ember_map *ember_spaces_map(const struct ember_spaces *spaces,
					 uint32_t generation, uint64_t pc);

#endif
