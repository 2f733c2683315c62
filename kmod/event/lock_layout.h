/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether memory around a word that a thread waits at (futex) is a mutex that is held, and who
 * holds it: by the layouts of glibc and musl. A word alone says nothing, as condition variables,
 * rwlocks and semaphores wait at words, too: each field that a mutex has must have a value that
 * it can have while somebody waits for it. Pure.
 *
 * glibc, 32-bit words from the lock on: lock, count, owner, then nusers and kind (64 bit) or kind
 * and nusers (32 bit). A waiter sets the lock to 2; a robust mutex has its owner's thread id in
 * it. musl: type, lock, waiters. The lock has the owner's thread id, or, in a mutex of the normal
 * type, EBUSY. Both, robust: the kernel's bits.
 */
#ifndef EMBER_LOCK_LAYOUT_H
#define EMBER_LOCK_LAYOUT_H

#ifdef __KERNEL__
#include <linux/types.h>
#endif

/* The kernel's, of futexes that have a thread id. */
#define EMBER_LOCK_WAITERS    0x80000000u
#define EMBER_LOCK_TID	      0x3fffffffu
#define EMBER_LOCK_TID_MOST   (1u << 22)

#define EMBER_GLIBC_CONTENDED 2u
#define EMBER_GLIBC_WORDS     5
#define EMBER_GLIBC_TYPE      0x03u
#define EMBER_GLIBC_RECURSIVE 1u
#define EMBER_GLIBC_ROBUST    0x10u
#define EMBER_GLIBC_INHERIT   0x20u /* priority inheritance: futex calls of its own */
#define EMBER_GLIBC_PROTECT   0x40u /* priority protection: */
#define EMBER_GLIBC_CEILING   0xfff80000u /* is in the lock's upper bits */
#define EMBER_GLIBC_SHARED    0x80u
#define EMBER_GLIBC_KIND      0x3f3u /* all of them, and those for lock elision */
#define EMBER_GLIBC_LEFT      0x7fffffffu /* as owner: a robust one's died */
#define EMBER_GLIBC_USERS     (1u << 22)

#define EMBER_MUSL_EBUSY      16u
#define EMBER_MUSL_TYPE	      0x03u
#define EMBER_MUSL_ROBUST     0x04u
#define EMBER_MUSL_INHERIT    0x08u
#define EMBER_MUSL_SHARED     0x80u

struct ember_lock {
	u32 owner;	/* thread id; 0: the lock doesn't say */
	bool shared;	/* between processes */
};

static inline bool ember_lock_owner(u32 owner, bool shared, struct ember_lock *lock)
{
	lock->owner = owner;
	lock->shared = shared;
	return owner && owner < EMBER_LOCK_TID_MOST;
}

/* Return whether the words are those of a glibc mutex that is held; expected: by the waiter. */
static inline bool ember_lock_glibc(const u32 word[EMBER_GLIBC_WORDS], u32 expected, bool wide,
				    struct ember_lock *lock)
{
	u32 kind = word[wide ? 4 : 3], users = word[wide ? 3 : 4], count = word[1];
	u32 owner = word[2];
	bool counted = kind & (EMBER_GLIBC_ROBUST | EMBER_GLIBC_PROTECT) ||
		       (kind & EMBER_GLIBC_TYPE) == EMBER_GLIBC_RECURSIVE;

	if (word[0] != expected || kind & ~EMBER_GLIBC_KIND || kind & EMBER_GLIBC_INHERIT ||
	    users - 1 >= EMBER_GLIBC_USERS || counted != !!count)
		return false;
	if (kind & EMBER_GLIBC_ROBUST) {
		if (!(expected & EMBER_LOCK_WAITERS))
			return false;
		if (owner == EMBER_GLIBC_LEFT)
			owner = expected & EMBER_LOCK_TID;
		if (owner != (expected & EMBER_LOCK_TID))
			return false;
	} else {
		if (kind & EMBER_GLIBC_PROTECT)
			expected &= ~EMBER_GLIBC_CEILING;
		if (expected != EMBER_GLIBC_CONTENDED)
			return false;
	}
	return ember_lock_owner(owner, kind & EMBER_GLIBC_SHARED, lock);
}

/* The same of a musl mutex: the words from its type on. */
static inline bool ember_lock_musl(const u32 word[3], u32 expected, struct ember_lock *lock)
{
	u32 type = word[0], waiters = word[2];

	if (word[1] != expected || !(expected & EMBER_LOCK_WAITERS) ||
	    type & ~(EMBER_MUSL_TYPE | EMBER_MUSL_ROBUST | EMBER_MUSL_SHARED) ||
	    (type & EMBER_MUSL_TYPE) == EMBER_MUSL_TYPE || waiters - 1 >= EMBER_LOCK_TID_MOST)
		return false;
	if (!(type & (EMBER_MUSL_TYPE | EMBER_MUSL_ROBUST))) {
		lock->owner = 0;
		lock->shared = type & EMBER_MUSL_SHARED;
		return expected == (EMBER_LOCK_WAITERS | EMBER_MUSL_EBUSY);
	}
	return ember_lock_owner(expected & EMBER_LOCK_TID, type & EMBER_MUSL_SHARED, lock);
}

/* The same of a word that the kernel gives its owner: FUTEX_LOCK_PI. */
static inline bool ember_lock_inherit(u32 word, bool shared, struct ember_lock *lock)
{
	return word & EMBER_LOCK_WAITERS &&
	       ember_lock_owner(word & EMBER_LOCK_TID, shared, lock);
}

#endif
