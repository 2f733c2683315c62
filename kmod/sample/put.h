/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records that are due beside definitions and the clock's samples: times, rates, events, their
 * samples, and losses. On the ring's own CPU, interrupts off.
 */
#ifndef EMBER_PUT_H
#define EMBER_PUT_H

#include "sample.h"
#include "session_state.h"
#include "event_state.h"

/* Each reserves one record and fills it. False: the ring has no room. */
bool ember_put_time(struct ember_cpu *ec, u64 now);
bool ember_put_rate(struct ember_cpu *ec, u64 now);
bool ember_put_lost(struct ember_cpu *ec);
bool ember_put_event(struct ember_cpu *ec, const struct ember_event_cpu *event);
bool ember_put_event_lost(struct ember_cpu *ec, const struct ember_event_cpu *event);
bool ember_put_weighted(struct ember_cpu *ec, const struct ember_thread_slot *thread, u32 number,
			const struct ember_sample_context *sample);

/*
 * Writes the values that hardware counters add to the clock's sample, which was written just now.
 * Returns false if the ring has no room.
 */
bool ember_put_values(struct ember_cpu *ec, const struct ember_thread_slot *thread, u32 number,
		      u64 now);
/* The transaction with those values was committed, or the values are lost. */
void ember_put_values_done(struct ember_cpu *ec, bool written);
/* The same of a sample of that weight. */
void ember_put_weighted_done(struct ember_event_cpu *event, u64 weight, bool written);

/* Forget the losses that a committed record reports. */
void ember_put_losses_done(struct ember_cpu *ec);

/* Count a sample of that weight that isn't written. */
void ember_record_lost(struct ember_event_cpu *event, u64 weight);

/* Write the records for losses that are not reported yet, as at the end of a run. */
void ember_record_losses(struct ember_cpu *ec);

#endif
