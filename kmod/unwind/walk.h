/* SPDX-License-Identifier: GPL-2.0-only */
/* A stack in the making, and how long the walks of one interrupt may take. */
#ifndef EMBER_WALK_H
#define EMBER_WALK_H

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/mm_types.h>
#include <linux/types.h>

#include "../base/counter.h"
#include "../base/uapi.h"
#include "../task/stackmap.h"

/* Frames between two looks at the time. */
#define EMBER_WALK_FRAMES	8

/* A stack in the making. `frames` has room for `max`; innermost first. */
struct ember_walk {
	unsigned long *frames;
	unsigned int nr;
	unsigned int room;		/* frames until the next look at max and time */
	unsigned int max;
	const struct mm_struct *mm;	/* current's */
	unsigned long begun;		/* ember_counter() of the interrupt, */
	unsigned long looked;		/* counts from then to the last look; 0: time is up */
	u64 hash;			/* of the frames so far; begins as the seed */
	unsigned long key;		/* for ember_hash_second() */
};

/* walk.c. limit: computes the counts of ember_max_walk_us, once the counter is calibrated. */
void ember_walk_limit(void);
extern unsigned int ember_max_walk_us;	/* module parameter; 0: no limit */
extern unsigned long ember_walk_counts;
extern u32 ember_walk_half;		/* half of them */

/*
 * Returns the counts since `begun`, 1 at least, or 0 if the time of its interrupt's walks is
 * up, or will be before as much has passed again as since the last look, which returned
 * `looked`.
 */
static __always_inline unsigned long ember_walk_look(unsigned long begun, unsigned long looked)
{
	unsigned long since = ember_counter_since(ember_counter(), begun) | 1;
	unsigned long piece = looked > 1 ? ember_counter_since(since, looked) : 0;

	return likely(since + piece < ember_walk_counts) ? since : 0;
}

/*
 * Makes room for further frames: *full, where the next one was to be, moves on. Returns false
 * at the walk's end: see ember_walk_cut().
 */
static __always_inline bool ember_walk_more(struct ember_walk *walk, unsigned long **full)
{
	unsigned long *most = walk->frames + walk->max;

	if (unlikely(*full >= most))
		return false;
	walk->looked = ember_walk_look(walk->begun, walk->looked);
	if (unlikely(!walk->looked))
		return false;
	*full = min(*full + EMBER_WALK_FRAMES, most);
	return true;
}

/*
 * The same where a few instructions show that there's room for EMBER_WALK_FRAMES and half of
 * the time left at least, which is as much as all so far took; it may be within a user access
 * section. False: that isn't so, and ember_walk_more() is to say.
 */
static __always_inline bool ember_walk_soon(struct ember_walk *walk, unsigned long **full)
{
	unsigned long *next = *full + EMBER_WALK_FRAMES;
	u32 count;

	if (unlikely(next > walk->frames + walk->max || !ember_counter_low(&count)))
		return false;
	count -= (u32)walk->begun;
	if (unlikely(count >= ember_walk_half))
		return false;
	walk->looked = count | 1;
	*full = next;
	return true;
}

/* ember_walk_more() out of line, for walks that keep `room`. */
bool ember_walk_again(struct ember_walk *walk);

/* Whether there's room for a frame, as there is at the beginning. */
static inline bool ember_walk_room(struct ember_walk *walk)
{
	return likely(walk->nr < walk->room) || ember_walk_again(walk);
}

/* Returns why a walk that found no more room ended. */
static inline u8 ember_walk_cut(const struct ember_walk *walk)
{
	return !walk->looked ? EMBER_END_TIME : EMBER_END_DEPTH;
}

static inline bool ember_walk_add(struct ember_walk *walk, unsigned long pc)
{
	if (!ember_walk_room(walk))
		return false;
	walk->frames[walk->nr++] = pc;
	walk->hash = ember_hash_step(walk->hash, pc);
	return true;
}

#endif
