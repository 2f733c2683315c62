// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/unsymbolized.h"

#include <string.h>

#include "base/memory.h"
#include "base/message.h"

struct ember_unsymbolized {
	uint64_t samples; /* that have a frame there without a name */
	uint32_t mapping, last; /* the sample that was counted last, + 1 */
};

static int ember_unsymbolized_order(const void *a, const void *b)
{
	const struct ember_unsymbolized *left = a, *right = b;

	if (left->samples != right->samples)
		return left->samples > right->samples ? -1 : 1;
	return left->mapping < right->mapping ? -1 : left->mapping > right->mapping;
}

static const char *ember_unsymbolized_what(const struct ember_profile *p,
					   const struct ember_mapping *m)
{
	if (m->kind == EMBER_FRAME_KERNEL)
		return strncmp(ember_text(p, m->file), "[kernel", 7) ?
			       "that module's file, below --symfs" :
			       "its vmlinux (--vmlinux, or below --symfs)";
	if (*ember_text(p, m->build_id))
		return m->found ? "its debug file" : "the file, or it and its debug file";
	return "the file as it was";
}

/* Return how many samples one of the profile's has, of an event that is shown, or as shown. */
static uint64_t ember_unsymbolized_samples(const struct ember_profile *p, uint32_t sample)
{
	const struct ember_profile_event *e = ember_profile_shown(p);

	return e ? p->value[(uint64_t)sample * p->nr_type + e->type] : ember_shown(p, sample);
}

/* Count, by file, the samples that have a frame there without a name. Returns how many have any. */
static uint64_t ember_unsymbolized_count(const struct ember_profile *p,
					 struct ember_unsymbolized *missing)
{
	uint64_t all = 0;
	uint32_t i, k;

	for (i = 0; i < p->nr_sample; i++) {
		bool any = false;

		for (k = 0; k < p->sample[i].nr_frames; k++) {
			const struct ember_location *l =
				&p->location[p->frame[p->sample[i].first_frame + k]];
			struct ember_unsymbolized *m = &missing[l->mapping];

			/* What is in no file (0) nothing would name. */
			if (!l->mapping || !ember_nameless(p, l))
				continue;
			any = true;
			if (m->last == i + 1)
				continue;
			m->last = i + 1;
			m->mapping = l->mapping;
			m->samples += ember_unsymbolized_samples(p, i);
		}
		all += any ? ember_unsymbolized_samples(p, i) : 0;
	}
	return all;
}

void ember_unsymbolized_print(const struct ember_profile *p, bool verbose)
{
	struct ember_unsymbolized *missing =
		ember_xrealloc(NULL, p->nr_mapping, sizeof(*missing));
	uint32_t i, nr = 0;
	uint64_t all;

	memset(missing, 0, p->nr_mapping * sizeof(*missing));
	all = ember_unsymbolized_count(p, missing);
	qsort(missing, p->nr_mapping, sizeof(*missing), ember_unsymbolized_order);
	while (nr < p->nr_mapping && missing[nr].samples)
		nr++;
	for (i = 0; i < (verbose || nr == 1 ? nr : 0); i++) {
		const struct ember_mapping *m = &p->mapping[missing[i].mapping];
		const char *id = ember_text(p, m->build_id);

		ember_warning("%llu samples lack names in %s%s%s: needs %s",
			      (unsigned long long)missing[i].samples, ember_text(p, m->file),
			      *id ? ", build-id " : "", id, ember_unsymbolized_what(p, m));
	}
	if (nr > 1 && !verbose)
		ember_warning(
			"%llu samples lack names in %u files, %llu of them in %s (-v lists all)",
			(unsigned long long)all, nr, (unsigned long long)missing[0].samples,
			ember_text(p, p->mapping[missing[0].mapping].file));
	free(missing);
}
