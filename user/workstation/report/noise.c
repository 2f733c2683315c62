// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A function's count varies at least as a binomial count does. Programs work in bursts and
 * phases, which adds to that. How much is estimated from each side alone: from repetitions
 * of the run, or from the parts of its time. Where a side has neither, and for variation
 * between runs, the estimate is the spread of all functions' changes: the median of their
 * squares is that of chi-squared with one degree of freedom, times the spread. A change of
 * most functions raises that median as well, so the spread is limited to EMBER_NOISE_MOST,
 * and repetitions replace it.
 *
 * One table asks two questions for each function: marks are Bonferroni-corrected. Whether
 * there's any change at all is asked of the total variation distance as well.
 */
#include "workstation/report/noise.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#define EMBER_NOISE_CHANCE 0.001 /* that a table without a change has a mark */
#define EMBER_NOISE_MEDIAN 0.4549364 /* of chi-squared, one degree of freedom */
#define EMBER_NOISE_ENOUGH 20 /* samples of a function that counts for the spread, */
#define EMBER_NOISE_SOME   10 /* functions that do, at least */
#define EMBER_NOISE_MOST   10 /* the largest spread that a single run may have */
#define EMBER_NOISE_PRIOR  16 /* degrees of freedom that the common spread stands for */

struct ember_noise {
	const struct ember_diff *d;
	double spread; /* from repetitions; 1: there are none */
	double between[2]; /* variance between runs, of total and self: ember_noise_between() */
	bool by_time;
};

/* A difference of shares and its standard error. */
struct ember_noise_error {
	double change, error;
	double freedom; /* of the error's estimate; 0: it's known */
};

static double ember_noise_count(const struct ember_change *c, uint32_t side, bool self)
{
	return self ? c->self[side] : c->total[side];
}

/*
 * Return the variance of a side's share by how its parts differ: that of a ratio of sums.
 * 0: the side has no parts.
 */
static double ember_noise_seen(const struct ember_noise *n, const struct ember_change *c,
			       uint32_t side, bool self)
{
	const struct ember_diff_parts *parts = &n->d->parts[side];
	double share = ember_noise_count(c, side, self) / n->d->nr[side], sum = 0, x;
	uint32_t i;

	if (!parts->nr || !c->part[side])
		return 0;
	for (i = 0; i < parts->nr; i++) {
		x = self ? c->part[side][i].self : c->part[side][i].total;
		x -= share * parts->all[i];
		sum += x * x;
	}
	return sum / n->d->nr[side] / n->d->nr[side] * parts->nr / (parts->nr - 1);
}

/* Return the variance of a side's share if samples were independent. */
static double ember_noise_counting(const struct ember_noise *n, const struct ember_change *c,
				   uint32_t side, bool self)
{
	const struct ember_diff *d = n->d;
	double both = ember_noise_count(c, 0, self) + ember_noise_count(c, 1, self);
	double p = both / (d->nr[0] + d->nr[1]);

	if (n->by_time)
		return both / (d->per[0] + d->per[1]) / d->per[side];
	return p * (1 - p) / d->nr[side];
}

/* Return what a relative change of the function, squared, makes of its share's variance. */
static double ember_noise_weight(const struct ember_noise *n, const struct ember_change *c,
				 uint32_t side, bool self)
{
	double share = ember_noise_count(c, side, self) / n->d->nr[side];

	return share * share * (1 - share) * (1 - share);
}

static uint32_t ember_noise_runs(const struct ember_noise *n, uint32_t side)
{
	return n->d->parts[side].runs ? n->d->parts[side].nr : 1;
}

static struct ember_noise_error ember_noise_error(const struct ember_noise *n,
						  const struct ember_change *c, bool self)
{
	const struct ember_diff *d = n->d;
	struct ember_noise_error e = {};
	double sum = 0, scale;
	uint32_t side;

	for (side = 0; side < 2; side++) {
		const struct ember_diff_parts *parts = &d->parts[side];
		double known = ember_noise_counting(n, c, side, self) * n->spread;
		double seen = ember_noise_seen(n, c, side, self), freedom = parts->nr - 1.0;

		/* From shares of samples to shares of what is asked for. */
		scale = d->nr[side] / d->per[side];
		seen *= scale * scale;
		known += scale * scale * n->between[self] *
			 ember_noise_weight(n, c, side, self) / ember_noise_runs(n, side);
		/* Few runs know less of one function than all functions together. */
		if (parts->runs) {
			seen = (EMBER_NOISE_PRIOR * known + freedom * seen) /
			       (EMBER_NOISE_PRIOR + freedom);
			freedom += EMBER_NOISE_PRIOR;
		}
		if (seen > known && (!e.freedom || freedom < e.freedom))
			e.freedom = freedom;
		sum += seen > known ? seen : known;
	}
	e.error = sqrt(sum);
	e.change = ember_noise_count(c, 1, self) / d->per[1] -
		   ember_noise_count(c, 0, self) / d->per[0];
	return e;
}

/*
 * Return the deviation in standard errors. Where the error is an estimate, that is Student's
 * t: return the normal deviate that is as unlikely (Wallace 1959).
 */
static double ember_noise_z(const struct ember_noise_error *e)
{
	double f = e->freedom, z = e->error > 0 ? e->change / e->error : 0;

	if (!f)
		return z;
	return copysign((8 * f + 1) / (8 * f + 3) * sqrt(f * log1p(z * z / f)), z);
}

static int ember_noise_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Return the median, but 1 at least, and 1 if there are too few. */
static double ember_noise_median(double *value, uint32_t nr)
{
	double median = 1;

	if (nr >= EMBER_NOISE_SOME) {
		qsort(value, nr, sizeof(*value), ember_noise_order);
		median = value[nr / 2];
	}
	free(value);
	return median > 1 ? median : 1;
}

