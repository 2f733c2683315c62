// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>

#include "unit.h"

#include "../../kmod/event/waits.h"

#define BITS  4
#define SLOTS (EMBER_WAITS_WAYS << BITS)

static struct ember_wait table[SLOTS];
static const struct ember_waits waits = { .wait = table,
					  .mask = sizeof(table) - EMBER_WAITS_BUCKET };

static int empty(void **state)
{
	(void)state;
	memset(table, 0, sizeof(table));
	return 0;
}

/* As the module notes a wait: returns what had to go. */
static u64 note(unsigned long who, u64 word)
{
	return ember_waits_note(&waits, who, word) ? 0 : ember_waits_evict(&waits, who, word);
}

/* Returns the word of the wait that the task ends, or 0. */
static u64 take(unsigned long who)
{
	u64 word;

	return ember_waits_take(&waits, who, &word) ? word : 0;
}

/* As addresses of tasks are. */
static unsigned long task(unsigned long n)
{
	return 0xffff888000000000ul + n * 0x1a40;
}

static unsigned int taken(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < SLOTS; i++)
		n += !!table[i].task;
	return n;
}

static void test_words(void **state)
{
	u64 word = ember_wait_word(123456789, 4);

	(void)state;
	assert_int_equal(ember_wait_time(word), 123456784);
	assert_int_equal(ember_wait_kind(word), 4);
}

static void test_note_and_take(void **state)
{
	(void)state;
	assert_int_equal(take(task(1)), 0);
	assert_int_equal(note(task(1), 800), 0);
	assert_int_equal(note(task(2), 808), 0);
	assert_int_equal(take(task(1)), 800);
	assert_int_equal(take(task(1)), 0);
	assert_int_equal(take(task(2)), 808);
	assert_int_equal(taken(), 0);
}

/* What is left of a time when nobody listened is replaced, without a second entry. */
static void test_left(void **state)
{
	(void)state;
	assert_int_equal(note(task(1), 800), 0);
	assert_int_equal(note(task(1), 1600), 0);
	assert_int_equal(taken(), 1);
	assert_int_equal(take(task(1)), 1600);
	assert_int_equal(take(task(1)), 0);
}

/* What is left behind the entry that is written does not hide it. */
static void test_left_behind(void **state)
{
	unsigned long other = 2;

	(void)state;
	while (ember_waits_bucket(&waits, task(other)) != ember_waits_bucket(&waits, task(1)))
		other++;
	assert_int_equal(note(task(other), 792), 0);
	assert_int_equal(note(task(1), 800), 0);
	assert_int_equal(take(task(other)), 792);
	assert_int_equal(note(task(1), 1600), 0);
	assert_int_equal(take(task(1)), 1600);
	assert_int_equal(take(task(1)), 800);
	assert_int_equal(taken(), 0);
}

/* Buckets are spread over all of the table, and begin where one does. */
static void test_spread(void **state)
{
	unsigned int count[SLOTS / EMBER_WAITS_WAYS] = {}, i;

	(void)state;
	for (i = 0; i < 100 * SLOTS / EMBER_WAITS_WAYS; i++) {
		size_t at = ember_waits_bucket(&waits, task(i)) - table;

		assert_int_equal(at % EMBER_WAITS_WAYS, 0);
		count[at / EMBER_WAITS_WAYS]++;
	}
	for (i = 0; i < SLOTS / EMBER_WAITS_WAYS; i++)
		assert_in_range(count[i], 50, 200);
}

/* In a full bucket the oldest goes; each wait is taken or was evicted, with its own time. */
static void test_full(void **state)
{
	u64 evicted[400], nr = 0, sum = 0, all = 0;
	unsigned long n;

	(void)state;
	for (n = 1; n <= 400; n++) {
		all += n * 8;
		evicted[nr] = note(task(n), n * 8);
		sum += evicted[nr];
		nr += !!evicted[nr];
	}
	assert_int_equal(taken() + nr, 400);
	for (n = 1; n < nr; n++)
		assert_int_equal(evicted[n] % 8, 0);
	for (n = 1; n <= 400; n++) {
		u64 word = take(task(n));

		assert_true(!word || word == n * 8);
		sum += word;
	}
	assert_int_equal(sum, all);
	assert_int_equal(taken(), 0);
}

/* The oldest of a bucket, and no other. */
static void test_oldest(void **state)
{
	unsigned long n, of[EMBER_WAITS_WAYS + 1];
	unsigned int nr = 0;

	(void)state;
	for (n = 1; nr <= EMBER_WAITS_WAYS; n++)
		if (ember_waits_bucket(&waits, task(n)) == table)
			of[nr++] = n;
	for (n = 0; n < EMBER_WAITS_WAYS; n++)
		assert_int_equal(note(task(of[n]), 80 - 8 * n), 0);
	assert_int_equal(note(task(of[n]), 800), 80 - 8 * (n - 1));
	assert_int_equal(take(task(of[n - 1])), 0);
	assert_int_equal(take(task(of[0])), 80);
}

/* While another CPU writes all of a bucket's entries, a wait isn't noted, and that is said. */
static void test_busy(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < SLOTS; i++)
		table[i].task = task(1000 + i) | EMBER_WAITS_BUSY;
	assert_int_equal(note(task(1), 800), 800);
	assert_int_equal(take(task(1)), 0);
}

#define THREADS 4
#define ROUNDS	200000

struct hand {
	unsigned int number;
	u64 noted, taken, evicted; /* sums of words */
};

/* Many tasks of its own each, so that threads evict each other's all the time. */
static void *contend(void *context)
{
	struct hand *hand = context;
	u64 of[64] = { 0 };
	unsigned int i, seed = hand->number;

	for (i = 1; i <= ROUNDS; i++) {
		unsigned int k = rand_r(&seed) % 64;
		unsigned long who = task(hand->number * 64 + k + 1);
		u64 word;

		if (of[k]) {
			word = take(who);
			/* Its own, or nothing. */
			if (word && word != of[k])
				return hand;
			hand->taken += word;
			of[k] = 0;
			continue;
		}
		of[k] = ((u64)hand->number << 40 | i) * 8;
		hand->noted += of[k];
		hand->evicted += note(who, of[k]);
	}
	for (i = 0; i < 64; i++)
		if (of[i])
			hand->taken += take(task(hand->number * 64 + i + 1));
	return NULL;
}

static void test_contended(void **state)
{
	struct hand hand[THREADS] = { { 0 } };
	pthread_t thread[THREADS];
	u64 noted = 0, settled = 0;
	void *bad;
	int i;

	(void)state;
	for (i = 0; i < THREADS; i++) {
		hand[i].number = i + 1;
		assert_int_equal(pthread_create(&thread[i], NULL, contend, &hand[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &bad);
		assert_null(bad);
		noted += hand[i].noted;
		settled += hand[i].taken + hand[i].evicted;
	}
	assert_int_equal(noted, settled);
	assert_int_equal(taken(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test_setup(test_note_and_take, empty),
		cmocka_unit_test_setup(test_left, empty),
		cmocka_unit_test_setup(test_left_behind, empty),
		cmocka_unit_test_setup(test_spread, empty),
		cmocka_unit_test_setup(test_full, empty),
		cmocka_unit_test_setup(test_oldest, empty),
		cmocka_unit_test_setup(test_busy, empty),
		cmocka_unit_test_setup(test_contended, empty),
	};

	return cmocka_run_group_tests_name("waits", tests, NULL, NULL);
}
