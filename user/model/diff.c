// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each function's samples are a share of all, twice. How much a share varies by chance is
 * known if each sample is drawn by itself; but programs do things in bursts and phases. Where
 * it's told when samples were taken, the parts of each profile's time say how much: as a
 * ratio of sums over them varies. And two runs differ by more than what can be seen in one:
 * by how much, most of the functions tell, which haven't changed. The median of their squares
 * is that of one degree of freedom, times the spread. As many questions as there are
 * functions are asked at once, so what is likely once in a thousand such tables isn't
 * believed.
 */
#include "model/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/label.h"
#include "model/merge.h"

#define EMBER_DIFF_CHANCE 0.001 /* that a table has any change that is none */
#define EMBER_DIFF_MEDIAN 0.4549364 /* of chi-squared, one degree of freedom */
#define EMBER_DIFF_ENOUGH 20 /* samples of a function that tells of the spread, */
#define EMBER_DIFF_SOME	  10 /* functions that do, at least */

/* How many samples a profile's value stands for; 0: that can't be told. */
static double ember_diff_each(const struct ember_profile *p, uint32_t *type)
{
	uint32_t i;

	for (i = 0; i < p->nr_type; i++)
		if (!strcmp(ember_text(p, p->type[i].unit), "count")) {
			*type = i;
			return 1;
		}
	*type = p->shown;
	return p->period ? 1.0 / p->period : 0;
}

struct ember_diff_side {
	struct ember_diff *diff;
	const struct ember_profile *of;
	uint32_t side, type;
	double each;
	uint32_t *seen; /* by change: the sample that counted last, + 1 */
	uint32_t nr_seen;
	uint32_t *parts; /* of each sample; NULL: not told */
};

static void ember_unthread(struct ember_sample *sample)
{
	sample->tid = sample->tgid = sample->cpu = sample->board = 0;
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
	d->change = ember_room(d->change, d->nr_change, &d->change_size, sizeof(*d->change));
	d->change[d->nr_change] =
		(struct ember_change){ .name = key.name, .kernel = key.kernel };
	ember_index_add(&d->index, hash, d->nr_change);
	return d->nr_change++;
}

static void ember_diff_count(const struct ember_diff_side *s, uint32_t number, uint32_t sample,
			     uint64_t value, bool self)
{
	struct ember_change *c = &s->diff->change[number];
	const uint32_t *parts = s->parts ? s->parts + (uint64_t)sample * EMBER_DIFF_PARTS :
					   NULL;
	uint32_t i;

	(self ? c->self : c->total)[s->side] += value;
	if (!parts)
		return;
	if (!c->part[s->side]) {
		c->part[s->side] = ember_grow(NULL, EMBER_DIFF_PARTS, sizeof(*c->part[0]));
		memset(c->part[s->side], 0, EMBER_DIFF_PARTS * sizeof(*c->part[0]));
	}
	for (i = 0; i < EMBER_DIFF_PARTS; i++)
		*(self ? &c->part[s->side][i].self : &c->part[s->side][i].total) += parts[i];
}

/* A function that calls itself counts once. */
static void ember_diff_sample(struct ember_diff_side *s, uint32_t number)
{
	const struct ember_profile *p = s->of;
	const struct ember_sample *sample = &p->sample[number];
	uint64_t value = p->value[(uint64_t)number * p->nr_type + s->type] * s->each + 0.5;
	uint32_t i, n, change;

	s->diff->nr[s->side] += value;
	for (i = 0; i < sample->nr_frames; i++) {
		uint32_t location = p->frame[sample->first_frame + i];

		for (n = 0; n < ember_label_lines(p, location); n++) {
			change = ember_diff_change(s->diff, p,
						   ember_label_merged(p, location, n));
			if (!i && !n)
				ember_diff_count(s, change, number, value, true);
			s->seen = ember_reach(s->seen, &s->nr_seen, change, sizeof(*s->seen));
			if (s->seen[change] == number + 1)
				continue;
			s->seen[change] = number + 1;
			ember_diff_count(s, change, number, value, false);
		}
	}
}

