// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/label.h"
#include "workstation/report/merge.h"
#include "workstation/report/noise.h"

/*
 * Choose the type to compare: the shown one if it counts, else the first that does, else
 * the shown one by the period. Of an event that is its weight, by the period: what is heavier
 * than that counts for several samples. Returns how many samples a value stands for; 0: unknown.
 */
static double ember_diff_each(const struct ember_profile *p, uint32_t *type)
{
	const struct ember_profile_event *e = ember_profile_shown(p);
	uint32_t i, at;

	if (e) {
		*type = e->type + (e->period != 0);
		return e->period ? 1.0 / e->period : 1;
	}
	for (i = 0; i < p->nr_type; i++) {
		at = (p->shown + i) % p->nr_type;
		if (!strcmp(ember_text(p, p->type[at].unit), "count")) {
			*type = at;
			return 1;
		}
	}
	*type = p->shown;
	return p->period ? 1.0 / p->period : 0;
}

struct ember_diff_side {
	struct ember_diff *diff;
	const struct ember_profile *of;
	uint32_t side, type, run;
	double each;
	uint32_t *seen; /* by change: the sample that counted last, + 1 */
	uint32_t nr_seen;
	uint32_t *moments; /* by sample and part of the time; NULL: parts are runs, or unknown */
};

static void ember_unthread(struct ember_sample *sample)
{
	sample->tid = sample->tgid = sample->cpu = sample->board = sample->labels = 0;
}

static bool ember_diff_take(void *context, uint32_t number, const uint64_t *values,
			    uint64_t *to, struct ember_sample *sample)
{
	const struct ember_diff_side *s = context;

	(void)number;
	to[s->side] = values[s->type] * s->each + 0.5;
	ember_unthread(sample);
	return true;
}

struct ember_change_key {
	const struct ember_diff *diff;
	uint32_t name;
	bool kernel;
};

static bool ember_change_same(const void *context, uint32_t item)
{
	const struct ember_change_key *key = context;
	const struct ember_change *c = &key->diff->change[item];

	return c->name == key->name && c->kernel == key->kernel;
}

static uint32_t ember_diff_change(struct ember_diff *d, const struct ember_profile *of,
				  uint32_t label)
{
	char made[EMBER_LABEL_MAX];
	struct ember_change_key key = { .diff = d };
	uint32_t number;
	uint64_t hash;

	key.name = ember_profile_string(d->both, ember_label_text(of, label, made));
	key.kernel = ember_label_kernel(of, label);
	hash = ember_mix(key.name, key.kernel);
	number = ember_index_find(&d->index, hash, ember_change_same, &key);
	if (number != EMBER_NO_NUMBER)
		return number;
	d->change = ember_array_reserve(d->change, d->nr_change, &d->change_size,
					sizeof(*d->change));
	d->change[d->nr_change] =
		(struct ember_change){ .name = key.name, .kernel = key.kernel };
	ember_index_add(&d->index, hash, d->nr_change);
	return d->nr_change++;
}

static void ember_diff_count(const struct ember_diff_side *s, uint32_t number, uint32_t sample,
			     uint64_t value, bool self)
{
	struct ember_change *c = &s->diff->change[number];
	uint32_t i, nr = s->diff->parts[s->side].nr;
	struct ember_change_part *part;

	(self ? c->self : c->total)[s->side] += value;
	if (!nr)
		return;
	if (!c->part[s->side]) {
		c->part[s->side] = ember_xrealloc(NULL, nr, sizeof(*part));
		memset(c->part[s->side], 0, nr * sizeof(*part));
	}
	part = c->part[s->side];
	if (!s->moments)
		*(self ? &part[s->run].self : &part[s->run].total) += value;
	for (i = 0; s->moments && i < nr; i++)
		*(self ? &part[i].self : &part[i].total) +=
			s->moments[(uint64_t)sample * nr + i];
}

/* A function that calls itself counts once. */
static void ember_diff_sample(struct ember_diff_side *s, uint32_t number)
{
	const struct ember_profile *p = s->of;
	const struct ember_sample *sample = &p->sample[number];
	uint64_t value = p->value[(uint64_t)number * p->nr_type + s->type] * s->each + 0.5;
	uint32_t i, n, change;

	s->diff->nr[s->side] += value;
	if (s->diff->parts[s->side].nr && !s->moments)
		s->diff->parts[s->side].all[s->run] += value;
	for (i = 0; i < sample->nr_frames; i++) {
		uint32_t location = p->frame[sample->first_frame + i];

		for (n = 0; n < ember_label_lines(p, location); n++) {
			change = ember_diff_change(s->diff, p,
						   ember_label_merged(p, location, n));
			if (!i && !n)
				ember_diff_count(s, change, number, value, true);
			s->seen = ember_array_ensure(s->seen, &s->nr_seen, change,
						     sizeof(*s->seen));
			if (s->seen[change] == number + 1)
				continue;
			s->seen[change] = number + 1;
			ember_diff_count(s, change, number, value, false);
		}
	}
}

