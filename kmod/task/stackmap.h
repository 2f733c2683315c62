/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which stacks a CPU's ring has defined: hash of the frames -> number. A number is
 * the place in the table, so an eviction makes the next stack there a new
 * definition of the same number.
 */
#ifndef EMBER_STACKMAP_H
#define EMBER_STACKMAP_H

#ifdef __KERNEL__
#include <linux/types.h>
#endif

#define EMBER_STACKMAP_PROBES	4

struct ember_stackmap {
	u64 *hash;		/* 0: empty */
	u32 mask;		/* slots - 1 */
};

/* Where `hash`, which isn't 0, is looked for first. */
static inline u32 ember_stackmap_first(const struct ember_stackmap *map, u64 hash)
{
	return (u32)hash & map->mask;
}

/*
 * Return the slot for @hash, which isn't 0, and set *known to whether the slot holds @hash
 * already. If not, the slot is free, or the caller evicts its stack.
 */
static inline u32 ember_stackmap_find(const struct ember_stackmap *map, u64 hash,
				      bool *known)
{
	u32 first = (u32)hash, i;

	for (i = 0; i < EMBER_STACKMAP_PROBES; i++) {
		u32 at = (first + i) & map->mask;

		if (map->hash[at] == hash) {
			*known = true;
			return at;
		}
		if (!map->hash[at]) {
			*known = false;
			return at;
		}
	}
	/* Full here: the newcomer's own upper bits say who goes. */
	*known = false;
	return (first + (u32)(hash >> 62)) & map->mask;
}

/* Both halves of a product, as one. */
static inline u64 ember_hash_fold(u64 a, u64 b)
{
#if defined(__x86_64__)
	/*
	 * What GCC makes of a type of 128 bits goes by way of the stack, and what it makes of
	 * these halves through one more register.
	 */
	u64 folded;

	asm("mulq %2\n\txorq %0, %1" : "+a"(a), "=d"(folded) : "rm"(b) : "cc");
	return folded;
#elif defined(__SIZEOF_INT128__)
	__uint128_t product = (__uint128_t)a * b;

	return (u64)product ^ (u64)(product >> 64);
#else
	return (u64)(u32)a * (u32)b ^ (a >> 32) * (b >> 32) ^ (u32)a * (b >> 32) ^
	       (a >> 32) * (u32)b;
#endif
}

#define EMBER_HASH_FACTOR64 0x9e3779b97f4a7c15ULL
#define EMBER_HASH_FACTOR32 0x9e3779b1U
#if __SIZEOF_LONG__ == 8
#define EMBER_HASH_FACTOR EMBER_HASH_FACTOR64
#else
#define EMBER_HASH_FACTOR EMBER_HASH_FACTOR32
#endif

/* The same in a register: compilers load a constant once more in each step of a loop. */
static inline unsigned long ember_hash_factor(void)
{
	unsigned long factor = EMBER_HASH_FACTOR;

	asm("" : "+r"(factor));
	return factor;
}

/*
 * Mixes one word into a running hash that began as the session's seed. What a difference
 * in a word does to the hash depends on what nobody outside knows, so there's no aiming
 * at another stack's.
 */
static inline u64 ember_hash_step64_by(u64 hash, u64 word, u64 factor)
{
	return ember_hash_fold(hash ^ word, factor);
}

static inline u64 ember_hash_step64(u64 hash, u64 word)
{
	return ember_hash_step64_by(hash, word, EMBER_HASH_FACTOR64);
}

/*
 * The same for 32-bit words: one multiplication of 32 by 32 bits, whose whole product is
 * used. A process that tries thousands of stacks may find two of its own that collide.
 */
static inline u64 ember_hash_step32_by(u64 hash, u32 word, u32 factor)
{
	u64 product = (u64)((u32)hash ^ word) * factor;

	return product << 32 | ((u32)(product >> 32) ^ (u32)(hash >> 32));
}

static inline u64 ember_hash_step32(u64 hash, u32 word)
{
	return ember_hash_step32_by(hash, word, EMBER_HASH_FACTOR32);
}

/* `factor`: ember_hash_factor(), or EMBER_HASH_FACTOR. */
static inline u64 ember_hash_step_by(u64 hash, unsigned long word, unsigned long factor)
{
#if __SIZEOF_LONG__ == 8
	return ember_hash_step64_by(hash, word, factor);
#else
	return ember_hash_step32_by(hash, word, factor);
#endif
}

static inline u64 ember_hash_step(u64 hash, unsigned long word)
{
	return ember_hash_step_by(hash, word, EMBER_HASH_FACTOR);
}

/*
 * Two words with one product: ember_hash_first() takes in the one, ember_hash_second() or
 * ember_hash_end() the next. `key` is a secret of the session's: who knew it could make a
 * product 0, and all before it count for nothing.
 */
static inline u64 ember_hash_first(u64 hash, unsigned long word)
{
	return hash ^ word;
}

static inline u64 ember_hash_second(u64 hash, unsigned long word, unsigned long key)
{
#if __SIZEOF_LONG__ == 8
	return ember_hash_fold(hash, word ^ key);
#else
	return ember_hash_step32_by(hash, 0, word ^ key);
#endif
}

/* The last step: 64 bits that say what kind of stack it is. Isn't 0, which is a free slot. */
static inline u64 ember_hash_end(u64 hash, u64 word, unsigned long key)
{
	hash = ember_hash_second(hash, (unsigned long)word, key);
#if __SIZEOF_LONG__ == 8
	return hash + !hash;
#else
	hash = ember_hash_step32(hash, (u32)(word >> 32));
	/* A sum would be twice the instructions there. */
	return hash ?: 1;
#endif
}

#endif
