/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks that threads wait for now, and for how long all of them together have since somebody
 * last released one of them: a table of fixed size, without locks. What changes is in one word
 * of 64 bits: how many wait (n), and the sum of the times at which they began. At t they have
 * waited for n * t less that sum. A waiter adds its begin and takes its end off the sum; who
 * releases the lock gets the time of all, and those that wait on count from then. So a holder that
 * keeps many waiting is charged for all of them, although others wake the last, at constant cost.
 *
 * From the low end: n, what of the hash its place doesn't have, and the sum, modulo 2^40 units
 * of 1024 ns: 13 days of all waiters together. A place without waiters is free, whatever it has.
 */
#ifndef EMBER_CONTENTION_H
#define EMBER_CONTENTION_H

#ifdef __KERNEL__
#include <linux/atomic.h>
#include <linux/types.h>
#endif

#define EMBER_CONTENTION_UNIT  10 /* bits of ns */
#define EMBER_CONTENTION_WAYS  4
#define EMBER_CONTENTION_BITS  8 /* of buckets */
#define EMBER_CONTENTION_LOCKS (EMBER_CONTENTION_WAYS << EMBER_CONTENTION_BITS)
#define EMBER_CONTENTION_TRIES 8 /* while other CPUs change a word */

#define EMBER_CONTENTION_N     1023ULL
#define EMBER_CONTENTION_MOST  1000ULL /* waiters of one lock */
#define EMBER_CONTENTION_TAG   (((1ULL << 14) - 1) << 10)
#define EMBER_CONTENTION_SUM   24

struct ember_contention {
	atomic64_t word;
	/* Addresses of tasks, compared only. Bit 0 of the first: it has released the lock since. */
	unsigned long owner, before;
};

static inline unsigned int ember_contention_n(u64 word)
{
	return word & EMBER_CONTENTION_N;
}

/* Return the units that all have waited: less than none where CPUs' clocks differ by more. */
static inline s64 ember_contention_waited(u64 word, u64 units)
{
	return (s64)((ember_contention_n(word) * units << EMBER_CONTENTION_SUM) -
		     (word & ~(EMBER_CONTENTION_N | EMBER_CONTENTION_TAG))) >>
	       EMBER_CONTENTION_SUM;
}

/* What a waiter adds at its begin, and takes away at its end. */
static inline u64 ember_contention_part(u64 units)
{
	return (units << EMBER_CONTENTION_SUM) + 1;
}

static inline bool ember_contention_swap(struct ember_contention *at, u64 old, u64 word)
{
	return (u64)atomic64_cmpxchg(&at->word, old, word) == old;
}

/*
 * Begin to wait for the lock with that hash. Return its place, or -1 if there's none, as it has
 * too many waiters or its bucket too many locks. *fresh: nobody waited for it before.
 */
static inline int ember_contention_begin(struct ember_contention *locks, u64 hash, u64 units,
					 bool *fresh)
{
	unsigned int bucket = (hash >> 56) * EMBER_CONTENTION_WAYS, i, tries;
	u64 tag = hash & EMBER_CONTENTION_TAG, old[EMBER_CONTENTION_WAYS];

	for (tries = 0; tries < EMBER_CONTENTION_TRIES; tries++) {
		int at = -1;

		*fresh = true;
		for (i = 0; i < EMBER_CONTENTION_WAYS; i++) {
			old[i] = atomic64_read(&locks[bucket + i].word);
			if (!ember_contention_n(old[i])) {
				if (at < 0)
					at = i;
			} else if ((old[i] & EMBER_CONTENTION_TAG) == tag) {
				at = i;
				*fresh = false;
				break;
			}
		}
		if (at < 0 || ember_contention_n(old[at]) >= EMBER_CONTENTION_MOST)
			return -1;
		if (ember_contention_swap(&locks[bucket + at], old[at],
					  (*fresh ? tag : old[at]) +
						  ember_contention_part(units)))
			return bucket + at;
	}
	return -1;
}

/*
 * A waiter leaves that nobody released. What it waited stays with the lock while others wait for
 * it; return the units that are lost with the last one.
 */
static inline u64 ember_contention_leave(struct ember_contention *at, u64 units)
{
	u64 old = atomic64_fetch_sub(ember_contention_part(units), &at->word);
	s64 waited = ember_contention_waited(old, units);

	return ember_contention_n(old) == 1 && waited > 0 ? waited : 0;
}

/*
 * The lock is released, and a waiter leaves. Return the units that all of them waited, how many
 * they were in *n; 0 if other CPUs keep changing the word: who releases it next has it all then.
 */
static inline u64 ember_contention_release(struct ember_contention *at, u64 units,
					   unsigned int *n)
{
	unsigned int tries;

	for (tries = 0; tries < EMBER_CONTENTION_TRIES; tries++) {
		u64 old = atomic64_read(&at->word), left;
		s64 waited = ember_contention_waited(old, units);

		/* Released later by another CPU's clock: what is charged too much is taken off next time. */
		if (waited < 0)
			break;
		*n = ember_contention_n(old);
		left = *n - 1;
		if (ember_contention_swap(at, old,
					  (left * units << EMBER_CONTENTION_SUM) +
						  (old & EMBER_CONTENTION_TAG) + left))
			return waited;
	}
	*n = 1;
	ember_contention_leave(at, units);
	return 0;
}

/* Whose the lock is, by a waiter that read it; 0: nobody can say. */
static inline void ember_contention_owned(struct ember_contention *at, unsigned long owner,
					  bool fresh)
{
	unsigned long last = READ_ONCE(at->owner) & ~1UL;

	if (fresh || !owner)
		WRITE_ONCE(at->before, 0);
	else if (last != owner)
		WRITE_ONCE(at->before, last);
	WRITE_ONCE(at->owner, owner ? owner : 1);
}

/*
 * Return whether the one who wakes a waiter held the lock, by what waiters read: it's the owner,
 * or the one before, who wakes after another one took the lock; or nobody read it since it was released.
 */
static inline bool ember_contention_held(const struct ember_contention *at, unsigned long task)
{
	unsigned long owner = READ_ONCE(at->owner);

	return owner & 1 || owner == task || READ_ONCE(at->before) == task;
}

/* The lock was released by the one who held it: until a waiter reads the next owner, anybody may. */
static inline void ember_contention_released(struct ember_contention *at)
{
	WRITE_ONCE(at->owner, READ_ONCE(at->owner) | 1);
}

#endif