static bool ember_noise_enough(const struct ember_change *c, bool self)
{
	return ember_noise_count(c, 0, self) + ember_noise_count(c, 1, self) >=
	       EMBER_NOISE_ENOUGH;
}

/* Return how much more than independent samples the repetitions differ; 1: there are none. */
static double ember_noise_repeated(const struct ember_noise *n, bool self)
{
	const struct ember_diff *d = n->d;
	double *ratio = ember_xrealloc(NULL, 2 * d->nr_change + 1, sizeof(*ratio)), f, known;
	uint32_t i, side, nr = 0;

	for (side = 0; side < 2; side++) {
		if (!d->parts[side].runs)
			continue;
		/* The median of chi-squared by its degrees of freedom (Wilson and Hilferty). */
		f = d->parts[side].nr - 1;
		f = f > 1 ? pow(1 - 2 / (9 * f), 3) : EMBER_NOISE_MEDIAN;
		for (i = 0; i < d->nr_change; i++) {
			const struct ember_change *c = &d->change[i];

			known = ember_noise_count(c, side, self) / d->nr[side];
			known = known * (1 - known) / d->nr[side];
			if (ember_noise_enough(c, self) && known > 0)
				ratio[nr++] = ember_noise_seen(n, c, side, self) / known / f;
		}
	}
	return ember_noise_median(ratio, nr);
}

/*
 * Return the variance between runs, relative to the share, that counting and the spread
 * leave unexplained. It shows in functions with many samples.
 */
static double ember_noise_between(const struct ember_noise *n, bool self)
{
	const struct ember_diff *d = n->d;
	double excess = 0, weight = 0, known;
	uint32_t i, side;

	for (side = 0; side < 2; side++) {
		for (i = 0; d->parts[side].runs && i < d->nr_change; i++) {
			const struct ember_change *c = &d->change[i];

			known = ember_noise_count(c, side, self) / d->nr[side];
			known = known * (1 - known) / d->nr[side] * n->spread;
			excess += (ember_noise_seen(n, c, side, self) - known) *
				  d->parts[side].nr;
			weight += ember_noise_weight(n, c, side, self);
		}
	}
	return excess > 0 && weight > 0 ? excess / weight : 0;
}

static double ember_noise_changes(const struct ember_diff *d, bool self)
{
	double *square = ember_xrealloc(NULL, d->nr_change + 1, sizeof(*square)), z;
	uint32_t i, nr = 0;

	for (i = 0; i < d->nr_change; i++) {
		z = self ? d->change[i].self_z : d->change[i].total_z;
		if (ember_noise_enough(&d->change[i], self))
			square[nr++] = z * z / EMBER_NOISE_MEDIAN;
	}
	return ember_noise_median(square, nr);
}

static double ember_noise_larger(double x, double y)
{
	return x > y ? x : y;
}

/*
 * The distance, and what it's below if nothing has changed: its mean and 3.3 standard
 * deviations; half of the mean more, since the spread itself is an estimate.
 */
static void ember_noise_distance(struct ember_diff *d, const struct ember_noise *n)
{
	const double half = sqrt(2 / M_PI); /* the mean of a normal deviate's size */
	double mean = 0, variance = 0, extra = sqrt(d->spread / n->spread);
	uint32_t i;

	for (i = 0; i < d->nr_change; i++) {
		const struct ember_change *c = &d->change[i];
		struct ember_noise_error e = ember_noise_error(n, c, true);
		double most = c->self[0] / d->per[0] + c->self[1] / d->per[1];

		e.error *= extra;
		d->distance += fabs(e.change) / 2;
		variance += e.error * e.error * (1 - 2 / M_PI) / 4;
		/* A single sample is on one side alone. */
		mean += (c->self[0] + c->self[1] < 2 || half * e.error > most ?
				 most :
				 half * e.error) /
			2;
	}
	d->noise = 1.5 * mean + 3.3 * sqrt(variance);
}

void ember_noise_judge(struct ember_diff *d, bool by_time)
{
	struct ember_noise n = { .d = d, .spread = 1, .by_time = by_time };
	bool repeated = d->parts[0].runs || d->parts[1].runs;
	double questions = 2.0 * d->nr_change, z;
	struct ember_noise_error e;
	uint32_t i;

	n.spread = ember_noise_larger(ember_noise_repeated(&n, true),
				      ember_noise_repeated(&n, false));
	n.between[false] = ember_noise_between(&n, false);
	n.between[true] = ember_noise_between(&n, true);
	for (i = 0; i < d->nr_change; i++) {
		e = ember_noise_error(&n, &d->change[i], true);
		d->change[i].self_z = ember_noise_z(&e);
		e = ember_noise_error(&n, &d->change[i], false);
		d->change[i].total_z = ember_noise_z(&e);
	}
	d->spread = n.spread;
	if (!repeated) {
		d->spread = ember_noise_larger(ember_noise_changes(d, true),
					       ember_noise_changes(d, false));
		d->spread = d->spread > EMBER_NOISE_MOST ? EMBER_NOISE_MOST : d->spread;
	}
	for (i = 0; i < d->nr_change; i++) {
		struct ember_change *c = &d->change[i];

		c->self_z /= sqrt(d->spread / n.spread);
		c->total_z /= sqrt(d->spread / n.spread);
		z = ember_noise_larger(fabs(c->self_z), fabs(c->total_z));
		c->is = erfc(z / sqrt(2)) * questions < EMBER_NOISE_CHANCE;
		d->nr_is += c->is;
	}
	ember_noise_distance(d, &n);
}
