/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attach the tracepoints of hard hrtimer callbacks on demand.
 *
 * Every hrtimer, the sampling timer included, passes the two tracepoints, which would make
 * up a fifth of a sample's cost. So they are attached only while there are signs of long
 * callbacks: late ticks on a busy CPU, or an idle CPU that slept for less time than its
 * idle task ran. Where the kernel does not account idle sleep, they stay attached.
 */
#ifndef EMBER_HRTIMER_WATCH_H
#define EMBER_HRTIMER_WATCH_H

#include <linux/types.h>

/* Hard interrupt context: how late a tick was. ns */
void ember_hrtimer_watch_late(u64 late);

/* Interrupts off, at `now` ns: this CPU's idle task begins to run, or ended. */
void ember_hrtimer_watch_idle(u64 now);
void ember_hrtimer_watch_busy(u64 now);

/* Interrupts off: what a callback that was listened to took. Counts (counter.h) */
void ember_hrtimer_watch_took(unsigned long counts);

/* Return true if the kernel accounts no idle sleep: the tracepoints then stay attached. */
bool ember_hrtimer_watch_always(void);

/* probes.c, at the first session's begin, the last one's end; module unload, which waits. */
void ember_hrtimer_watch_begin(void);
void ember_hrtimer_watch_end(void);
void ember_hrtimer_watch_exit(void);

#endif
