/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The token bucket of one session on one CPU: how much time its handlers may take, and how many
 * points a sample has to count for so that they take no more. Pure arithmetic. Time is in
 * counts (counter.h).
 *
 * The bucket holds what the budget grants for EMBER_BUCKET_MS, so in any time t handlers take at
 * most the budget of t and of that. It refills at a little less than the budget, so that nothing
 * is left of it in 10 s.
 *
 * A factor changes by what was spent up to then and never by the sample that is about to be
 * taken: samples times their factors stay unbiased.
 */
#ifndef EMBER_BUCKET_H
#define EMBER_BUCKET_H

#ifdef __KERNEL__
#include <linux/math64.h>
#include <linux/types.h>
#endif

#define EMBER_BUCKET_MS		100
#define EMBER_BUCKET_BITS	20	/* of a count's fraction */
#define EMBER_BUCKET_SHIFT_MAX	15	/* a sample counts for 2^15 points at most */
/* The bucket may owe 64 times what it holds: the 6.4 s after one handler of any length. */
#define EMBER_BUCKET_DEBT	64
/* The factor halves once the bucket has been full for so many times EMBER_BUCKET_MS. */
#define EMBER_BUCKET_HOLD	2

struct ember_bucket {
	long credit;			/* counts that may be spent until the next settling */
	long given;			/* the same, as of the last one */
	unsigned long settled;		/* ember_counter() then */
	u32 share;			/* of a CPU, << EMBER_BUCKET_BITS; 0: no bound */
	u32 span;			/* counts in EMBER_BUCKET_MS */
	s64 level;			/* counts << EMBER_BUCKET_BITS, as of the last settling */
	s64 most;			/* the same that it holds */
	s64 low;			/* below this level the factor doubles */
	u64 charged;			/* counts, up to the last settling */
	u64 owed;			/* counts of what can't be throttled, not paid yet */
	u64 held;			/* counts that it has been full since the factor changed */
	u8 shift;			/* log2 of the factor that is to be, */
	u8 shift_most;			/* at most */
};

/*
 * Set a budget of @ppm millionths of the CPU at @now, 0 for none. @span: counts in
 * EMBER_BUCKET_MS. What was spent stays, the factor and a debt do where there is a budget. The
 * next charge settles.
 */
static inline void ember_bucket_set(struct ember_bucket *b, u32 ppm, u32 span, u8 shift_most,
				    unsigned long now)
{
	bool had = b->share;

	/* A 64th less. */
	b->share = (u32)div_u64((((u64)ppm << EMBER_BUCKET_BITS) >> 6) * 63, 1000000);
	b->span = span;
	b->shift_most = shift_most;
	b->most = (s64)span * b->share;
	if (!had || !b->share || b->level > b->most)
		b->level = b->most;
	if (!had)
		b->settled = now;
	b->low = b->most >> 1;
	b->held = 0;
	b->charged += b->given - b->credit;
	b->given = 0;
	b->credit = 0;
	if (!b->share || b->shift > shift_most)
		b->shift = b->share ? shift_most : 0;
}

/* Doubles at each new low of the level: once at least a settling while it falls. */
static inline void ember_bucket_turn(struct ember_bucket *b, s64 before,
				     unsigned long since)
{
	if (b->level < b->low) {
		b->low = b->level;
		b->held = 0;
		if (b->shift < b->shift_most)
			b->shift++;
		/* In debt it takes too long to feel the way. */
		if (b->level < 0 && b->shift < b->shift_most)
			b->shift++;
		return;
	}
	if (b->level > (b->most >> 1))
		b->low = b->most >> 1;
	if (before <= b->most - (b->most >> 3)) {
		b->held = 0;
		return;
	}
	b->held += since;
	/* After a time without any point, as many steps as would have fitted into it. */
	if (b->held < EMBER_BUCKET_HOLD * (u64)b->span)
		return;
	for (; b->shift && b->held >= EMBER_BUCKET_HOLD * (u64)b->span;
	     b->held -= EMBER_BUCKET_HOLD * (u64)b->span)
		b->shift--;
	b->held = 0;
}

/* Pay what is owed from three quarters of a refill at most. Returns what that takes. */
static inline s64 ember_bucket_pay(struct ember_bucket *b, s64 refill)
{
	u64 most = ((u64)refill >> 2) * 3 >> EMBER_BUCKET_BITS;
	u64 pay = b->owed < most ? b->owed : most;

	b->owed -= pay;
	return (s64)(pay << EMBER_BUCKET_BITS);
}

/* Charge @counts that were spent elsewhere: what is left for samples is less until it's paid. */
static inline void ember_bucket_owe(struct ember_bucket *b, unsigned long counts)
{
	b->charged += counts;
	b->owed += counts;
	/* Not for ever. */
	if (b->owed > (u64)EMBER_BUCKET_DEBT * b->span)
		b->owed = (u64)EMBER_BUCKET_DEBT * b->span;
}

/*
 * Refill the bucket by the time since the last settling, take off what was spent, and find the
 * factor that follows. A counter that stepped back refills nothing, one that leapt fills it.
 */
static inline void ember_bucket_settle(struct ember_bucket *b, unsigned long now)
{
	unsigned long since = ember_counter_since(now, b->settled);
	s64 most = b->most, before, spent = b->given - b->credit, refill;

	b->settled = now;
	b->charged += spent;
	if (since > EMBER_BUCKET_DEBT * (u64)b->span)
		since = EMBER_BUCKET_DEBT * (u64)b->span;
	refill = (s64)((u64)since * b->share);
	if (b->owed)
		refill -= ember_bucket_pay(b, refill);
	before = b->level + refill;
	if (before > most)
		before = most;
	if (spent > (s64)EMBER_BUCKET_DEBT * b->span)
		spent = (s64)EMBER_BUCKET_DEBT * b->span;
	b->level = before - (s64)((u64)spent << EMBER_BUCKET_BITS);
	if (b->level < -most * EMBER_BUCKET_DEBT)
		b->level = -most * EMBER_BUCKET_DEBT;
	if (b->share)
		ember_bucket_turn(b, before, since);
	/* Without a factor the next look is when half is spent. */
	b->given = b->shift || b->level <= (most >> 1) ?
			   0 :
			   (long)((b->level - (most >> 1)) >> EMBER_BUCKET_BITS);
	if (!b->share)
		b->given = b->span;
	b->credit = b->given;
}

/* Charge @counts. Return true if the bucket is to be settled. */
static inline bool ember_bucket_spend(struct ember_bucket *b, unsigned long counts)
{
	b->credit -= (long)counts;
	return b->credit < 0;
}

/* Return true if no handler may run: more was spent than there was. */
static inline bool ember_bucket_owes(const struct ember_bucket *b)
{
	return b->level < 0;
}

#endif