/* The time of a run that is divided. */
struct ember_diff_time {
	uint64_t first, time;
	uint64_t *all; /* samples, by part */
};

static void ember_diff_moment(struct ember_diff_side *s, const struct ember_diff_time *t,
			      uint64_t time_ns, uint32_t sample, uint32_t samples)
{
	uint32_t part = (double)(time_ns - t->first) / t->time * EMBER_DIFF_PARTS;

	part = part < EMBER_DIFF_PARTS ? part : EMBER_DIFF_PARTS - 1;
	s->moments[(uint64_t)sample * EMBER_DIFF_PARTS + part] += samples;
	t->all[part] += samples;
}

/* Find the time that the samples that are compared cover. Return false if it isn't known. */
static bool ember_diff_time(const struct ember_profile *p, struct ember_diff_time *t)
{
	bool weighted = ember_profile_shown(p);
	uint32_t nr = weighted ? p->nr_weighted : p->nr_moment;
	uint64_t last;

	if (nr < 2 || !ember_profile_timed(p))
		return false;
	t->first = weighted ? p->weighted[0].time_ns : p->moment[0].time_ns;
	last = weighted ? p->weighted[nr - 1].time_ns : p->moment[nr - 1].time_ns;
	t->time = last - t->first + 1;
	return last != t->first;
}

/* Divide the time of a single run. */
static void ember_diff_timestamps(struct ember_diff_side *s, struct ember_diff_parts *parts)
{
	const struct ember_profile *p = s->of;
	const struct ember_profile_event *e = ember_profile_shown(p);
	uint64_t room = (uint64_t)p->nr_sample * EMBER_DIFF_PARTS;
	struct ember_diff_time t;
	uint32_t i;

	if (!ember_diff_time(p, &t))
		return;
	s->moments = ember_xrealloc(NULL, room, sizeof(*s->moments));
	memset(s->moments, 0, room * sizeof(*s->moments));
	parts->nr = EMBER_DIFF_PARTS;
	parts->all = ember_xrealloc(NULL, EMBER_DIFF_PARTS, sizeof(*parts->all));
	memset(parts->all, 0, EMBER_DIFF_PARTS * sizeof(*parts->all));
	t.all = parts->all;
	for (i = 0; !e && i < p->nr_moment; i++)
		ember_diff_moment(s, &t, p->moment[i].time_ns, p->moment[i].sample,
				  p->moment[i].points);
	for (i = 0; e && i < p->nr_weighted; i++)
		if (p->weighted[i].event == (uint32_t)(e - p->event))
			ember_diff_moment(s, &t, p->weighted[i].time_ns, p->weighted[i].sample,
					  e->period ? p->weighted[i].weight * s->each + 0.5 :
						      1);
}

static double ember_change_size(const struct ember_diff *d, const struct ember_change *c)
{
	double self = fabs(c->self[1] / d->per[1] - c->self[0] / d->per[0]);
	double total = fabs(c->total[1] / d->per[1] - c->total[0] / d->per[0]);

	return self > total ? self : total;
}

static int ember_change_order(const void *a, const void *b, void *context)
{
	const struct ember_change *left = a, *right = b;
	const struct ember_diff *d = context;
	double x = ember_change_size(d, left), y = ember_change_size(d, right);

	if (left->is != right->is)
		return right->is - left->is;
	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(ember_text(d->both, left->name), ember_text(d->both, right->name));
}

/* Return the name of the event that is shown; "": CPU samples, or what isn't an event's. */
static const char *ember_diff_event(const struct ember_profile *p)
{
	const struct ember_profile_event *e = ember_profile_shown(p);

	return e ? ember_text(p, p->type[e->type + 1].name) : "";
}

/* Return whether all runs of both sides show the same event. */
static bool ember_diff_events(const struct ember_diff_runs runs[2])
{
	const char *first = ember_diff_event(runs[0].run[0]);
	uint32_t side, i;

	for (side = 0; side < 2; side++)
		for (i = 0; i < runs[side].nr; i++)
			if (strcmp(ember_diff_event(runs[side].run[i]), first))
				return false;
	return true;
}

