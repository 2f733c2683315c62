/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Points that fall into interrupts, seen at the interrupts' ends: what hard interrupts,
 * hard timers' callbacks (interrupt.c) and softirqs on an idle CPU (softirq.c) share.
 * All on the CPU itself.
 */
#ifndef EMBER_INTERRUPT_H
#define EMBER_INTERRUPT_H

#include <linux/compiler.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "../../base/counter.h"
#include "../../base/probes.h"

/*
 * Until when nothing can be due. An interrupt that may preempt us here moves both on:
 * read in this order they are never later than is true.
 */
struct ember_due {
	unsigned long looked;		/* counts: at the clock, and then */
	unsigned long left;		/* counts without a point; 0: look */
};
DECLARE_PER_CPU(struct ember_due, ember_due);

/* Whether a point may have passed by `count`, or will within `near` counts. */
static inline bool ember_due_by(unsigned long count, unsigned long near)
{
	unsigned long looked = this_cpu_read(ember_due.looked);

	barrier();
	return count - looked + near >= this_cpu_read(ember_due.left);
}

/* Interrupts off: the clock was read, `now` ns at `count`. */
void ember_due_set(unsigned long count, u64 now);

/* A handler that began at `entered` counts is over, and a point may have passed: takes
 * those that did. Interrupts off.
 */
void ember_interrupt_look(unsigned long entered, unsigned long count, u8 context,
			  unsigned long handler, u8 vector);

/* interrupt.c. ticked: our own timer fired, so the handler that is watched is the clock's.
 * begin: outside of any handler, interrupts off.
 */
void ember_interrupt_ticked(void);
void ember_interrupt_begin(void);

/* Attached on demand: watch.h */
extern struct ember_probe ember_interrupt_probes[];
extern struct ember_probe ember_hrtimer_probes[];
extern struct ember_probe ember_softirq_probes[];	/* softirq.c */

#endif
