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
} __aligned(16);

#define EMBER_WAITS_BUCKET (EMBER_WAITS_WAYS * sizeof(struct ember_wait))
/* Bits of a hash from EMBER_WAITS_SHIFT on are a bucket's place in bytes, below this. */
#define EMBER_WAITS_SHIFT  (8 * sizeof(long) - 18)
#define EMBER_WAITS_MOST   (1UL << 18)

/* 2^bits by the golden ratio */
#define EMBER_WAITS_RATIO  \
	(unsigned long)(sizeof(long) == 8 ? 0x61c8864680b583ebULL : 0x61c88647ULL)

struct ember_waits {
	struct ember_wait *wait;
	unsigned long mask;	/* bytes of it, less those of a bucket */
};

/*
 * Make room for one wait in each 2^shift bytes of memory, `least` to `most` of them, both powers of
 * two and no more than EMBER_WAITS_MOST bytes, unless there is some. Returns 0 or -ENOMEM.
 */
int ember_waits_allocate(struct ember_waits *waits, unsigned int shift, unsigned long least,
			 unsigned long most);

static __always_inline struct ember_wait *ember_waits_bucket(const struct ember_waits *waits,
							     unsigned long task)
{
	unsigned long hash = task * EMBER_WAITS_RATIO;

	return (void *)waits->wait + (hash >> EMBER_WAITS_SHIFT & waits->mask);
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

/*
 * Note that the task begins to wait, in place of the wait of its bucket that began first. Returns
 * that one's word, 0 if there's room by now, or, if other CPUs kept taking entries, this one's.
 */
static inline u64 ember_waits_evict(const struct ember_waits *waits, unsigned long task, u64 word)
{
	struct ember_wait *bucket = ember_waits_bucket(waits, task);
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

/* Note that the task begins to wait. Returns false if its bucket has no room for it. */
static __always_inline bool ember_waits_note(const struct ember_waits *waits, unsigned long task,
					     u64 word)
{
	struct ember_wait *wait = ember_waits_bucket(waits, task);
	unsigned int i;

	/* One of its own may be left of a time when nobody listened: behind the one that is
	 * written now it is not found, and before it none is.
	 */
	for (i = 0; i < EMBER_WAITS_WAYS; i++, wait++) {
		unsigned long old = READ_ONCE(wait->task);

		if ((old && old != task) ||
		    unlikely(cmpxchg(&wait->task, old, task | EMBER_WAITS_BUSY) != old))
			continue;
		wait->word = word;
		/* Pairs with the cmpxchg of who takes or evicts it. */
		smp_store_release(&wait->task, task);
		return true;
	}
	return false;
}

/* The task waits no longer. Returns false if none was noted, or it was evicted; else its word. */
static __always_inline bool ember_waits_take(const struct ember_waits *waits, unsigned long task,
					     u64 *word)
{
	struct ember_wait *wait = ember_waits_bucket(waits, task);
	unsigned int i;

	for (i = 0; i < EMBER_WAITS_WAYS; i++, wait++) {
		if (READ_ONCE(wait->task) != task)
			continue;
		*word = READ_ONCE(wait->word);
		return likely(cmpxchg(&wait->task, task, 0UL) == task);
	}
	return false;
}

#endif
