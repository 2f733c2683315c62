// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/label.h"

#define EMBER_TIMELINE_SHOWN 3 /* functions of a line */
#define EMBER_SECOND_NS	     1000000000ull

/* Samples of one function in one command, on one CPU, in one second. */
struct ember_timeline_item {
	uint32_t ago; /* seconds before the last sample */
	uint32_t cpu, comm, label;
	uint32_t samples;
};

static int ember_timeline_cmp(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

/* By second and CPU, and what is equal side by side. */
static int ember_timeline_order(const void *a, const void *b)
{
	const struct ember_timeline_item *x = a, *y = b;

	return x->ago != y->ago	  ? ember_timeline_cmp(y->ago, x->ago) :
	       x->cpu != y->cpu	  ? ember_timeline_cmp(x->cpu, y->cpu) :
	       x->comm != y->comm ? ember_timeline_cmp(x->comm, y->comm) :
				    ember_timeline_cmp(x->label, y->label);
}

/* By second and CPU, the most samples first. */
static int ember_timeline_rank(const void *a, const void *b)
{
	const struct ember_timeline_item *x = a, *y = b;

	return x->ago == y->ago && x->cpu == y->cpu && x->samples != y->samples ?
		       ember_timeline_cmp(y->samples, x->samples) :
		       ember_timeline_order(a, b);
}

static bool ember_timeline_same_line(const struct ember_timeline_item *a,
				     const struct ember_timeline_item *b)
{
	return a->ago == b->ago && a->cpu == b->cpu;
}

/* One item for each moment, then one for each that differ. Return how many. */
static uint32_t ember_timeline_gather(const struct ember_profile *p,
				      struct ember_timeline_item *item)
{
	uint64_t last = 0;
	uint32_t i, n = 0;

	for (i = 0; i < p->nr_moment; i++)
		if (p->moment[i].time_ns > last)
			last = p->moment[i].time_ns;
	for (i = 0; i < p->nr_moment; i++) {
		const struct ember_sample *s = &p->sample[p->moment[i].sample];

		item[i] = (struct ember_timeline_item){
			.ago = (last - p->moment[i].time_ns) / EMBER_SECOND_NS,
			.cpu = s->cpu,
			.comm = ember_label_comm(p, p->moment[i].sample),
			.label = s->nr_frames ? ember_label(p, p->frame[s->first_frame], 0) :
						0,
			.samples = p->moment[i].points,
		};
	}
	qsort(item, p->nr_moment, sizeof(*item), ember_timeline_order);
	for (i = 0; i < p->nr_moment; i++) {
		if (n && !ember_timeline_order(&item[n - 1], &item[i]))
			item[n - 1].samples += item[i].samples;
		else
			item[n++] = item[i];
	}
	qsort(item, n, sizeof(*item), ember_timeline_rank);
	return n;
}

static void ember_timeline_line(FILE *out, const struct ember_profile *p,
				const struct ember_timeline_item *item, uint32_t n)
{
	char made[EMBER_LABEL_MAX];
	uint64_t all = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		all += item[i].samples;
	fprintf(out, "%6s%u s  %3u  %7llu", item->ago ? "-" : "", item->ago, item->cpu - 1,
		(unsigned long long)all);
	for (i = 0; i < n && i < EMBER_TIMELINE_SHOWN; i++)
		fprintf(out, "%s%3.0f %% %s: %s%s", i ? ", " : "  ",
			100.0 * item[i].samples / all, ember_text(p, item[i].comm),
			item[i].label ? ember_label_text(p, item[i].label, made) : "[unknown]",
			item[i].label ? ember_label_suffix(p, item[i].label) : "");
	fputs(n > i ? ", ...\n" : "\n", out);
}

void ember_export_timeline(FILE *out, const struct ember_profile *p)
{
	struct ember_timeline_item *item = ember_xrealloc(NULL, p->nr_moment, sizeof(*item));
	uint32_t nr = ember_timeline_gather(p, item), i, n;

	fprintf(out, "%9s %4s %8s  %s\n", "until end", "CPU", "samples", "what ran");
	for (i = 0; i < nr; i += n) {
		for (n = 1; i + n < nr && ember_timeline_same_line(&item[i], &item[i + n]);
		     n++)
			;
		ember_timeline_line(out, p, &item[i], n);
	}
	free(item);
}
