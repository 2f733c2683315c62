/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events: what can cause a sample. Each is a row of the table in event.c. The clock (clock/)
 * is in every session with a rate; CONFIG selects the others, whose samples have weights.
 */
#ifndef EMBER_EVENT_H
#define EMBER_EVENT_H

#include <linux/types.h>

#include "../base/uapi.h"
#include "../sample/event_state.h"
#include "../sample/occurrence.h"

struct ember_session;

extern const struct ember_event_ops ember_growth_event;
extern const struct ember_event_ops ember_block_event;
extern const struct ember_event_ops ember_preempt_event;
extern const struct ember_event_ops ember_threads_event;
extern const struct ember_event_ops ember_mutex_event;
extern const struct ember_event_ops ember_cycles_event;
extern const struct ember_event_ops ember_instructions_event;
extern const struct ember_event_ops ember_cache_misses_event;
extern const struct ember_event_ops ember_branch_misses_event;

/* Returns the EMBER_FEATURE_* of the events that this kernel has. */
u64 ember_events_features(void);

/* Copies CONFIG's list of events. Returns 0, -EINVAL or -EFAULT. */
int ember_events_copy(struct ember_event wanted[EMBER_EVENTS_MAX],
		      const struct ember_config *config);
/* Checks the events that a session is to have beside a clock of that rate. Returns 0, -EINVAL, or
 * -EOPNOTSUPP for one that this kernel doesn't have.
 */
int ember_events_config(struct ember_session *s, const struct ember_event *wanted, u32 nr, u32 hz);
/* Returns the type of the event whose name these n bytes are, or EMBER_EVENT_CPU for none. */
u32 ember_event_named(const char *name, size_t n);
/* Makes the events of a session ready for START; returns 0 or an error. exit undoes it. */
int ember_events_init(struct ember_session *s);
void ember_events_exit(struct ember_session *s);
/* Fills in what a session, configured, keeps of them for one CPU. */
void ember_events_cpu_init(struct ember_cpu *ec);

/* On the CPU itself, interrupts off; in turn. stop also writes the losses that are left. */
void ember_events_start_here(struct ember_cpu *ec);
void ember_events_stop_here(struct ember_cpu *ec);

/* hotplug.c: the events of running sessions follow the CPUs that are on line. */
int ember_hotplug_init(void);
void ember_hotplug_exit(void);
void ember_hotplug_add(struct ember_session *s);	/* START */
void ember_hotplug_remove(struct ember_session *s);	/* STOP */

#endif
