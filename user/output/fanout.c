// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/fanout.h"

#include <string.h>

/* An ember_resolved_fn. */
static void ember_fanout_settled(void *context, const struct ember_resolved *sample)
{
	struct ember_fanout *f = context;
	const struct ember_thread *thread = &f->recording->thread[sample->thread];
	uint32_t i;

	for (i = 0; i < f->nr; i++) {
		const struct ember_fanout_branch *b = &f->branch[i];

		if (!b->wants || b->wants(b->wanting, f->recording, thread, NULL))
			b->settled(b->context, sample);
	}
}

/* An ember_weighted_fn. */
static void ember_fanout_weighted(void *context, const struct ember_weighted_resolved *sample)
{
	struct ember_fanout *f = context;
	const struct ember_thread *thread = &f->recording->thread[sample->sample.thread];
	const struct ember_event_info *event = &f->recording->events.event[sample->event];
	uint32_t i;

	for (i = 0; i < f->nr; i++) {
		const struct ember_fanout_branch *b = &f->branch[i];

		if (!b->wants || b->wants(b->wanting, f->recording, thread, event))
			b->weighted(b->context, sample);
	}
}

static void ember_fanout_take(struct ember_fanout *f)
{
	f->recording->settled = ember_fanout_settled;
	f->recording->weighted = ember_fanout_weighted;
	f->recording->settled_context = f;
}

void ember_fanout_begin(struct ember_fanout *f, struct ember_recording *recording)
{
	memset(f, 0, sizeof(*f));
	f->recording = recording;
	ember_fanout_take(f);
}

bool ember_fanout_add(struct ember_fanout *f, ember_fanout_wants *wants, const void *wanting)
{
	const struct ember_recording *r = f->recording;
	bool room = f->nr < EMBER_FANOUT_MAX;

	if (room)
		f->branch[f->nr++] = (struct ember_fanout_branch){ r->settled, r->weighted,
								   r->settled_context, wants,
								   wanting };
	ember_fanout_take(f);
	return room;
}

void ember_fanout_drop(struct ember_fanout *f, const void *context)
{
	uint32_t i, kept = 0;

	for (i = 0; i < f->nr; i++)
		if (f->branch[i].context != context)
			f->branch[kept++] = f->branch[i];
	f->nr = kept;
}
