/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Workers take the scans that samples ask for: on the CPU of the sample, before its
 * task is back in user mode, or `away`, on any, where a CPU is isolated or a real-time
 * task has it.
 */
#ifndef EMBER_WORKER_H
#define EMBER_WORKER_H

#include <linux/types.h>

struct ember_mm;
struct ember_mms;
struct mm_struct;

#define EMBER_MMS_HELD	64	/* mm_users that wait for a worker at most */

/*
 * In hard interrupt context, for current's own mm: asks for a scan, unless one has been
 * asked for already or there's no time left for it; that counts, if something changed.
 */
void ember_workers_want(struct ember_mms *spaces, struct ember_mm *space,
			struct mm_struct *mm, bool changed, u64 now);

/* In hard interrupt context, now and then: if this CPU's worker doesn't come, since a
 * real-time task is in front of it, another one does what it was asked for.
 */
void ember_workers_late(struct ember_mms *spaces, u64 now);

/* 0 or -ENOMEM; exit in either case. exit waits for the workers; no sample may run. */
int ember_workers_init(struct ember_mms *spaces);
void ember_workers_exit(struct ember_mms *spaces);
/* Waits until what was asked for is done: not for longer than half a second, nor when
 * killed.
 */
void ember_workers_wait(struct ember_mms *spaces);
/* No sample may run any more. False: a worker is at it still, and exit would wait for it. */
bool ember_workers_quiet(struct ember_mms *spaces);

#endif
