/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which tasks wait, and since when: a table of fixed size, without locks. A task is switched out
 * and in by one CPU after the other, so only its own CPU adds and takes its entry. Another CPU may
 * evict it for want of room, so an entry changes hands by cmpxchg: what a CPU read from an entry
 * is valid if the entry still was the task's when the CPU took it.
 */
#ifndef EMBER_WAITS_H
#define EMBER_WAITS_H

#ifdef __KERNEL__
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/types.h>
#endif

#define EMBER_WAITS_WAYS  4
#define EMBER_WAITS_TRIES 4	/* of entries that other CPUs take meanwhile */
#define EMBER_WAITS_BUSY  1UL

/* A wait's begin and kind in one word: ns in steps of 8. */
#define EMBER_WAIT_KINDS  7ULL

static inline u64 ember_wait_word(u64 now, u32 kind)
{
	return (now & ~EMBER_WAIT_KINDS) | kind;
}

static inline u64 ember_wait_time(u64 word)
{
	return word & ~EMBER_WAIT_KINDS;
}

static inline u32 ember_wait_kind(u64 word)
{
	return word & EMBER_WAIT_KINDS;
}

struct ember_wait {
	unsigned long task;	/* its address, compared only; | BUSY: being written; 0: free */
	u64 word;
};

struct ember_waits {
	struct ember_wait *wait;	/* [EMBER_WAITS_WAYS << bits] */
	unsigned int bits;
};

static __always_inline struct ember_wait *ember_waits_bucket(const struct ember_waits *waits,
							     unsigned long task)
{
	return waits->wait + hash_long(task, waits->bits) * EMBER_WAITS_WAYS;
}

/* The entry of the bucket that waits longest; a guess, as others may change it. */
static inline struct ember_wait *ember_waits_oldest(struct ember_wait *bucket)
{
	struct ember_wait *oldest = bucket;
	unsigned int i;

	for (i = 1; i < EMBER_WAITS_WAYS; i++)
		if (READ_ONCE(bucket[i].word) < READ_ONCE(oldest->word))
			oldest = &bucket[i];
	return oldest;
}

static noinline u64 ember_waits_evict(struct ember_wait *bucket, unsigned long task, u64 word)
{
	unsigned int i;

	for (i = 0; i < EMBER_WAITS_TRIES; i++) {
		struct ember_wait *wait = ember_waits_oldest(bucket);
		unsigned long old = READ_ONCE(wait->task);
		u64 evicted;

		if (old & EMBER_WAITS_BUSY || cmpxchg(&wait->task, old, task | 1) != old)
			continue;
		evicted = old && old != task ? wait->word : 0;
		wait->word = word;
		/* As in ember_waits_note(). */
		smp_store_release(&wait->task, task);
		return evicted;
	}
	return word;
}

/*
 * Note that the task begins to wait. Returns 0, or the word of a wait that had to go: the oldest
 * of the bucket, or, if other CPUs kept taking entries, this one.
 */
static __always_inline u64 ember_waits_note(const struct ember_waits *waits, unsigned long task,
					    u64 word)
{
	struct ember_wait *bucket = ember_waits_bucket(waits, task), *wait, *found = NULL;
	unsigned long old;

	for (wait = bucket; wait < bucket + EMBER_WAITS_WAYS; wait++) {
		old = READ_ONCE(wait->task);
		/* One of its own is left of a time when nobody listened. */
		if (!old || old == task)
			found = wait;
		if (old == task)
			break;
	}
	if (unlikely(!found))
		return ember_waits_evict(bucket, task, word);
	old = READ_ONCE(found->task);
	if (unlikely((old && old != task) ||
		     cmpxchg(&found->task, old, task | EMBER_WAITS_BUSY) != old))
		return ember_waits_evict(bucket, task, word);
	found->word = word;
	/* Pairs with the cmpxchg of who takes or evicts it. */
	smp_store_release(&found->task, task);
	return 0;
}

/* The task waits no longer. Returns the word of its wait; 0: none was noted, or it was evicted. */
static __always_inline u64 ember_waits_take(const struct ember_waits *waits, unsigned long task)
{
	struct ember_wait *bucket = ember_waits_bucket(waits, task), *wait;

	for (wait = bucket; wait < bucket + EMBER_WAITS_WAYS; wait++) {
		u64 word;

		if (READ_ONCE(wait->task) != task)
			continue;
		word = READ_ONCE(wait->word);
		return likely(cmpxchg(&wait->task, task, 0UL) == task) ? word : 0;
	}
	return 0;
}

#endif
