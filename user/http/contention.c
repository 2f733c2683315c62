// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/contention.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/label.h"

/* Samples of one stack, whichever thread's. */
struct ember_contention {
	uint32_t first; /* sample */
	uint64_t count, delay;
};

static int ember_contention_stacks(const struct ember_profile *p, uint32_t a, uint32_t b)
{
	const struct ember_sample *x = &p->sample[a], *y = &p->sample[b];

	if (x->nr_frames != y->nr_frames)
		return x->nr_frames < y->nr_frames ? -1 : 1;
	return x->nr_frames ? memcmp(p->frame + x->first_frame, p->frame + y->first_frame,
				     x->nr_frames * sizeof(*p->frame)) :
			      0;
}

static int ember_contention_by_stack(const void *a, const void *b, void *context)
{
	const struct ember_contention *x = a, *y = b;
	int order = ember_contention_stacks(context, x->first, y->first);

	return order ? order : (x->first > y->first) - (x->first < y->first);
}

static int ember_contention_by_delay(const void *a, const void *b)
{
	const struct ember_contention *x = a, *y = b;

	if (x->delay != y->delay)
		return x->delay < y->delay ? 1 : -1;
	return (x->first > y->first) - (x->first < y->first);
}

/* Add up those of one stack, which are neighbours. Return how many stacks there are. */
static uint32_t ember_contention_merge(const struct ember_profile *p,
				       struct ember_contention *c, uint32_t nr)
{
	uint32_t i, n = 0;

	for (i = 0; i < nr; i++) {
		if (n && !ember_contention_stacks(p, c[n - 1].first, c[i].first)) {
			c[n - 1].count += c[i].count;
			c[n - 1].delay += c[i].delay;
		} else {
			c[n++] = c[i];
		}
	}
	return n;
}

static void ember_contention_put(FILE *out, const struct ember_profile *p,
				 const struct ember_contention *c)
{
	const struct ember_sample *s = &p->sample[c->first];
	char made[EMBER_LABEL_MAX];
	uint32_t i, n, location;

	fprintf(out, "%llu %llu @", (unsigned long long)c->delay,
		(unsigned long long)c->count);
	for (i = 0; i < s->nr_frames; i++)
		fprintf(out, " 0x%llx",
			(unsigned long long)p->location[p->frame[s->first_frame + i]].address);
	putc('\n', out);
	for (i = 0; i < s->nr_frames; i++) {
		location = p->frame[s->first_frame + i];
		for (n = 0; n < ember_label_lines(p, location); n++)
			fprintf(out, "#\t0x%llx\t%s\t%s\n",
				(unsigned long long)p->location[location].address,
				ember_label_text(p, ember_label(p, location, n), made),
				ember_text(p, p->mapping[p->location[location].mapping].file));
	}
	putc('\n', out);
}

void ember_http_contention(FILE *out, const struct ember_profile *p, const char *title)
{
	struct ember_contention *c = ember_xrealloc(NULL, p->nr_sample + 1, sizeof(*c));
	uint32_t i, nr = p->nr_sample;
	const uint64_t *value;

	for (i = 0; i < nr; i++) {
		value = p->value + (uint64_t)i * p->nr_type;
		c[i] = (struct ember_contention){ i, value[0], value[1] };
	}
	if (nr) {
		qsort_r(c, nr, sizeof(*c), ember_contention_by_stack, (void *)p);
		nr = ember_contention_merge(p, c, nr);
		qsort(c, nr, sizeof(*c), ember_contention_by_delay);
	}
	/* Go counts in cycles of the CPU, these are nanoseconds. */
	fprintf(out, "--- %s:\ncycles/second=1000000000\n", title);
	if (!strcmp(title, "mutex"))
		fputs("sampling period=1\n", out);
	for (i = 0; i < nr; i++)
		ember_contention_put(out, p, &c[i]);
	free(c);
}