/* How many of each sample fall into which part of the time. */
static void ember_diff_parts(struct ember_diff_side *s)
{
	const struct ember_profile *p = s->of;
	uint64_t *all, first, time;
	uint32_t i, part;

	if (p->nr_moment < 2 || p->moment[p->nr_moment - 1].time_ns == p->moment[0].time_ns)
		return;
	first = p->moment[0].time_ns;
	time = p->moment[p->nr_moment - 1].time_ns - first + 1;
	s->parts =
		ember_grow(NULL, (uint64_t)p->nr_sample * EMBER_DIFF_PARTS, sizeof(*s->parts));
	memset(s->parts, 0, (uint64_t)p->nr_sample * EMBER_DIFF_PARTS * sizeof(*s->parts));
	all = ember_grow(NULL, EMBER_DIFF_PARTS, sizeof(*all));
	memset(all, 0, EMBER_DIFF_PARTS * sizeof(*all));
	for (i = 0; i < p->nr_moment; i++) {
		part = (double)(p->moment[i].time_ns - first) / time * EMBER_DIFF_PARTS;
		part = part < EMBER_DIFF_PARTS ? part : EMBER_DIFF_PARTS - 1;
		s->parts[(uint64_t)p->moment[i].sample * EMBER_DIFF_PARTS + part]++;
		all[part]++;
	}
	s->diff->part[s->side] = all;
}

/* Of a share, by how it varies over the time: of a ratio of sums. 0: that isn't told. */
static double ember_diff_varies(const struct ember_diff *d, const struct ember_change *c,
				uint32_t side, bool self)
{
	double share, sum = 0, x;
	uint32_t i;

	if (!d->part[side] || !c->part[side])
		return 0;
	share = (double)(self ? c->self : c->total)[side] / d->nr[side];
	for (i = 0; i < EMBER_DIFF_PARTS; i++) {
		x = self ? c->part[side][i].self : c->part[side][i].total;
		x -= share * d->part[side][i];
		sum += x * x;
	}
	return sum / d->nr[side] / d->nr[side] * EMBER_DIFF_PARTS / (EMBER_DIFF_PARTS - 1);
}

/* A deviation in errors that were measured, not known: what it would be if they were. */
static double ember_diff_known(double z)
{
	const double freedom = EMBER_DIFF_PARTS - 1;

	return z * (1 - 0.25 / freedom) / sqrt(1 + z * z / 2 / freedom);
}

static double ember_diff_z(const struct ember_diff *d, const struct ember_change *c, bool self,
			   bool by_time)
{
	const uint64_t *count = self ? c->self : c->total;
	double a = count[0], b = count[1], n = d->nr[0], m = d->nr[1], z;
	double p = (a + b) / (n + m), before = p * (1 - p) / n, after = p * (1 - p) / m, seen;
	bool measured = false;
	uint32_t side;

	if (by_time) {
		before = (a + b) / (d->per[0] + d->per[1]) / d->per[0];
		after = before * d->per[0] / d->per[1];
	}
	for (side = 0; side < 2; side++) {
		seen = ember_diff_varies(d, c, side, self);
		/* Of samples; as a share of the time they are as many times more or less. */
		if (by_time)
			seen *= d->nr[side] / d->per[side] * d->nr[side] / d->per[side];
		if (seen > (side ? after : before)) {
			*(side ? &after : &before) = seen;
			measured = true;
		}
	}
	if (before + after <= 0)
		return 0;
	z = (b / d->per[1] - a / d->per[0]) / sqrt(before + after);
	return measured ? ember_diff_known(z) : z;
}

