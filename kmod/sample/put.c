// SPDX-License-Identifier: GPL-2.0-only
#include "put.h"

bool ember_put_time(struct ember_cpu *ec, u64 now)
{
	struct ember_rec_time *time;

	time = ember_ring_reserve(&ec->ring, EMBER_REC_TIME, sizeof(*time));
	if (!time)
		return false;
	time->reserved = 0;
	time->time = now;
	return true;
}

bool ember_put_lost(struct ember_cpu *ec)
{
	struct ember_rec_lost *lost;

	lost = ember_ring_reserve(&ec->ring, EMBER_REC_LOST, sizeof(*lost));
	if (!lost)
		return false;
	lost->reserved = 0;
	lost->lost = ec->lost_pending;
	lost->skipped = ec->skipped_pending;
	return true;
}

bool ember_put_rate(struct ember_cpu *ec, u64 now)
{
	struct ember_rec_rate *rate;

	rate = ember_ring_reserve(&ec->ring, EMBER_REC_RATE, sizeof(*rate));
	if (!rate)
		return false;
	rate->shift = ec->shift;
	rate->time = now;
	return true;
}

void ember_put_losses_done(struct ember_cpu *ec)
{
	ec->lost_pending = 0;
	ec->skipped_pending = 0;
}

bool ember_put_event(struct ember_cpu *ec, const struct ember_event_cpu *event)
{
	struct ember_rec_event *rec;

	rec = ember_ring_reserve(&ec->ring, EMBER_REC_EVENT, sizeof(*rec));
	if (!rec)
		return false;
	rec->event = event - ec->events;
	rec->type = event->ops->type;
	rec->unit = event->ops->unit;
	rec->period = event->counters.period;
	return true;
}

bool ember_put_event_lost(struct ember_cpu *ec, const struct ember_event_cpu *event)
{
	struct ember_rec_event_lost *rec;

	rec = ember_ring_reserve(&ec->ring, EMBER_REC_EVENT_LOST, sizeof(*rec));
	if (!rec)
		return false;
	rec->event = event - ec->events;
	rec->lost = event->lost_pending;
	rec->weight = event->lost_weight;
	return true;
}

bool ember_put_weighted(struct ember_cpu *ec, const struct ember_thread_slot *thread,
			u32 number, const struct ember_sample_context *sample)
{
	struct ember_rec_weighted *rec;

	rec = ember_ring_reserve(&ec->ring, EMBER_REC_WEIGHTED, sizeof(*rec));
	if (!rec)
		return false;
	rec->time = sample->time;
	rec->thread = thread->number;
	rec->stack = number;
	rec->event = sample->event - ec->events;
	rec->detail = sample->detail;
	rec->weight = sample->weight;
	return true;
}

bool ember_put_values(struct ember_cpu *ec, const struct ember_thread_slot *thread, u32 number,
		      u64 now)
{
	unsigned int i;

	for (i = 0; i < ec->session->nr_events; i++) {
		struct ember_event_cpu *event = &ec->events[i];
		const struct ember_sample_context value = {
			.time = now,
			.event = event,
			.weight = event->pending,
		};

		if (!event->ops->counter || !event->pending)
			continue;
		if ((!event->defined && !ember_put_event(ec, event)) ||
		    (event->lost_pending && !ember_put_event_lost(ec, event)) ||
		    !ember_put_weighted(ec, thread, number, &value))
			return false;
	}
	return true;
}

void ember_put_weighted_done(struct ember_event_cpu *event, u64 weight, bool written)
{
	if (!written) {
		ember_record_lost(event, weight);
		return;
	}
	event->counters.sampled++;
	event->counters.sampled_weight += weight;
	event->defined = true;
	event->lost_pending = 0;
	event->lost_weight = 0;
}

void ember_put_values_done(struct ember_cpu *ec, bool written)
{
	unsigned int i;

	for (i = 0; i < ec->session->nr_events; i++) {
		struct ember_event_cpu *event = &ec->events[i];

		if (!event->ops->counter || !event->pending)
			continue;
		ember_put_weighted_done(event, event->pending, written);
		event->pending = 0;
	}
}

void ember_record_lost(struct ember_event_cpu *event, u64 weight)
{
	event->counters.lost++;
	event->lost_pending++;
	event->lost_weight += weight;
	event->ec->quiet = 0;
}

static void ember_record_event_losses(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	if (!event->lost_pending)
		return;
	if ((event->defined || ember_put_event(ec, event)) &&
	    ember_put_event_lost(ec, event)) {
		ember_ring_commit(&ec->ring);
		event->defined = true;
		event->lost_pending = 0;
		event->lost_weight = 0;
	} else {
		ember_ring_abort(&ec->ring);
	}
}

void ember_record_losses(struct ember_cpu *ec)
{
	unsigned int i;

	for (i = 0; i < ec->session->nr_events; i++)
		ember_record_event_losses(ec, &ec->events[i]);
	if (!(ec->lost_pending | ec->skipped_pending))
		return;
	if (ember_put_lost(ec)) {
		ember_ring_commit(&ec->ring);
		ember_put_losses_done(ec);
	} else {
		ember_ring_abort(&ec->ring);
	}
}