/* Add a run to its side. Returns NULL, or why it can't be compared. */
static const char *ember_diff_run(struct ember_diff_side *s, bool by_time)
{
	const struct ember_profile *p = s->of;
	struct ember_diff *d = s->diff;
	uint32_t i;

	s->each = ember_diff_each(p, &s->type);
	if (s->each <= 0)
		return "has values that aren't counts of samples";
	if (!d->parts[s->side].runs)
		ember_diff_timestamps(s, &d->parts[s->side]);
	for (i = 0; i < p->nr_sample; i++)
		ember_diff_sample(s, i);
	ember_merge(d->both, p, ember_diff_take, s);
	/* What an event's weights would be shares of isn't time. */
	if (by_time && p->period && !ember_profile_shown(p))
		d->per[s->side] += (double)p->duration_ns / p->period;
	return NULL;
}

static const char *ember_diff_read(struct ember_diff *d, uint32_t number,
				   const struct ember_diff_runs *runs, bool by_time)
{
	struct ember_diff_side side = { .diff = d, .side = number };
	struct ember_diff_parts *parts = &d->parts[number];
	const char *why = NULL;
	uint32_t i;

	if (runs->nr > 1) {
		*parts = (struct ember_diff_parts){ .nr = runs->nr, .runs = true };
		parts->all = ember_xrealloc(NULL, runs->nr, sizeof(*parts->all));
		memset(parts->all, 0, runs->nr * sizeof(*parts->all));
	}
	for (side.run = 0; side.run < runs->nr && !why; side.run++) {
		side.of = runs->run[side.run];
		why = ember_diff_run(&side, by_time);
		/* Samples are numbered from 0 in each. */
		for (i = 0; i < side.nr_seen; i++)
			side.seen[i] = 0;
	}
	free(side.seen);
	free(side.moments);
	if (!by_time)
		d->per[number] = d->nr[number];
	if (!why && !d->nr[number])
		why = "has no samples";
	if (!why && d->per[number] <= 0)
		why = "has no duration or no sampling period (--by time needs both, and CPU samples)";
	return why;
}

const char *ember_diff_make(struct ember_diff *d, const struct ember_diff_runs runs[2],
			    bool by_time)
{
	const char *why = NULL;

	memset(d, 0, sizeof(*d));
	d->both = ember_profile_new();
	ember_profile_cpu(d->both, 0);
	if (!ember_diff_events(runs))
		return "doesn't show the event that another profile shows (say --event)";
	for (d->wrong = 0; d->wrong < 2; d->wrong++) {
		why = ember_diff_read(d, d->wrong, &runs[d->wrong], by_time);
		if (why)
			return why;
	}
	ember_noise_judge(d, by_time);
	if (d->nr_change)
		qsort_r(d->change, d->nr_change, sizeof(*d->change), ember_change_order, d);
	return NULL;
}

void ember_diff_free(struct ember_diff *d)
{
	uint32_t i;

	for (i = 0; i < d->nr_change; i++) {
		free(d->change[i].part[0]);
		free(d->change[i].part[1]);
	}
	free(d->parts[0].all);
	free(d->parts[1].all);
	ember_profile_free(d->both);
	free(d->change);
	ember_index_free(&d->index);
	memset(d, 0, sizeof(*d));
}

struct ember_diff_scale {
	const struct ember_profile *of;
	double scale;
	bool base;
};

static bool ember_diff_against(void *context, uint32_t number, const uint64_t *values,
			       uint64_t *to, struct ember_sample *sample)
{
	const struct ember_diff_scale *s = context;
	uint32_t i;

	(void)number;
	for (i = 0; i < s->of->nr_type; i++) {
		to[i] = values[i] * s->scale + 0.5;
		if (s->base)
			to[i] = -to[i];
	}
	sample->base = s->base;
	ember_unthread(sample);
	return true;
}

struct ember_profile *ember_diff_base(const struct ember_diff_runs runs[2], bool by_time)
{
	struct ember_diff_scale scale = { .scale = 1 };
	const struct ember_profile *like = runs[1].run[0];
	struct ember_profile *p;
	double all[2] = {};
	uint32_t side, i, k;

	for (side = 0; side < 2; side++) {
		for (i = 0; i < runs[side].nr; i++) {
			const struct ember_profile *of = runs[side].run[i];

			if (!ember_merge_fits(like, of))
				return NULL;
			for (k = 0; !by_time && k < of->nr_sample; k++)
				all[side] += ember_shown(of, k);
			all[side] += by_time ? of->duration_ns : 0;
		}
	}
	p = ember_merge_begin(like);
	for (side = 2; side--;) {
		for (i = 0; i < runs[side].nr; i++) {
			scale.of = runs[side].run[i];
			ember_merge(p, scale.of, ember_diff_against, &scale);
		}
		scale = (struct ember_diff_scale){ .base = true, .scale = all[1] / all[0] };
	}
	return p;
}
