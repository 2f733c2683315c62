// SPDX-License-Identifier: GPL-2.0-or-later
#include "threads/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/memory.h"
#include "model/label.h"
#include "model/profile_labels.h"
#include "threads/snapshot.h"

#define EMBER_MINUTE 60000000000ull
#define EMBER_WAIT   256

/* Threads with the same stack and state. */
struct ember_threads_group {
	uint32_t first; /* sample */
	uint64_t threads, least, most; /* of the waits, ns */
};

struct ember_threads_groups {
	const struct ember_profile *p;
	struct ember_threads_group *group;
	uint32_t nr, size;
	struct ember_index index;
	uint64_t total;
};

static uint64_t ember_threads_value(const struct ember_profile *p, uint32_t sample,
				    unsigned int which)
{
	return p->value[(uint64_t)sample * p->nr_type + which];
}

static const char *ember_threads_state(const struct ember_profile *p, uint32_t sample)
{
	const char *state =
		ember_profile_label_value(p, p->sample[sample].labels, EMBER_LABEL_STATE);

	return state ? state : "unknown";
}

/* How threads leave the CPU, which is not what they wait for. */
static bool ember_threads_switches(const char *name)
{
	static const char *const begins[] = { "schedule",    "__schedule",  "preempt_schedule",
					      "io_schedule", "__switch_to", "__cond_resched" };
	unsigned int i;

	for (i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (!strncmp(name, begins[i], strlen(begins[i])))
			return true;
	return false;
}

/* Return the kernel function that a thread waits in, or NULL. */
static const char *ember_threads_channel(const struct ember_profile *p,
					 const struct ember_sample *s)
{
	const struct ember_location *l;
	const struct ember_function *f;
	uint32_t i;

	for (i = 0; i < s->nr_frames; i++) {
		l = &p->location[p->frame[s->first_frame + i]];
		if (!l->nr_lines)
			return NULL;
		f = &p->function[p->line[l->first_line].function];
		if (f->kind != EMBER_FRAME_KERNEL)
			return NULL;
		if (!ember_threads_switches(ember_text(p, f->name)))
			return ember_text(p, f->name);
	}
	return NULL;
}

/* A time as Go's dumps have it, in whole minutes, but shorter ones too. */
static void ember_threads_time(uint64_t ns, char text[EMBER_AMOUNT_MAX])
{
	unsigned long long minutes = ns / EMBER_MINUTE;

	if (minutes)
		snprintf(text, EMBER_AMOUNT_MAX, "%llu minute%s", minutes,
			 minutes == 1 ? "" : "s");
	else
		ember_amount(ns, EMBER_UNIT_NANOSECONDS, text);
}

/* "sleep in futex_wait_queue, 3 minutes" */
static void ember_threads_wait(const struct ember_profile *p, uint32_t sample, uint64_t least,
			       uint64_t most, char text[EMBER_WAIT])
{
	const char *state = ember_threads_state(p, sample);
	const char *channel = ember_threads_channel(p, &p->sample[sample]);
	char low[EMBER_AMOUNT_MAX], high[EMBER_AMOUNT_MAX];

	ember_threads_time(least, low);
	ember_threads_time(most, high);
	if (!strncmp(state, "run", 3))
		channel = NULL;
	snprintf(text, EMBER_WAIT, "%s%s%.128s, %s%s%s", state, channel ? " in " : "",
		 channel ? channel : "", low, strcmp(low, high) ? " to " : "",
		 strcmp(low, high) ? high : "");
}

static bool ember_threads_same(const void *context, uint32_t item)
{
	const struct ember_threads_groups *g = context;
	const struct ember_profile *p = g->p;
	/* The one that is looked for lies behind the last. */
	const struct ember_sample *a = &p->sample[g->group[item].first],
				  *b = &p->sample[g->group[g->nr].first];

	return a->nr_frames == b->nr_frames &&
	       !strcmp(ember_threads_state(p, g->group[item].first),
		       ember_threads_state(p, g->group[g->nr].first)) &&
	       !memcmp(p->frame + a->first_frame, p->frame + b->first_frame,
		       a->nr_frames * sizeof(*p->frame));
}

static void ember_threads_group(struct ember_threads_groups *g, uint32_t sample)
{
	const struct ember_profile *p = g->p;
	const struct ember_sample *s = &p->sample[sample];
	uint64_t hash = ember_mix_bytes(s->nr_frames, p->frame + s->first_frame,
					s->nr_frames * sizeof(*p->frame));
	uint64_t threads = ember_threads_value(p, sample, 0),
		 wait = ember_threads_value(p, sample, 1);
	uint32_t number;

	g->group = ember_array_reserve(g->group, g->nr, &g->size, sizeof(*g->group));
	g->group[g->nr] = (struct ember_threads_group){ sample, 0, wait, wait };
	number = ember_index_find(&g->index, hash, ember_threads_same, g);
	if (number == EMBER_NO_NUMBER) {
		number = g->nr++;
		ember_index_add(&g->index, hash, number);
	}
	g->group[number].threads += threads;
	g->total += threads;
	if (wait < g->group[number].least)
		g->group[number].least = wait;
	if (wait > g->group[number].most)
		g->group[number].most = wait;
}

/* By number, then by who comes first: the least thread id. */
static int ember_threads_group_order(const void *a, const void *b, void *context)
{
	const struct ember_threads_group *x = a, *y = b;
	const struct ember_profile *p = context;
	uint32_t s = p->sample[x->first].tid, t = p->sample[y->first].tid;

	if (x->threads != y->threads)
		return x->threads < y->threads ? 1 : -1;
	return (s > t) - (s < t);
}

static void ember_threads_frames(FILE *out, const struct ember_profile *p,
				 const struct ember_sample *s, const char *form)
{
	char made[EMBER_LABEL_MAX];
	uint32_t i, n, location;

	for (i = 0; i < s->nr_frames; i++) {
		location = p->frame[s->first_frame + i];
		for (n = 0; n < ember_label_lines(p, location); n++)
			fprintf(out, form, (unsigned long long)p->location[location].address,
				ember_label_text(p, ember_label(p, location, n), made),
				ember_text(p, p->mapping[p->location[location].mapping].file));
	}
}

static void ember_threads_group_put(FILE *out, const struct ember_profile *p,
				    const struct ember_threads_group *group)
{
	const struct ember_sample *s = &p->sample[group->first];
	char wait[EMBER_WAIT];
	uint32_t i;

	fprintf(out, "%llu @", (unsigned long long)group->threads);
	for (i = 0; i < s->nr_frames; i++)
		fprintf(out, " 0x%llx",
			(unsigned long long)p->location[p->frame[s->first_frame + i]].address);
	ember_threads_wait(p, group->first, group->least, group->most, wait);
	fprintf(out, "\n# [%s] %s %u%s\n", wait,
		ember_text(p, ember_label_comm(p, group->first)), s->tid,
		group->threads > 1 ? " and others" : "");
	ember_threads_frames(out, p, s, "#\t0x%llx\t%s\t%s\n");
	putc('\n', out);
}

void ember_threads_text_groups(FILE *out, const struct ember_profile *p, const char *name)
{
	struct ember_threads_groups g = { .p = p };
	uint32_t i;

	for (i = 0; i < p->nr_sample; i++)
		ember_threads_group(&g, i);
	if (g.nr)
		qsort_r(g.group, g.nr, sizeof(*g.group), ember_threads_group_order, (void *)p);
	fprintf(out, "%s profile: total %llu\n", name, (unsigned long long)g.total);
	for (i = 0; i < g.nr; i++)
		ember_threads_group_put(out, p, &g.group[i]);
	ember_index_free(&g.index);
	free(g.group);
}

static int ember_threads_order(const void *a, const void *b, void *context)
{
	const struct ember_profile *p = context;
	const struct ember_sample *x = &p->sample[*(const uint32_t *)a],
				  *y = &p->sample[*(const uint32_t *)b];

	if (x->tgid != y->tgid)
		return x->tgid > y->tgid ? 1 : -1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

void ember_threads_text_full(FILE *out, const struct ember_profile *p)
{
	uint32_t *order = ember_xrealloc(NULL, p->nr_sample + 1, sizeof(*order)), i;
	char wait[EMBER_WAIT];
	uint64_t ns;

	for (i = 0; i < p->nr_sample; i++)
		order[i] = i;
	qsort_r(order, p->nr_sample, sizeof(*order), ember_threads_order, (void *)p);
	for (i = 0; i < p->nr_sample; i++) {
		const struct ember_sample *s = &p->sample[order[i]];

		ns = ember_threads_value(p, order[i], 1);
		ember_threads_wait(p, order[i], ns, ns, wait);
		fprintf(out, "thread %u [%s] %s, process %u:\n", s->tid, wait,
			ember_text(p, ember_label_comm(p, order[i])), s->tgid);
		ember_threads_frames(out, p, s, "%2$s\n\t%3$s+0x%1$llx\n");
		putc('\n', out);
	}
	free(order);
}
