// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/slice.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "workstation/report/merge.h"

struct ember_slicing {
	const struct ember_profile *of;
	uint32_t *samples; /* of the slice, in each of the profile's */
};

/* The first value is samples, and what the others are is each sample's alike. */
static bool ember_slice_take(void *context, uint32_t number, const uint64_t *values,
			     uint64_t *to, struct ember_sample *sample)
{
	const struct ember_slicing *s = context;
	uint32_t i;

	(void)sample;
	for (i = 0; s->samples[number] && i < s->of->nr_type; i++)
		to[i] = values[i] / values[0] * s->samples[number];
	return s->samples[number];
}

struct ember_profile *ember_slice(const struct ember_profile *p, uint32_t first, uint32_t last)
{
	struct ember_slicing slicing = { p, ember_xrealloc(NULL, p->nr_sample + 1,
							   sizeof(uint32_t)) };
	struct ember_profile *slice = ember_merge_begin(p);
	uint32_t i;

	memset(slicing.samples, 0, p->nr_sample * sizeof(*slicing.samples));
	for (i = first; i < last; i++)
		slicing.samples[p->moment[i].sample]++;
	ember_merge(slice, p, ember_slice_take, &slicing);
	free(slicing.samples);
	return slice;
}
