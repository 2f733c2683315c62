/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recording becomes. Ring numbers are renumbered here: a stack is known by
 * its thread's name, its space and its frames, whichever CPU defined it.
 */
#ifndef EMBER_PROFILE_H
#define EMBER_PROFILE_H

#include <emberprof.h>
#include <stdint.h>

struct ember_file {
	char *path;			/* NULL: not told */
	uint32_t flags;			/* EMBER_FILE_* */
	uint32_t dev_major, dev_minor;
	uint64_t ino, generation;	/* generation: of the inode, 0 unknown */
	uint8_t build_id_bytes;
	uint8_t build_id[EMBER_BUILD_ID_MAX];
};

struct ember_map {
	uint64_t start, end, offset;
	uint32_t file;
};

struct ember_space {
	uint32_t generation, nr, open;	/* open: SPACE without SPACE_END yet */
	uint64_t time;
	struct ember_map *map;
};

/* A stack as a CPU's ring defined it, or as it was counted. */
struct ember_stack {
	uint64_t hash;
	uint64_t count;
	uint32_t space;
	uint32_t tid, tgid;
	char comm[EMBER_COMM_LEN];
	uint16_t nr_kernel, nr_user;
	uint8_t context, end_user;
	uint64_t *frames;
};

struct ember_cpu_maps {
	struct ember_stack *stack;	/* by ring number */
	uint32_t nr_stack;
	struct ember_rec_thread *thread;
	uint32_t nr_thread;
};

struct ember_profile {
	unsigned int nr_rings;
	struct ember_cpu_maps *cpu;
	struct ember_file *file;	/* by number */
	uint32_t nr_file;
	struct ember_space *space;	/* by number: the last whole generation */
	struct ember_space *filling;	/* by number: the one that arrives */
	uint32_t nr_space;
	struct ember_stack *stack;	/* counted ones, open addressing by hash */
	uint32_t nr_stack, slots;
	uint64_t samples, undefined, lost, skipped;
	uint64_t period_ns;
};

void ember_profile_init(struct ember_profile *profile, unsigned int nr_rings,
			uint64_t period_ns);
void ember_profile_exit(struct ember_profile *profile);

/* An ember_record_fn; context is the profile. */
void ember_profile_record(void *context, unsigned int ring,
			  const struct ember_record *record);

/* The mapping of a user address, or NULL. */
const struct ember_map *ember_profile_map(const struct ember_profile *profile,
					  uint32_t space, uint64_t pc);

#endif
