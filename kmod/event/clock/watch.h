/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attach the tracepoints of interrupts on demand.
 *
 * Every hrtimer, the sampling timer included, passes those of hard hrtimer callbacks, and
 * where the clock's interrupt is an ordinary one (ARM), every tick passes those of interrupt
 * handlers. Each pair would make up a fifth of a sample's cost. So they are attached only
 * while there are signs that callbacks or handlers take time: late ticks on a busy CPU, an
 * idle CPU that slept for less time than its idle task ran, or, for handlers, many
 * interrupts. What took little time is detached again after some seconds.
 */
#ifndef EMBER_WATCH_H
#define EMBER_WATCH_H

#include <linux/types.h>

#include "../../base/probes.h"

/* Hard interrupt context, at `now` ns: how late a tick was. ns */
void ember_watch_late(u64 late, u64 now);

/* Interrupts off, at `now` ns: this CPU's idle task begins to run, or ended. */
void ember_watch_idle(u64 now);
void ember_watch_busy(u64 now);

/* Interrupts off: what a callback or handler that was watched took. Counts (counter.h) */
void ember_watch_took(enum ember_watched kind, unsigned long counts);

/*
 * Return true if the tracepoints of that kind stay attached: both where the kernel accounts
 * no idle sleep, those of handlers where the clock's interrupt passes none of them.
 */
bool ember_watch_always(enum ember_watched kind);

/* core/tracepoints.c, at the first session's begin, the last one's end; module unload, which waits. */
void ember_watch_begin(void);
void ember_watch_end(void);
void ember_watch_exit(void);

#endif
