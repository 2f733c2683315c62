/* SPDX-License-Identifier: GPL-2.0-only */
/* The sample context: what an event hands to capture. */
#ifndef EMBER_SAMPLE_H
#define EMBER_SAMPLE_H

#include <linux/types.h>

struct ember_event_cpu;
struct pt_regs;
struct task_struct;

struct ember_sample_context {
	struct task_struct *task;	/* whose stack it is: current, but in ember_capture_other() */
	struct pt_regs *regs;		/* where it was interrupted, or waited; NULL: in the kernel,
					 * but no longer where it waited */
	u64 time;			/* ns */
	struct ember_event_cpu *event;	/* NULL: the clock, whose weight is one period */
	u64 weight;			/* in the event's unit */
	u32 detail;			/* as in struct ember_rec_weighted */
	bool waited;			/* current did, and regs are the scheduler's, not those of
					 * this interrupt */
	struct pt_regs *user;		/* of the waiter's user mode; NULL: still task_pt_regs() */
};

#endif
