// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/pagetimes.h"

#include <stdlib.h>

#include "base/memory.h"
#include "model/wall.h"

#define EMBER_PAGE_UNIT_NS 1000 /* unit of times */

/* Weighted moments of one event: each adds its weight to its row's value. */
static void ember_page_weighted(FILE *out, const struct ember_profile *p,
				const uint32_t *number,
				const struct ember_weighted_moment *moment, uint32_t nr)
{
	uint64_t since = moment[0].time_ns, last = 0, at;
	uint32_t k;

	fprintf(out, "\"moments\":{\"since_ns\":\"%llu\",\"unit_ns\":%u,\"time\":[",
		(unsigned long long)since, EMBER_PAGE_UNIT_NS);
	for (k = 0; k < nr; k++, last = at) {
		at = (moment[k].time_ns - since) / EMBER_PAGE_UNIT_NS;
		fprintf(out, k ? ",%llu" : "%llu", (unsigned long long)(at - last));
	}
	fputs("],\n", out);
	EMBER_PAGE_COLUMN(out, "row", 0, nr, number[moment[i].sample]);
	if (p->shown != ember_profile_shown(p)->type) {
		fputs(",\n", out);
		EMBER_PAGE_COLUMN(out, "weight", 0, nr, moment[i].weight);
	}
	fputs("},\n", out);
}

/* Those of the event that is shown; none of others. */
static void ember_page_event(FILE *out, const struct ember_profile *p, const uint32_t *number,
			     uint32_t event)
{
	struct ember_weighted_moment *moment =
		ember_xrealloc(NULL, p->nr_weighted + 1, sizeof(*moment));
	uint32_t i, nr = 0;

	for (i = 0; i < p->nr_weighted; i++)
		if (p->weighted[i].event == event)
			moment[nr++] = p->weighted[i];
	if (nr)
		ember_page_weighted(out, p, number, moment, nr);
	free(moment);
}

/* Times as differences, which deflate well, of whole units, so that none adds to another. */
static void ember_page_timestamps(FILE *out, const struct ember_profile *p,
				  const uint32_t *number)
{
	uint64_t since = p->moment[0].time_ns, last = 0, at;
	bool throttled = false;
	uint32_t k;

	fprintf(out, "\"moments\":{\"since_ns\":\"%llu\",\"unit_ns\":%u,\"time\":[",
		(unsigned long long)since, EMBER_PAGE_UNIT_NS);
	for (k = 0; k < p->nr_moment; k++, last = at) {
		at = (p->moment[k].time_ns - since) / EMBER_PAGE_UNIT_NS;
		throttled |= p->moment[k].points > 1;
		fprintf(out, k ? ",%llu" : "%llu", (unsigned long long)(at - last));
	}
	fputs("],\n", out);
	EMBER_PAGE_COLUMN(out, "row", 0, p->nr_moment, number[p->moment[i].sample]);
	if (throttled) {
		fputs(",\n", out);
		EMBER_PAGE_COLUMN(out, "weight", 0, p->nr_moment, p->moment[i].points);
	}
	fputs("},\n", out);
}

/* A CPU sample, or the end of a wait. */
struct ember_page_step {
	uint64_t time_ns, weight, length_ns;
	uint32_t row;
};

/*
 * Both kinds of samples by their times. A wait that counts for several of less than a period is as
 * long as one of them.
 */
static uint32_t ember_page_steps(const struct ember_profile *p, const uint32_t *number,
				 struct ember_page_step *step)
{
	uint32_t i = 0, k = 0, nr = 0;

	while (i < p->nr_moment || k < p->nr_weighted) {
		const struct ember_weighted_moment *w = &p->weighted[k];

		if (k == p->nr_weighted ||
		    (i < p->nr_moment && p->moment[i].time_ns <= w->time_ns)) {
			step[nr++] = (struct ember_page_step){ p->moment[i].time_ns,
							       p->moment[i].points * p->period,
							       0,
							       number[p->moment[i].sample] };
			i++;
			continue;
		}
		/* Of other events: no time. */
		if (ember_shown(p, w->sample))
			step[nr++] = (struct ember_page_step){
				w->time_ns, w->weight, w->weight / (w->count ? w->count : 1),
				number[w->sample]
			};
		k++;
	}
	return nr;
}

/* All time: waits have a length, which ends where they do. */
static void ember_page_wall(FILE *out, const struct ember_profile *p, const uint32_t *number)
{
	struct ember_page_step *step =
		ember_xrealloc(NULL, (size_t)p->nr_moment + p->nr_weighted + 1, sizeof(*step));
	uint32_t k, nr = ember_page_steps(p, number, step);
	uint64_t since = nr ? step[0].time_ns : 0, last = 0, at;

	/* The first wait's begin. */
	for (k = 0; k < nr; k++)
		if (step[k].time_ns - step[k].length_ns < since)
			since = step[k].time_ns - step[k].length_ns;
	fprintf(out,
		"\"wall_ns\":%llu,\"moments\":{\"since_ns\":\"%llu\",\"unit_ns\":%u,\"time\":[",
		(unsigned long long)p->period, (unsigned long long)since, EMBER_PAGE_UNIT_NS);
	for (k = 0; k < nr; k++, last = at) {
		at = (step[k].time_ns - since) / EMBER_PAGE_UNIT_NS;
		fprintf(out, k ? ",%llu" : "%llu", (unsigned long long)(at - last));
	}
	fputs("],\n", out);
	EMBER_PAGE_COLUMN(out, "row", 0, nr, step[i].row);
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "weight", 0, nr, step[i].weight);
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "length", 0, nr, step[i].length_ns / EMBER_PAGE_UNIT_NS);
	fputs("},\n", out);
	free(step);
}

void ember_pagetimes_put(FILE *out, const struct ember_profile *p, const uint32_t *number)
{
	const struct ember_profile_event *e = ember_profile_shown(p);

	if (ember_wall_shown(p) && p->nr_moment)
		ember_page_wall(out, p, number);
	else if (e)
		ember_page_event(out, p, number, e - p->event);
	else if (p->nr_moment)
		ember_page_timestamps(out, p, number);
}
