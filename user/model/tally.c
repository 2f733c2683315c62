// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/memory.h"

void ember_tally_timestamp(struct ember_tally *t, const struct ember_timestamp *moment)
{
	t->moment = ember_array_reserve(t->moment, t->nr_moment, &t->moment_size,
					sizeof(*t->moment));
	t->moment[t->nr_moment++] = *moment;
}

/* Keep the counts and moments of one event; its number becomes 0. */
static void ember_tally_only_event(struct ember_event_set *set, uint32_t event)
{
	uint32_t i, nr = 0, *now = ember_xrealloc(NULL, set->nr_count + 1, sizeof(*now));

	for (i = 0; i < set->nr_count; i++) {
		now[i] = nr;
		if (set->count[i].event != event)
			continue;
		set->count[nr] = set->count[i];
		set->count[nr++].event = 0;
	}
	set->nr_count = nr;
	for (i = nr = 0; i < set->nr_moment; i++) {
		if (set->moment[i].event != event)
			continue;
		set->moment[nr] = set->moment[i];
		set->moment[nr].event = 0;
		set->moment[nr].sample = now[set->moment[nr].sample];
		nr++;
	}
	set->nr_moment = nr;
	set->event[0] = set->event[event];
	set->nr_event = 1;
	/* It has the old numbers, and nothing is added any more. */
	ember_index_free(&set->index);
	free(now);
}

void ember_tally_unclocked(struct ember_tally *t)
{
	ember_sample_set_free(&t->counts);
	memset(&t->counts, 0, sizeof(t->counts));
	t->nr_moment = 0;
	t->lost = t->skipped = 0;
	t->clocked = false;
}

void ember_tally_only(struct ember_tally *t, const char *name)
{
	const struct ember_event_kind *kind = ember_event_find(name, strlen(name));
	struct ember_event_info info = {};
	uint32_t i;

	if (!strcmp(name, "cpu")) {
		ember_event_set_free(&t->events);
		return;
	}
	ember_tally_unclocked(t);
	for (i = 0; i < t->events.nr_event; i++)
		if (!strcmp(t->events.event[i].name, name))
			break;
	if (i < t->events.nr_event) {
		ember_tally_only_event(&t->events, i);
		return;
	}
	ember_event_set_free(&t->events);
	snprintf(info.name, sizeof(info.name), "%s", name);
	info.type = kind ? kind->type : 0;
	info.unit = kind ? kind->unit : 0;
	info.period = kind ? kind->period : 0;
	ember_event_set_event(&t->events, &info, false);
}

void ember_tally_free(struct ember_tally *t)
{
	ember_dictionary_free(&t->dict);
	ember_sample_set_free(&t->counts);
	ember_event_set_free(&t->events);
	free(t->moment);
	memset(t, 0, sizeof(*t));
}
