/* SPDX-License-Identifier: GPL-2.0-only */
/* What an event is, and what a session keeps of one for each CPU. */
#ifndef EMBER_EVENT_STATE_H
#define EMBER_EVENT_STATE_H

#include <linux/types.h>

#include "../base/uapi.h"
#include "../base/grid.h"

struct ember_cpu;
struct ember_event_ops;
struct task_struct;

/* What one session keeps of one further event for one CPU; as ember_cpu, touched by that CPU
 * with interrupts off.
 */
struct ember_event_cpu {
	const struct ember_event_ops *ops;
	struct ember_cpu *ec;
	struct ember_grid grid;		/* marks, one in each period of weight */
	u64 total;			/* weights so far that were smaller than a period; of a
					 * counter what was read last */
	u64 pending;			/* weight of the sample to be taken; 0: none */
	u32 detail;			/* of that sample */
	bool defined;			/* by an EVENT record */
	bool based;			/* counter_values.c: `total` could be read */
	bool unknown;			/* and since the last sample it couldn't be */
	const struct task_struct *task;	/* of that sample; compared only */
	u64 lost_pending;		/* not yet in an EVENT_LOST record, */
	u64 lost_weight;		/* and their weight */
	struct ember_event_counters counters;
};

struct ember_event_ops {
	const char *name;		/* in parameters; NULL: the clock */
	u32 type;			/* EMBER_EVENT_* */
	u32 unit;			/* EMBER_UNIT_* */
	u64 feature;			/* EMBER_FEATURE_*; 0: always there */
	bool counter;			/* counter_values.c: the clock's samples have its value */
	/* NULL: always there. available: whether this kernel has it. init: at CONFIG, 0 or an
	 * error; exit undoes it, when the session ends.
	 */
	bool (*available)(void);
	int (*init)(void);
	void (*exit)(void);
	/* On the CPU itself, interrupts off. event: NULL for the clock. After stop no sample of
	 * the session is taken.
	 */
	void (*start)(struct ember_cpu *ec, struct ember_event_cpu *event);
	void (*stop)(struct ember_cpu *ec, struct ember_event_cpu *event);
};

#endif
