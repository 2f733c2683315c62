/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EMBER_SNAPSHOT_H
#define EMBER_SNAPSHOT_H

struct ember_space;
struct ember_spaces;
struct mm_struct;

/* Process context, spaces->lock held, mm_users held: writes a new generation of the
 * space if its mappings differ from the last one's.
 */
void ember_snapshot_take(struct ember_spaces *spaces, struct ember_space *space,
			 struct mm_struct *mm);

/*
 * Room in the last ring for one record, waiting a little for the reader. NULL if
 * there is none: counted as a lost definition. Commit with ember_ring_commit().
 */
void *ember_snapshot_reserve(struct ember_spaces *spaces, u16 type, u32 size);

#endif
