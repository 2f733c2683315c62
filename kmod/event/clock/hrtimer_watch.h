/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the callbacks of hard timers are worth listening to.
 *
 * Their two tracepoints are on the way of every timer, our own among them, and would
 * be a fifth of a sample's price. So they're attached only while something tells of
 * callbacks that take long: on a busy CPU ticks that come late, on an idle one a kernel
 * that slept less than its idle task ran. Where it doesn't account its sleep they are
 * attached throughout.
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

/* Whether nothing can tell, so that it's to be listened always. */
bool ember_hrtimer_watch_always(void);

/* probes.c, at the first session's begin, the last one's end; module unload, which waits. */
void ember_hrtimer_watch_begin(void);
void ember_hrtimer_watch_end(void);
void ember_hrtimer_watch_exit(void);

#endif
