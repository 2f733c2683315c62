/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The part of the contract (emberprof.h) that shows all threads at one moment.
 *
 * The event EMBER_EVENT_THREADS (where QUERY has EMBER_FEATURE_THREADS) has no occurrences of
 * its own: ioctl EMBER_IOC_THREADS, while the session runs, writes one WEIGHTED record for each
 * thread that the session's filter wants, with the thread's kernel and user frames, into the
 * rings of the CPUs that the module took them on. The period that CONFIG has for it, 1 or more,
 * means nothing.
 *
 *   weight                    nanoseconds since the thread was switched out, or, while it
 *                             runs, since it was switched in; 1 at least. By the scheduler's
 *                             clock, which may be a tick off. A thread that waits for a CPU
 *                             (EMBER_WAIT_PREEMPTED) has the time since it could run
 *   EMBER_WAIT_KIND(detail)   what the thread does: EMBER_WAIT_* or EMBER_THREADS_*
 *   EMBER_WAIT_COUNT(detail)  1
 *
 * No thread is stopped or woken for it. One that runs is interrupted on its CPU, as by a tick;
 * the stack of any other is read by a worker, and once more if the thread ran meanwhile. User
 * frames in pages that are not in memory are left out, as in other samples. A thread that has no
 * stack any more (EMBER_THREADS_DEAD), or whose CPU took no interrupt within 20 ms
 * (EMBER_THREADS_UNREACHED), has a record without frames.
 *
 * A call goes through the thread ids of the pid namespace that CONFIG was called from, from
 * `next` on, and ends with the last one, or behind EMBER_THREADS_CALL threads, or where a ring
 * has no room. Then `next` says where the next call is to begin; read the rings first. A thread
 * that lives from the first call to the last is in it exactly once.
 *
 *   -EINVAL   the session doesn't run, or it ended meanwhile; it has no event
 *             EMBER_EVENT_THREADS; its set of CPUs isn't all of them; a flag
 *   -EINTR    a fatal signal
 */
#ifndef _UAPI_EMBERPROF_THREADS_H
#define _UAPI_EMBERPROF_THREADS_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* EMBER_WAIT_KIND(detail), besides EMBER_WAIT_* */
#define EMBER_THREADS_RUNNING	5
#define EMBER_THREADS_UNREACHED	6	/* runs, but its stack could not be had */
#define EMBER_THREADS_DEAD	7	/* has exited: a zombie, or about to be one */

#define EMBER_THREADS_CALL	1024

struct ember_thread_list {
	__u32 size;
	__u32 flags;			/* 0 */
	__u32 next;			/* in: the first thread id. out: 0: that was all */
	__u32 written;			/* records, of which */
	__u32 unreached;		/* so many are EMBER_THREADS_UNREACHED */
	__u32 vanished;			/* threads that ended meanwhile: no record */
	__u64 reserved;
};

#define EMBER_IOC_THREADS	_IOWR(EMBER_IOC_MAGIC, 0x08, struct ember_thread_list)

#endif /* _UAPI_EMBERPROF_THREADS_H */
