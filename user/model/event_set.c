// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/event_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static uint64_t ember_saturated(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

void ember_event_sum_add(struct ember_event_sum *to, struct ember_event_sum more)
{
	to->samples = ember_saturated(to->samples, more.samples);
	to->weight = ember_saturated(to->weight, more.weight);
}

struct ember_event_sum ember_event_sum_less(struct ember_event_sum from,
					    struct ember_event_sum less)
{
	return (struct ember_event_sum){
		from.samples > less.samples ? from.samples - less.samples : 0,
		from.weight > less.weight ? from.weight - less.weight : 0,
	};
}

uint32_t ember_event_set_event(struct ember_event_set *set,
			       const struct ember_event_info *event, bool apart)
{
	struct ember_event_info *known;
	uint32_t i;

	for (i = 0; i < set->nr_event; i++) {
		known = &set->event[i];
		if (strcmp(known->name, event->name) || known->unit != event->unit)
			continue;
		if (apart && (known->type != event->type || known->period != event->period))
			continue;
		if (known->period != event->period)
			known->period = 0;
		return i;
	}
	if (i == EMBER_EVENTS_MAX)
		return EMBER_NO_NUMBER;
	set->event[i] = *event;
	set->event[i].lost = (struct ember_event_sum){};
	return set->nr_event++;
}

struct ember_weighted_key {
	const struct ember_event_set *set;
	const struct ember_weighted *wanted;
};

static bool ember_weighted_same(const void *context, uint32_t item)
{
	const struct ember_weighted_key *key = context;

	return !memcmp(&key->set->count[item], key->wanted,
		       __builtin_offsetof(struct ember_weighted, sum));
}

uint32_t ember_event_set_add(struct ember_event_set *set, const struct ember_weighted *more)
{
	struct ember_weighted_key key = { set, more };
	uint64_t hash = ember_mix(ember_mix(ember_mix(ember_mix_first(more->thread), more->at),
					    more->stack),
				  more->event | more->state << 16);
	uint32_t number = ember_index_find(&set->index, hash, ember_weighted_same, &key);
	struct ember_event_sum sum;

	if (number != EMBER_NO_NUMBER) {
		/* Its address isn't aligned. */
		sum = set->count[number].sum;
		ember_event_sum_add(&sum, more->sum);
		set->count[number].sum = sum;
		return number;
	}
	set->count = ember_array_reserve(set->count, set->nr_count, &set->count_size,
					 sizeof(*set->count));
	set->count[set->nr_count] = *more;
	ember_index_add(&set->index, hash, set->nr_count);
	return set->nr_count++;
}

void ember_event_set_moment(struct ember_event_set *set,
			    const struct ember_weighted_moment *moment)
{
	set->moment = ember_array_reserve(set->moment, set->nr_moment, &set->moment_size,
					  sizeof(*set->moment));
	set->moment[set->nr_moment++] = *moment;
}

void ember_event_set_free(struct ember_event_set *set)
{
	free(set->count);
	free(set->moment);
	ember_index_free(&set->index);
	memset(set, 0, sizeof(*set));
}
