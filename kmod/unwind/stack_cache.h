/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel stacks that threads waited in: most wait where others did. Such a stack is known by where
 * it begins and by the return addresses at their places: from the same words at the same places an
 * unwinder gets the same frames. So a few comparisons take the place of its searches. Places are
 * bytes from the stack pointer, save the outermost frame's: below that one a kernel leaves a gap
 * of another size at each system call.
 */
#ifndef EMBER_STACK_CACHE_H
#define EMBER_STACK_CACHE_H

#ifdef __KERNEL__
#include <linux/compiler.h>
#include <linux/types.h>
#endif

#define EMBER_STACK_CACHE_SETS	 8
#define EMBER_STACK_CACHE_WAYS	 4
#define EMBER_STACK_CACHE_FRAMES 14

struct ember_cached_stack {
	unsigned long pc;		/* of the innermost frame; 0: not complete */
	unsigned int nr;		/* further frames; more than there's room for: too many */
	u16 place[EMBER_STACK_CACHE_FRAMES];	/* of return addresses, innermost first */
	u16 outermost;			/* the last one's, in bytes from the stack's end */
	unsigned long caller[EMBER_STACK_CACHE_FRAMES];
};

/* Of one CPU, interrupts off. */
struct ember_stack_cache {
	struct ember_cached_stack stack[EMBER_STACK_CACHE_SETS][EMBER_STACK_CACHE_WAYS];
	u8 next[EMBER_STACK_CACHE_SETS];	/* to be replaced */
};

/* A stack of current's. */
struct ember_stack_span {
	unsigned long pc;
	unsigned long sp;
	unsigned long end;
};

static inline bool ember_cached_stack_has(const struct ember_cached_stack *cached, unsigned int i,
					  unsigned long at)
{
	return READ_ONCE_NOCHECK(*(unsigned long *)at) == cached->caller[i];
}

static inline bool ember_cached_stack_is(const struct ember_cached_stack *cached,
					 const struct ember_stack_span *span)
{
	unsigned int i, last = cached->nr - 1;
	unsigned long at = span->end - cached->outermost;

	/* The outermost frame is beyond all others. */
	if (cached->pc != span->pc || at < span->sp ||
	    (last && at - span->sp <= cached->place[last - 1]) ||
	    !ember_cached_stack_has(cached, last, at))
		return false;
	for (i = 0; i < last; i++)
		if (!ember_cached_stack_has(cached, i, span->sp + cached->place[i]))
			return false;
	return true;
}

/* Returns the stack, or NULL. set: any number that differs between places to wait in. */
static inline const struct ember_cached_stack *
ember_stack_cache_find(const struct ember_stack_cache *cache, unsigned int set,
		       const struct ember_stack_span *span)
{
	const struct ember_cached_stack *cached = cache->stack[set % EMBER_STACK_CACHE_SETS];
	unsigned int i;

	for (i = 0; i < EMBER_STACK_CACHE_WAYS; i++)
		if (ember_cached_stack_is(&cached[i], span))
			return &cached[i];
	return NULL;
}

/* Returns a stack to be noted, in place of another. */
static inline struct ember_cached_stack *ember_stack_cache_begin(struct ember_stack_cache *cache,
								 unsigned int set)
{
	struct ember_cached_stack *cached;

	set %= EMBER_STACK_CACHE_SETS;
	cached = &cache->stack[set][cache->next[set]++ % EMBER_STACK_CACHE_WAYS];
	cached->pc = 0;
	cached->nr = 0;
	return cached;
}

/*
 * Notes a frame whose return address is at `at`. A stack is not for the cache where that is not
 * further out on it than the last, or is not what the unwinder made of it, or where there are too
 * many.
 */
static inline void ember_cached_stack_add(struct ember_cached_stack *cached,
					  const struct ember_stack_span *span,
					  unsigned long caller, unsigned long at)
{
	unsigned int nr = cached->nr;

	if (nr >= EMBER_STACK_CACHE_FRAMES || at < span->sp ||
	    at > span->end - sizeof(long) || span->end - span->sp > U16_MAX ||
	    (nr && at - span->sp <= cached->place[nr - 1]) ||
	    READ_ONCE_NOCHECK(*(unsigned long *)at) != caller) {
		cached->nr = EMBER_STACK_CACHE_FRAMES + 1;
		return;
	}
	cached->place[nr] = at - span->sp;
	cached->outermost = span->end - at;
	cached->caller[nr] = caller;
	cached->nr++;
}

/* All of its frames are noted. */
static inline void ember_cached_stack_end(struct ember_cached_stack *cached,
					  const struct ember_stack_span *span)
{
	if (cached->nr && cached->nr <= EMBER_STACK_CACHE_FRAMES)
		cached->pc = span->pc;
}

#endif
