// SPDX-License-Identifier: GPL-2.0-or-later
/* Stacks as a tree of frames: each comes out as it went in, and shared frames are kept once. */
#include "tool.h"

#include "model/tally.h"

#define STACKS 2000

static uint64_t seed;

static uint32_t chance(uint32_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % n;
}

static bool same(const struct ember_normalized *a, const struct ember_normalized *b)
{
	uint32_t n = a->nr_kernel + a->nr_user;

	return a->nr_kernel == b->nr_kernel && a->nr_user == b->nr_user &&
	       a->context == b->context && a->vector == b->vector && a->cut == b->cut &&
	       !memcmp(a->address, b->address, n * sizeof(*a->address)) &&
	       !memcmp(a->extent, b->extent, n * sizeof(*a->extent));
}

/* From few frames, so that stacks share some, and some are equal. */
static void make(struct ember_normalized *p)
{
	uint32_t i;

	memset(p, 0, sizeof(*p));
	p->nr_kernel = chance(3) ? 0 : chance(20);
	p->nr_user = chance(4) ? chance(EMBER_FRAMES_MAX - 20) : 0;
	p->context = chance(20) / 19;
	p->cut = chance(10) / 9;
	for (i = 0; i < p->nr_kernel + p->nr_user; i++) {
		p->address[i] = i < p->nr_kernel ? ~0ull - chance(2) : chance(3);
		p->extent[i] = chance(9) ? chance(2) : EMBER_NO_NUMBER;
	}
}

static void test_same(void **state)
{
	static struct ember_normalized made[STACKS];
	struct ember_tally t = {};
	uint32_t number[STACKS], i, k, new = 0;
	struct ember_normalized got;
	uint64_t depth = 0;

	(void)state;
	seed = 1;
	for (i = 0; i < STACKS; i++) {
		make(&made[i]);
		number[i] = ember_dictionary_stack(&t.dict, &made[i]);
		assert_true(number[i] <= new);
		depth += number[i] == new ? made[i].nr_kernel + made[i].nr_user : 0;
		new += number[i] == new;
	}
	assert_int_equal(t.dict.nr_stack, new);
	assert_int_equal(t.dict.depth, depth);
	assert_true(t.dict.frames.nr < depth);
	for (i = 0; i < STACKS; i++) {
		ember_dictionary_normalized(&t.dict, number[i], &got);
		assert_true(same(&got, &made[i]));
		assert_int_equal(ember_dictionary_stack(&t.dict, &made[i]), number[i]);
		for (k = 0; k < i; k++)
			assert_int_equal(same(&made[i], &made[k]), number[i] == number[k]);
	}
	assert_int_equal(t.dict.nr_stack, new);
	ember_tally_free(&t);
}

/* On a base it is the same stack, and costs a node for each frame of its own. */
static void test_base(void **state)
{
	struct ember_tally t = {};
	uint32_t i, turn, base, number, nodes;

	(void)state;
	seed = 2;
	for (turn = 0; turn < 2000; turn++) {
		struct ember_normalized p, full, other;
		uint32_t shared, own, n;

		make(&p);
		base = ember_dictionary_stack(&t.dict, &p);
		make(&other);
		n = p.nr_kernel + p.nr_user;
		shared = chance(n + 1);
		own = chance(EMBER_FRAMES_MAX - shared + 1);
		own = own < 20 ? own : 20;
		/* The outermost frames are the base's; those of its own are in the kernel. */
		full = other;
		full.nr_user = shared < p.nr_user ? shared : p.nr_user;
		full.nr_kernel = own + shared - full.nr_user;
		for (i = 0; i < own + shared; i++) {
			full.address[i] = i < own ? turn * 1000 + i :
						    p.address[n - shared + i - own];
			full.extent[i] = i < own ? EMBER_NO_NUMBER :
						   p.extent[n - shared + i - own];
		}
		nodes = t.dict.frames.nr;
		number = ember_dictionary_stack_on(&t.dict, base, shared, &full);
		assert_true(number != EMBER_NO_NUMBER);
		assert_true(t.dict.frames.nr <= nodes + own);
		ember_dictionary_normalized(&t.dict, number, &other);
		assert_true(same(&other, &full));
		assert_int_equal(ember_dictionary_stack(&t.dict, &full), number);
		/* One frame more in the kernel, or more shared frames than there are. */
		nodes = t.dict.frames.nr;
		full.nr_kernel--;
		full.nr_user++;
		if (shared && full.nr_user <= shared)
			assert_int_equal(ember_dictionary_stack_on(&t.dict, base, shared,
								   &full),
					 EMBER_NO_NUMBER);
		full.nr_kernel += 1 + n - shared;
		full.nr_user--;
		assert_int_equal(ember_dictionary_stack_on(&t.dict, base, n + 1, &full),
				 EMBER_NO_NUMBER);
		assert_int_equal(t.dict.frames.nr, nodes);
	}
	ember_tally_free(&t);
}

/* No more than may be: what is known is still found. */
static void test_full(void **state)
{
	struct ember_normalized p = { .nr_user = 1, .address = { 1 }, .extent = { 0 } };
	struct ember_tally t = {};

	(void)state;
	assert_int_equal(ember_dictionary_stack(&t.dict, &p), 0);
	t.dict.frames.nr += EMBER_FRAME_NODES - 1;
	assert_int_equal(ember_dictionary_stack(&t.dict, &p), 0);
	assert_false(t.dict.full);
	p.address[0] = 2;
	assert_int_equal(ember_dictionary_stack(&t.dict, &p), EMBER_NO_NUMBER);
	assert_true(t.dict.full);
	t.dict.frames.nr = 1;
	assert_int_equal(ember_dictionary_stack(&t.dict, &p), 1);
	t.dict.nr_stack = EMBER_FRAME_NODES;
	p.address[0] = 1;
	assert_int_equal(ember_dictionary_stack(&t.dict, &p), 0);
	t.dict.full = false;
	p.cut = true;
	assert_int_equal(ember_dictionary_stack(&t.dict, &p), EMBER_NO_NUMBER);
	assert_true(t.dict.full);
	t.dict.nr_stack = 2;
	ember_tally_free(&t);
}

/* Numbers that differ in their lowest bits don't collide. */
static void test_hashes(void **state)
{
	struct ember_tally t = {};
	uint32_t i, k;

	(void)state;
	for (i = 0; i < 128; i++) {
		for (k = 0; k < 128; k++) {
			struct ember_extent e = { .start = i * 2,
						  .end = i * 2 + 1,
						  .file = k };
			struct ember_normalized p = { .nr_user = 1,
						      .address = { i },
						      .extent = { k } };

			ember_sample_set_add(&t.counts, &(struct ember_count){ i, 0, k, 1 });
			ember_dictionary_extent(&t.dict, &e);
			ember_dictionary_stack(&t.dict, &p);
		}
	}
	assert_int_equal(t.counts.nr, 128 * 128);
	assert_true(tool_longest_run(&t.counts.index) < 500);
	assert_true(tool_longest_run(&t.dict.extent_index) < 500);
	assert_true(tool_longest_run(&t.dict.frames.index) < 500);
	assert_true(tool_longest_run(&t.dict.stack_index) < 500);
	ember_tally_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_hashes),
	};

	return cmocka_run_group_tests_name("tool_frames", tests, NULL, NULL);
}
