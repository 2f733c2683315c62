/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is mapped in an address space, in three steps: list it (with a user of the
 * mm, under its mmap lock), look at the files, tell it.
 */
#ifndef EMBER_SNAPSHOT_H
#define EMBER_SNAPSHOT_H

#include <linux/rcupdate.h>
#include <linux/types.h>

struct ember_budget;
struct ember_snapshot;
struct ember_space;
struct ember_spaces;
struct mm_struct;

/* Executable addresses, in order, read in hard interrupt context. */
struct ember_ranges {
	struct rcu_head rcu;
	u32 number;			/* no other's */
	unsigned int nr;
	u32 bytes;			/* that are charged */
	struct ember_range {
		unsigned long start, end;
		u64 offset;		/* of the start in its file */
		u32 file;		/* number */
	} range[];
};

/* The one that an address is in, or NULL. */
static inline const struct ember_range *ember_ranges_find(const struct ember_ranges *ranges,
							  unsigned long pc)
{
	unsigned int low = 0, high = ranges->nr;

	while (low < high) {
		unsigned int middle = (low + high) / 2;
		const struct ember_range *range = &ranges->range[middle];

		if (pc < range->start)
			high = middle;
		else if (pc >= range->end)
			low = middle + 1;
		else
			return range;
	}
	return NULL;
}

/* Gives them back, when no sample can be reading them any more, or at once, as none is. */
void ember_ranges_drop(struct ember_budget *budget, struct ember_ranges *ranges);
void ember_ranges_free(struct ember_budget *budget, struct ember_ranges *ranges);
void ember_ranges_module_exit(void);	/* waits until all are gone */

/* Scratch for one worker; what more a snapshot needs is charged, and freed after it. NULL:
 * no memory.
 */
struct ember_snapshot *ember_snapshot_new(struct ember_budget *budget);
void ember_snapshot_free(struct ember_snapshot *snapshot);
size_t ember_snapshot_memory(void);

/*
 * Process context, mm_users held: lists the executable mappings, with references to
 * their files, and notes in `space` what tells of a change after it. 0; -EAGAIN: the
 * mmap lock is taken, ask again; -ENOMEM: more mappings than there's memory for (counted).
 */
int ember_snapshot_list(struct ember_snapshot *snapshot, struct ember_space *space,
			struct mm_struct *mm);

/*
 * Process context, after ember_snapshot_list(), mm_users no longer needed: gives the
 * files back and writes a new generation if the mappings differ from the last one's.
 * False: it couldn't be written (counted).
 */
bool ember_snapshot_tell(struct ember_snapshot *snapshot, struct ember_spaces *spaces,
			 struct ember_space *space);

#endif
