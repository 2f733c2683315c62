// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/cut.h"

#include <stdlib.h>
#include <string.h>

#include "symbolize/naming.h"
#include "symbolize/symbols.h"

/* Other CPUs' samples of a time may come so much after it. */
#define EMBER_CUT_SLACK 2000000000ull

enum ember_cut_state ember_cut_find(const struct ember_feed *f, uint64_t interval_ns,
				    bool ended, struct ember_cut *cut)
{
	uint64_t oldest = f->oldest_ns, wall, left, last;

	if (oldest == UINT64_MAX)
		return EMBER_CUT_NONE;
	wall = ember_relay_clocks_wall(&f->clocks, oldest);
	if (!wall)
		return EMBER_CUT_HELD;
	left = interval_ns - wall % interval_ns;
	cut->end_ns = oldest + left;
	cut->from_ns = wall - wall % interval_ns;
	cut->to_ns = wall + left;
	/* Late samples belong to an interval that was sent: they go with the next one. */
	if (f->cursor.any) {
		last = ember_relay_clocks_wall(&f->clocks, f->cursor.cut_ns);
		if (oldest < f->cursor.cut_ns) {
			left = interval_ns - last % interval_ns;
			cut->end_ns = f->cursor.cut_ns + left;
			cut->from_ns = last;
			cut->to_ns = last + left;
		} else if (last > cut->from_ns && last < cut->to_ns) {
			cut->from_ns = last;
		}
	}
	if (f->seen_ns >= cut->end_ns + EMBER_CUT_SLACK)
		return EMBER_CUT_DUE;
	if (!ended)
		return EMBER_CUT_OPEN;
	/* What comes all the same is no later than it would be. */
	if (cut->end_ns > f->seen_ns + 1) {
		cut->to_ns -= cut->end_ns - (f->seen_ns + 1);
		cut->end_ns = f->seen_ns + 1;
	}
	return EMBER_CUT_DUE;
}

/* Move what is older than the end from the feed to a set of its own. */
static void ember_cut_samples(struct ember_tally *t, uint64_t end_ns,
			      struct ember_sample_set *to)
{
	uint32_t i, n = 0;

	for (i = 0; i < t->nr_moment; i++) {
		struct ember_timestamp m = t->moment[i];
		struct ember_count count = t->counts.count[m.sample];

		if (m.time_ns >= end_ns) {
			t->moment[n++] = m;
			continue;
		}
		count.samples = 1;
		ember_sample_set_add(to, &count);
	}
	t->nr_moment = n;
}

static void ember_cut_weighted(struct ember_event_set *e, uint64_t end_ns,
			       struct ember_event_set *to)
{
	uint32_t i, n = 0;

	memcpy(to->event, e->event, sizeof(to->event));
	to->nr_event = e->nr_event;
	for (i = 0; i < e->nr_moment; i++) {
		struct ember_weighted_moment m = e->moment[i];
		struct ember_weighted count = e->count[m.sample];

		if (m.time_ns >= end_ns) {
			e->moment[n++] = m;
			continue;
		}
		count.sum = (struct ember_event_sum){ m.count, m.weight };
		ember_event_set_add(to, &count);
	}
	e->nr_moment = n;
}

/* Counts are what moments refer to: without a moment none is needed. */
static void ember_cut_forget(struct ember_tally *t)
{
	struct ember_event_set fresh = {};

	if (t->nr_moment || t->events.nr_moment)
		return;
	ember_sample_set_free(&t->counts);
	memcpy(fresh.event, t->events.event, sizeof(fresh.event));
	fresh.nr_event = t->events.nr_event;
	ember_event_set_free(&t->events);
	t->events = fresh;
}

struct ember_profile *ember_cut_take(struct ember_feed *f, const struct ember_cut *cut,
				     struct ember_symbols *symbols)
{
	struct ember_tally *t = &f->tally, kept;
	struct ember_sample_set counts = {};
	struct ember_event_set events = {};
	struct ember_profile *p;

	ember_cut_samples(t, cut->end_ns, &counts);
	ember_cut_weighted(&t->events, cut->end_ns, &events);
	kept = *t;
	t->counts = counts;
	t->events = events;
	t->moment = NULL;
	t->nr_moment = t->moment_size = 0;
	t->time_ns = cut->from_ns;
	t->duration_ns = cut->to_ns - cut->from_ns;
	t->dates = f->clocks.dates;
	p = ember_naming_profile(t, symbols);
	ember_sample_set_free(&t->counts);
	ember_event_set_free(&t->events);
	t->counts = kept.counts;
	t->events = kept.events;
	t->moment = kept.moment;
	t->nr_moment = kept.nr_moment;
	t->moment_size = kept.moment_size;
	ember_cut_forget(t);
	ember_feed_taken(f);
	f->cursor = (struct ember_feed_cursor){ true, f->fed, cut->end_ns };
	return p;
}
