/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces that were sampled, and what is mapped in them.
 *
 * A sample sees an mm for the first time in hard interrupt context; the mappings
 * are read later by a worker, in process context, and go to the session's last
 * ring as generations (include/uapi/emberprof.h, 3).
 */
#ifndef EMBER_SPACE_H
#define EMBER_SPACE_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "ring.h"

struct ember_session;
struct ember_files;
struct mm_struct;

#define EMBER_SPACES		1024	/* slots, a power of two */
#define EMBER_SPACES_HELD	64	/* mm_users that wait for the worker at most */

/* One space. mm is claimed with cmpxchg by the CPU that sees it first and cleared
 * by the worker once nobody lives in it any more.
 */
struct ember_space {
	struct mm_struct *mm;		/* pinned by mmgrab; NULL: free */
	u32 number;			/* 0 until it's told; session-wide, never reused */
	u32 tgid;			/* in the session's pid namespace */
	u32 generation;			/* of the last snapshot that was written */
	atomic_t wanted;		/* EMBER_SPACE_WANT_* */
	unsigned long taken;		/* jiffies of the last snapshot */
	unsigned long exec_vm;		/* as of then: */
	int map_count;
	u64 content;			/* hash of the last generation's mappings */
	u64 held_since;			/* ns: mm_users was taken for the worker */
};

struct ember_spaces {
	struct ember_session *session;
	struct ember_space *space;	/* [EMBER_SPACES] */
	struct ember_files *files;
	struct ember_ring ring;		/* the session's last ring */
	struct ember_counters *counters;	/* in its head page */
	struct mutex lock;		/* the ring's writer, files */
	struct work_struct work;
	atomic_t numbers;
	atomic_t held;
	u64 hold_max_ns;
	u64 snapshots;
	bool stopping;
};

/*
 * In hard interrupt context, for current's own mm (alive: we run on it). Returns
 * its slot, or NULL if it can't be held (counted by the caller). Asks for the first
 * snapshot.
 */
struct ember_space *ember_space_see(struct ember_spaces *spaces, struct mm_struct *mm);

/*
 * In hard interrupt context, at each sample of a known space: asks for another
 * snapshot where a change is suspected (exec_vm, map_count, a second since the last
 * one), at most every 100 ms. Cheap when nothing is to be done.
 */
void ember_space_touch(struct ember_spaces *spaces, struct ember_space *space,
		       struct mm_struct *mm);

/* The last ring is allocated by the caller. 0 or -ENOMEM. exit waits for the worker
 * and releases everything; no sample may run any more.
 */
int ember_spaces_init(struct ember_spaces *spaces, struct ember_session *session);
void ember_spaces_exit(struct ember_spaces *spaces);
/* Waits until what was asked for is written: before STOP returns. */
void ember_spaces_flush(struct ember_spaces *spaces);

int ember_spaces_module_init(void);	/* the work queue */
void ember_spaces_module_exit(void);

#endif
