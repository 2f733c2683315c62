/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session's budget (include/uapi/emberprof_budget.h) on the CPUs: what is charged to a bucket
 * (bucket.h), and the factor that points and events have from there.
 */
#ifndef EMBER_THROTTLE_H
#define EMBER_THROTTLE_H

#include "../base/counter.h"
#include "session_state.h"

/* ioctl, with the lock of a configured session held. -EINVAL: no such budget. May sleep. */
int ember_throttle_set(struct ember_session *s, const struct ember_cpu_budget *budget);

/* All below: on the CPU itself, interrupts off. */

/* The session's events are about to start here, or have stopped. */
void ember_throttle_start(struct ember_cpu *ec);
void ember_throttle_stop(struct ember_cpu *ec);

/* Settle the bucket, and take over its factor for the points from the grid's cell on, of which
 * none has been taken.
 */
void ember_throttle_settle(struct ember_cpu *ec, unsigned long now);

/* Return true if handlers took so much that this point's may not run. */
bool ember_throttle_owes(struct ember_cpu *ec, unsigned long now);

/* Return true if half of the bucket was spent since it was settled, or points are throttled. */
static inline bool ember_throttle_short(const struct ember_cpu *ec)
{
	return unlikely(ec->charged) && (ec->shift || ec->bucket.credit < 0);
}

/* Counts that an interrupt of ours takes beside its handler. */
extern unsigned long ember_throttle_price;

/* Charge a handler that ran from @begun on. */
void ember_throttle_spend(struct ember_cpu *ec, unsigned long begun, unsigned long price);
/* The same to all sessions that tick here, if any has a budget. */
void ember_throttle_spend_all(struct ember_ticks *ticks, unsigned long begun);

/*
 * Place the next marks of an event by the factor, once a cell is to begin; anyhow: at once, which
 * leaves out a quarter of a period at most.
 */
void ember_throttle_event(struct ember_event_cpu *event, bool anyhow);

/* status.c */
void ember_throttle_status(const struct ember_session *s, unsigned int cpu,
			   struct ember_status_budget *budget);

#endif
