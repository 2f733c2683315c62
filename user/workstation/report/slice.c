// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/slice.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/wall.h"
#include "workstation/report/merge.h"

struct ember_slicing {
	const struct ember_profile *of;
	uint32_t *samples; /* of the slice, in each of the profile's */
	uint64_t *weighted; /* the slice's values, in each of the profile's; NULL: no events */
};

/*
 * The first value of a CPU profile is samples, and the second in proportion. Those of events are
 * added up from their moments.
 */
static bool ember_slice_take(void *context, uint32_t number, const uint64_t *values,
			     uint64_t *to, struct ember_sample *sample)
{
	const struct ember_slicing *s = context;
	uint32_t i, nr = s->of->nr_type, clock = s->of->nr_event ? s->of->event[0].type : nr;
	bool any = s->samples[number];

	(void)sample;
	for (i = 0; s->samples[number] && i < clock; i++)
		to[i] = values[i] / values[0] * s->samples[number];
	for (i = clock; s->weighted && i < nr; i++) {
		to[i] = s->weighted[(uint64_t)number * nr + i];
		any |= to[i];
	}
	return any;
}

struct ember_profile *ember_slice_make(const struct ember_profile *p,
				       const struct ember_slice *of)
{
	struct ember_slicing slicing = { .of = p };
	struct ember_profile *slice = ember_merge_begin(p);
	uint64_t values = (uint64_t)p->nr_sample * p->nr_type;
	uint32_t i;

	slicing.samples = ember_xrealloc(NULL, p->nr_sample + 1, sizeof(*slicing.samples));
	memset(slicing.samples, 0, p->nr_sample * sizeof(*slicing.samples));
	for (i = of->first; i < of->last; i++)
		slicing.samples[p->moment[i].sample] += p->moment[i].points;
	if (p->nr_event) {
		slicing.weighted = ember_xrealloc(NULL, values + 1, sizeof(*slicing.weighted));
		memset(slicing.weighted, 0, values * sizeof(*slicing.weighted));
	}
	for (i = of->first_weighted; i < of->last_weighted; i++) {
		const struct ember_weighted_moment *m = &p->weighted[i];
		uint64_t *to = slicing.weighted + (uint64_t)m->sample * p->nr_type +
			       p->event[m->event].type;

		to[0] += m->count;
		to[1] = to[1] + m->weight < to[1] ? UINT64_MAX : to[1] + m->weight;
	}
	ember_merge(slice, p, ember_slice_take, &slicing);
	/* It is of other values. */
	if (ember_wall_shown(slice))
		ember_wall_show(slice);
	free(slicing.samples);
	free(slicing.weighted);
	return slice;
}
