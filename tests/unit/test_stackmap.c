// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "unit.h"

#include "../../kmod/task/stackmap.h"
#include "../../kmod/unwind/frame.h"

static void test_known_again(void **state)
{
	u64 table[64] = { 0 };
	struct ember_stackmap map = { .hash = table, .mask = 63 };
	bool known;
	u32 at;

	(void)state;
	at = ember_stackmap_find(&map, 0x1234567812345678, &known);
	assert_false(known);
	table[at] = 0x1234567812345678;
	assert_int_equal(ember_stackmap_find(&map, 0x1234567812345678, &known), at);
	assert_true(known);
	ember_stackmap_find(&map, 0x1234567912345678, &known);
	assert_false(known);
}

/* A full table still returns a slot within itself, and finds the hash stored there. */
static void test_full(void **state)
{
	u64 table[16] = { 0 }, hash = 1;
	struct ember_stackmap map = { .hash = table, .mask = 15 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		bool known;
		u32 at;

		hash = ember_hash_step(hash, i);
		at = ember_stackmap_find(&map, hash, &known);
		assert_false(known);
		assert_true(at < 16);
		table[at] = hash;
		assert_int_equal(ember_stackmap_find(&map, hash, &known), at);
		assert_true(known);
	}
}

/* Each word, its place and the seed count. */
static void test_hash(void **state)
{
	u64 hash = ember_hash_step(ember_hash_step(42, 1), 2);

	(void)state;
	assert_true(hash == ember_hash_step(ember_hash_step(42, 1), 2));
	assert_true(hash != ember_hash_step(ember_hash_step(42, 2), 1));
	assert_true(hash != ember_hash_step(ember_hash_step(42, 1), 3));
	assert_true(hash != ember_hash_step(ember_hash_step(43, 1), 2));
	assert_true(hash != ember_hash_step(42, 1));
	assert_true(ember_hash_end(hash, 1, 7) != ember_hash_end(hash, 1ULL << 32, 7));
	assert_true(ember_hash_end(hash, 1, 7) != ember_hash_end(hash, 1, 8));
	assert_true(ember_hash_end(hash, 1, 7) != hash);
}

static u64 hash_pair(u64 seed, unsigned long a, unsigned long b, unsigned long key)
{
	return ember_hash_second(ember_hash_first(seed, a), b, key);
}

/* The same of two words that share a product; none is lost but where the key is known. */
static void test_hash_pairs(void **state)
{
	u64 seed = 0x243f6a8885a308d3, key = 0x13198a2e03707344;
	unsigned int a, b, same = 0;

	(void)state;
	for (a = 0; a < 64; a++) {
		for (b = 0; b < 64; b++) {
			u64 one = hash_pair(seed, 0x401000, 0x402000, key);

			same += one == hash_pair(seed, 0x401000 ^ 1ULL << a,
						 0x402000 ^ 1ULL << b, key);
			same += one == hash_pair(seed, 0x401000 ^ 1ULL << a, 0x402000, key);
			same += one == hash_pair(seed, 0x402000, 0x401000, key);
			/* A first word alone, and the end of a stack that is longer by it. */
			same += ember_hash_end(ember_hash_first(one, 0x401000), 1ULL << a,
					       key) ==
				ember_hash_end(one, 0x401000 ^ 1ULL << a, key);
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			key = key * 6364136223846793005ULL + 1442695040888963407ULL;
		}
	}
	assert_int_equal(same, 0);
	assert_true(hash_pair(seed, 1, key, key) == hash_pair(seed, 2, key, key));
}

/* Pairs of words that differ in one bit of each word have different hashes: the change by
 * the first word, which the second would have to cancel, depends on the seed.
 */
static void test_hash_differences(void **state)
{
	unsigned int a, b, same = 0;
	u64 seed = 0x243f6a8885a308d3;

	(void)state;
	for (a = 0; a < 64; a++) {
		for (b = 0; b < 64; b++) {
			u64 one =
				ember_hash_step64(ember_hash_step64(seed, 0x401000), 0x402000);
			u64 other = ember_hash_step64(ember_hash_step64(seed,
									0x401000 ^ 1ULL << a),
						      0x402000 ^ 1ULL << b);

			same += one == other;
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		}
	}
	assert_int_equal(same, 0);
}

/* The halves' hash, as a 32-bit kernel has it: as good, in the table's place too. */
static void test_hash32(void **state)
{
	static u8 seen[1 << 17];
	unsigned int depth, i, same = 0;
	u64 seed = 0x243f6a8885a308d3;

	(void)state;
	assert_true(ember_hash_step32(seed, 1) != ember_hash_step32(seed, 2));
	assert_true(ember_hash_step32(seed, 1) != ember_hash_step32(seed + 1, 1));
	assert_true(ember_hash_step32(seed, 1) != ember_hash_step32(seed + (1ULL << 32), 1));
	assert_true(ember_hash_step32(ember_hash_step32(seed, 1), 2) !=
		    ember_hash_step32(ember_hash_step32(seed, 2), 1));
	/* 2^15 stacks that differ in one frame by a few bytes, then as `record` ends them. */
	for (depth = 0; depth < 3; depth++) {
		memset(seen, 0, sizeof(seen));
		same = 0;
		for (i = 0; i < 1 << 15; i++) {
			u64 hash = ember_hash_step32(seed, 0x10400 + 4 * i);
			unsigned int up;

			for (up = 0; up < depth; up++)
				hash = ember_hash_step32(hash, 0x20000 + 0x100 * up);
			hash = ember_hash_step32(hash, 0x000c0000);
			hash = ember_hash_step32(hash, 0);
			same += seen[(u32)hash & (sizeof(seen) - 1)]++ != 0;
		}
		/* By chance, 1 - e^-1/4 of a quarter: 3,900 and some. */
		assert_true(same < 4300);
	}
}

static void test_frame(void **state)
{
	unsigned long limit = 0x7ffffffff000;

	(void)state;
	assert_true(ember_frame_sane(0x1000, 0x1000, limit, 16, 8));
	assert_false(ember_frame_sane(0xff8, 0x1000, limit, 16, 8));
	assert_false(ember_frame_sane(0x1004, 0x1000, limit, 16, 8));
	assert_true(ember_frame_sane(limit - 16, limit - 64, limit, 16, 8));
	assert_false(ember_frame_sane(limit - 8, limit - 64, limit, 16, 8));
	assert_false(ember_frame_sane(limit, limit - 64, limit, 16, 8));
	assert_false(ember_frame_sane(-8UL, limit - 64, limit, 16, 8));
	assert_false(ember_frame_sane(0x1000 + EMBER_FRAME_BYTES_MAX, 0x1000, limit, 16, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_again), cmocka_unit_test(test_full),
		cmocka_unit_test(test_hash),	    cmocka_unit_test(test_hash_pairs),
		cmocka_unit_test(test_hash32),	    cmocka_unit_test(test_hash_differences),
		cmocka_unit_test(test_frame),
	};

	return cmocka_run_group_tests_name("stackmap", tests, NULL, NULL);
}
