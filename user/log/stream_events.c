// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/stream_events.h"

#include "log/wanted.h"

bool ember_stream_event(struct ember_stream *s, const struct ember_field *f)
{
	struct ember_event_info info;
	uint32_t number;

	if (!ember_event_take(f, &number, &info))
		return false;
	/* The first definition of a number holds. */
	if (s->event[number].defined)
		return true;
	s->event[number].defined = true;
	s->event[number].type = info.type;
	s->event[number].is = ember_event_set_event(&s->tally->events, &info, false);
	s->tally->dict.full |= s->event[number].is == EMBER_NO_NUMBER;
	return true;
}

/* Count one, unless its thread, stack or event isn't known, or there is no room for it. */
static void ember_stream_weigh(struct ember_stream *s, const struct ember_weighted_columns *w,
			       struct ember_stream_event *e)
{
	struct ember_tally *t = s->tally;
	struct ember_event_sum one = { 1, w->weight };
	uint32_t occurrences = ember_event_count(e->type, w->detail);
	uint64_t ns = w->time * s->hello.unit_ns;
	struct ember_weighted count = {
		.event = e->is,
		.state = ember_event_state(e->type, w->detail),
		.thread = ember_numbers_find(&s->threads, w->thread),
		.stack = ember_numbers_find(&s->stacks, w->stack),
		.at = w->columns.number[EMBER_WEIGHTED_CPU] + 1,
		.sum = { occurrences, w->weight },
	};
	struct ember_weighted_moment moment;

	if (!e->defined || e->is == EMBER_NO_NUMBER || count.thread == EMBER_NO_NUMBER ||
	    count.stack == EMBER_NO_NUMBER ||
	    !ember_tally_takes(t, t->events.nr_count, EMBER_TALLY_COUNTS) ||
	    (t->timed && !ember_tally_takes(t, t->events.nr_moment, t->most_moments / 2)))
		return;
	if (!ember_stream_wants(s, count.thread, ns) ||
	    (s->filter && s->filter->no_gaps && t->dict.stack[count.stack].gaps)) {
		ember_event_sum_add(&e->unwanted, one);
		return;
	}
	moment = (struct ember_weighted_moment){ ns + s->to_real_ns, w->weight, occurrences,
						 ember_event_set_add(&t->events, &count),
						 e->is };
	if (t->timed)
		ember_event_set_moment(&t->events, &moment);
	ember_event_sum_add(&e->counted, one);
}

bool ember_stream_weighted(struct ember_stream *s, const struct ember_field *f)
{
	struct ember_weighted_columns w;
	bool good = true;

	if (!ember_weighted_begin(&w, f))
		return false;
	while (ember_weighted_next(&w)) {
		struct ember_event_sum one = { 1, w.weight };

		if (w.event >= EMBER_STREAM_EVENTS || !w.weight) {
			good = false;
			continue;
		}
		ember_event_sum_add(&s->event[w.event].got, one);
		ember_stream_weigh(s, &w, &s->event[w.event]);
	}
	return good && ember_weighted_good(&w);
}

bool ember_stream_counts(struct ember_stream *s, const struct ember_field *f)
{
	struct ember_event_counted counts;
	uint32_t number;

	if (!ember_counts_take(f, &number, &counts))
		return false;
	s->event[number].fresh = !s->event[number].known;
	s->event[number].known = true;
	s->event[number].counts = counts;
	return true;
}

void ember_stream_events_chunk(struct ember_stream *s)
{
	uint32_t i;

	for (i = 0; i < EMBER_STREAM_EVENTS; i++) {
		struct ember_stream_event *e = &s->event[i];

		if (e->fresh)
			e->sent_before = ember_event_sum_less(e->counts.sent, e->got);
		e->fresh = false;
	}
}

static void ember_stream_event_settle(const struct ember_stream *s,
				      const struct ember_stream_event *e,
				      struct ember_log_events *to)
{
	struct ember_event_sum came = e->sent_before, undefined = e->got, underway, *lost;

	ember_event_sum_add(&came, e->got);
	underway = ember_event_sum_less(e->counts.sent, came);
	undefined =
		ember_event_sum_less(ember_event_sum_less(undefined, e->counted), e->unwanted);
	ember_event_sum_add(&to->samples, e->counted);
	ember_event_sum_add(&to->unwanted, e->unwanted);
	ember_event_sum_add(&to->undefined, undefined);
	ember_event_sum_add(&to->underway, underway);
	ember_event_sum_add(&to->downsampled, e->counts.downsampled);
	if (!e->defined || e->is == EMBER_NO_NUMBER)
		return;
	lost = &s->tally->events.event[e->is].lost;
	ember_event_sum_add(lost, underway);
	ember_event_sum_add(lost, undefined);
	ember_event_sum_add(lost, e->counts.lost);
	ember_event_sum_add(lost, e->counts.undefined);
	ember_event_sum_add(lost, e->counts.downsampled);
}

void ember_stream_events_settle(const struct ember_stream *s, struct ember_log_events *to)
{
	uint32_t i;

	for (i = 0; i < EMBER_STREAM_EVENTS; i++)
		ember_stream_event_settle(s, &s->event[i], to);
}
