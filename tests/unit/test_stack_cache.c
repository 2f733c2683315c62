// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include "../../kmod/unwind/stack_cache.h"

#define WORDS 512
#define PC    0xffffffff81000000ul

static unsigned long words[WORDS];
static struct ember_stack_cache cache;

static int empty(void **state)
{
	(void)state;
	memset(words, 0, sizeof(words));
	memset(&cache, 0, sizeof(cache));
	return 0;
}

/* A stack of which `gap` words lie between its outermost frame and all others. */
static struct ember_stack_span make(const unsigned long *caller, unsigned int nr,
				    unsigned int gap)
{
	unsigned int at = WORDS - 20, i;

	memset(words, 0, sizeof(words));
	for (i = nr; i--; at -= 5 + i)
		words[at -= i == nr - 2 ? gap : 0] = caller[i];
	return (struct ember_stack_span){ .pc = PC,
					  .sp = (unsigned long)&words[at],
					  .end = (unsigned long)&words[WORDS] };
}

/* As the unwinder comes upon its frames. */
static void note(const struct ember_stack_span *span, const unsigned long *caller,
		 unsigned int nr)
{
	struct ember_cached_stack *cached = ember_stack_cache_begin(&cache, 7);
	unsigned long *at = (unsigned long *)span->sp;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		while (*at != caller[i])
			at++;
		ember_cached_stack_add(cached, span, caller[i], (unsigned long)at);
	}
	ember_cached_stack_end(cached, span);
}

static const unsigned long callers[] = { PC + 1, PC + 2, PC + 3, PC + 4, PC + 5 };
#define NR 5

static void test_found(void **state)
{
	struct ember_stack_span span = make(callers, NR, 0);
	const struct ember_cached_stack *found;

	(void)state;
	assert_null(ember_stack_cache_find(&cache, 7, &span));
	note(&span, callers, NR);
	found = ember_stack_cache_find(&cache, 7, &span);
	assert_non_null(found);
	assert_int_equal(found->nr, NR);
	assert_memory_equal(found->caller, callers, sizeof(callers));
	assert_null(ember_stack_cache_find(&cache, 6, &span));
}

/* The gap above the system call's frame is of another size each time. */
static void test_gap(void **state)
{
	struct ember_stack_span span = make(callers, NR, 0);
	unsigned int gap;

	(void)state;
	note(&span, callers, NR);
	for (gap = 0; gap < 128; gap += 2) {
		span = make(callers, NR, gap);
		assert_non_null(ember_stack_cache_find(&cache, 7, &span));
	}
}

/* Any other word in a return address's place, another begin, and no room for all frames. */
static void test_others(void **state)
{
	struct ember_stack_span span = make(callers, NR, 3), other;
	unsigned int i;

	(void)state;
	note(&span, callers, NR);
	for (i = 0; i < WORDS; i++) {
		unsigned long word = words[i];

		words[i] = PC + 77;
		assert_int_equal(!ember_stack_cache_find(&cache, 7, &span), !!word);
		words[i] = word;
	}
	other = span;
	other.pc++;
	assert_null(ember_stack_cache_find(&cache, 7, &other));
	other = span;
	other.sp += sizeof(long);
	assert_null(ember_stack_cache_find(&cache, 7, &other));
	for (i = 1; i < 20; i++) {
		other = span;
		other.sp = span.end - i * sizeof(long);
		assert_null(ember_stack_cache_find(&cache, 7, &other));
	}
	assert_non_null(ember_stack_cache_find(&cache, 7, &span));
}

/* What is not for the cache leaves nothing there that could be found. */
static void test_refused(void **state)
{
	unsigned long many[EMBER_STACK_CACHE_FRAMES + 1];
	struct ember_stack_span span = make(callers, NR, 0);
	struct ember_cached_stack *cached;
	unsigned long *at = (unsigned long *)span.sp;
	unsigned int i;

	(void)state;
	/* No frame, none at its end, one that the unwinder replaced, out of order, off the stack. */
	ember_cached_stack_end(ember_stack_cache_begin(&cache, 7), &span);
	cached = ember_stack_cache_begin(&cache, 7);
	ember_cached_stack_add(cached, &span, callers[0], span.sp);
	cached = ember_stack_cache_begin(&cache, 7);
	ember_cached_stack_add(cached, &span, PC + 99, span.sp);
	ember_cached_stack_end(cached, &span);
	cached = ember_stack_cache_begin(&cache, 7);
	ember_cached_stack_add(cached, &span, *at, span.sp);
	ember_cached_stack_add(cached, &span, *at, span.sp);
	ember_cached_stack_end(cached, &span);
	assert_null(ember_stack_cache_find(&cache, 7, &span));
	cached = ember_stack_cache_begin(&cache, 7);
	ember_cached_stack_add(cached, &span, 0, span.sp - sizeof(long));
	ember_cached_stack_end(cached, &span);
	cached = ember_stack_cache_begin(&cache, 7);
	ember_cached_stack_add(cached, &span, 0, span.end);
	ember_cached_stack_end(cached, &span);
	assert_null(ember_stack_cache_find(&cache, 7, &span));
	for (i = 0; i < EMBER_STACK_CACHE_FRAMES + 1; i++)
		many[i] = PC + 100 + i;
	span = make(many, EMBER_STACK_CACHE_FRAMES + 1, 0);
	note(&span, many, EMBER_STACK_CACHE_FRAMES + 1);
	assert_null(ember_stack_cache_find(&cache, 7, &span));
	span = make(many, EMBER_STACK_CACHE_FRAMES, 0);
	note(&span, many, EMBER_STACK_CACHE_FRAMES);
	assert_non_null(ember_stack_cache_find(&cache, 7, &span));
}

/* A set holds the last few stacks. */
static void test_ways(void **state)
{
	unsigned long other[] = { PC + 1, PC + 2, PC + 50, PC + 4 };
	struct ember_stack_span span;
	unsigned int i;

	(void)state;
	for (i = 0; i <= EMBER_STACK_CACHE_WAYS; i++) {
		other[2] = PC + 50 + i;
		span = make(other, 4, 0);
		note(&span, other, 4);
	}
	for (i = 0; i <= EMBER_STACK_CACHE_WAYS; i++) {
		other[2] = PC + 50 + i;
		span = make(other, 4, i);
		assert_int_equal(!ember_stack_cache_find(&cache, 7, &span), !i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_found, empty),
		cmocka_unit_test_setup(test_gap, empty),
		cmocka_unit_test_setup(test_others, empty),
		cmocka_unit_test_setup(test_refused, empty),
		cmocka_unit_test_setup(test_ways, empty),
	};

	return cmocka_run_group_tests_name("stack_cache", tests, NULL, NULL);
}