static int ember_double_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Of the squares of functions that were seen often enough; 1 where there are too few. */
static double ember_diff_spread(const struct ember_diff *d, bool total)
{
	double *square = ember_grow(NULL, d->nr_change + 1, sizeof(*square)), spread = 1;
	uint32_t i, nr = 0;

	for (i = 0; i < d->nr_change; i++) {
		const struct ember_change *c = &d->change[i];
		const uint64_t *count = total ? c->total : c->self;
		double z = total ? c->total_z : c->self_z;

		if (count[0] + count[1] >= EMBER_DIFF_ENOUGH)
			square[nr++] = z * z;
	}
	if (nr >= EMBER_DIFF_SOME) {
		qsort(square, nr, sizeof(*square), ember_double_order);
		spread = square[nr / 2] / EMBER_DIFF_MEDIAN;
	}
	free(square);
	return spread > 1 ? spread : 1;
}

static void ember_diff_judge(struct ember_diff *d, bool by_time)
{
	double questions = 2.0 * d->nr_change, other;
	uint32_t i;

	for (i = 0; i < d->nr_change; i++) {
		struct ember_change *c = &d->change[i];

		c->self_z = ember_diff_z(d, c, true, by_time);
		c->total_z = ember_diff_z(d, c, false, by_time);
	}
	d->spread = ember_diff_spread(d, false);
	other = ember_diff_spread(d, true);
	d->spread = other > d->spread ? other : d->spread;
	for (i = 0; i < d->nr_change; i++) {
		struct ember_change *c = &d->change[i];
		double z;

		c->self_z /= sqrt(d->spread);
		c->total_z /= sqrt(d->spread);
		z = fabs(c->self_z) > fabs(c->total_z) ? c->self_z : c->total_z;
		c->is = erfc(fabs(z) / sqrt(2)) * questions < EMBER_DIFF_CHANCE;
		d->nr_is += c->is;
	}
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

const char *ember_diff_make(struct ember_diff *d, const struct ember_profile *before,
			    const struct ember_profile *after, bool by_time)
{
	const struct ember_profile *of[] = { before, after };
	uint32_t i, k;

	memset(d, 0, sizeof(*d));
	d->both = ember_profile_new();
	ember_profile_cpu(d->both, 0);
	for (i = 0; i < 2; i++) {
		struct ember_diff_side side = { .diff = d, .of = of[i], .side = i };

		side.each = ember_diff_each(of[i], &side.type);
		if (side.each <= 0)
			return "has values that aren't counts of samples";
		ember_diff_parts(&side);
		for (k = 0; k < of[i]->nr_sample; k++)
			ember_diff_sample(&side, k);
		ember_merge(d->both, of[i], ember_diff_take, &side);
		free(side.seen);
		free(side.parts);
		d->per[i] = by_time ? of[i]->duration_ns / 1e9 *
					      (of[i]->period ? 1e9 / of[i]->period : 0) :
				      d->nr[i];
		if (!d->nr[i])
			return "has no samples";
		if (d->per[i] <= 0)
			return "doesn't tell how long it took, and at which rate";
	}
	ember_diff_judge(d, by_time);
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
	free(d->part[0]);
	free(d->part[1]);
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

struct ember_profile *ember_diff_base(const struct ember_profile *before,
				      const struct ember_profile *after, bool by_time)
{
	struct ember_diff_scale scale = { .of = after, .scale = 1 };
	struct ember_profile *p;
	double all[2] = {};
	uint32_t i;

	if (!ember_merge_fits(before, after))
		return NULL;
	p = ember_merge_begin(after);
	ember_merge(p, after, ember_diff_against, &scale);
	for (i = 0; i < before->nr_sample; i++)
		all[0] += ember_shown(before, i);
	for (i = 0; i < after->nr_sample; i++)
		all[1] += ember_shown(after, i);
	scale = (struct ember_diff_scale){ .of = before, .base = true };
	scale.scale = by_time ? (double)after->duration_ns / before->duration_ns :
				all[1] / all[0];
	ember_merge(p, before, ember_diff_against, &scale);
	return p;
}
