// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>

#include "unit.h"

#include "../../kmod/event/contention.h"

#define HASH  0x5a123456789abcdeull /* bucket 0x5a */
#define OTHER 0x5a12345678912cdeull /* the same, another lock */

static struct ember_contention locks[EMBER_CONTENTION_LOCKS];
static bool fresh;

static int empty(void **state)
{
	(void)state;
	memset(locks, 0, sizeof(locks));
	return 0;
}

static int begins(u64 hash, u64 units)
{
	return ember_contention_begin(locks, hash, units, &fresh);
}

static u64 releases(int at, u64 units, unsigned int waiters)
{
	unsigned int n;
	u64 waited = ember_contention_release(&locks[at], units, &n);

	assert_int_equal(n, waiters);
	return waited;
}

/* Who keeps many waiting has the time of all, and who comes next what is left. */
static void test_convoy(void **state)
{
	int at = begins(HASH, 1000);

	(void)state;
	assert_in_range(at, 0x5a * 4, 0x5a * 4 + 3);
	assert_true(fresh);
	assert_int_equal(begins(HASH, 1010), at);
	assert_false(fresh);
	assert_int_equal(begins(HASH, 1030), at);
	assert_int_equal(releases(at, 1100, 3), 100 + 90 + 70);
	assert_int_equal(releases(at, 1101, 2), 2);
	assert_int_equal(releases(at, 1105, 1), 4);
	begins(HASH, 2000);
	assert_true(fresh);
}

/* What one waited that gives up is the holder's still, unless nobody else waits. */
static void test_leave(void **state)
{
	int at = begins(HASH, 1000);

	(void)state;
	begins(HASH, 1000);
	assert_int_equal(ember_contention_leave(&locks[at], 1050), 0);
	assert_int_equal(releases(at, 1060, 1), 50 + 60);
	begins(HASH, 2000);
	assert_int_equal(ember_contention_leave(&locks[at], 2007), 7);
	/* Nothing of it is left for the next. */
	assert_int_equal(begins(HASH, 3000), at);
	assert_true(fresh);
	assert_int_equal(releases(at, 3001, 1), 1);
}

/* CPUs' clocks may differ by a little, and time has more bits than the sum. */
static void test_times(void **state)
{
	u64 late = (1ull << 54) - 100;
	int at = begins(HASH, 1000);

	(void)state;
	assert_int_equal(releases(at, 999, 1), 0);
	at = begins(HASH, late);
	begins(HASH, late);
	assert_int_equal(releases(at, late + 50, 2), 100);
	/* Ten days of one. */
	assert_int_equal(releases(at, late + 1000, 1), 950);
	at = begins(HASH, 5);
	assert_int_equal(releases(at, 5 + (1ull << 39) - 1, 1), (1ull << 39) - 1);
}

static void test_room(void **state)
{
	int at = begins(HASH, 1), other = begins(OTHER, 1), i;

	(void)state;
	assert_true(other != at && other / 4 == at / 4);
	assert_true(begins(OTHER ^ 0x400, 1) >= 0);
	assert_true(begins(OTHER ^ 0x800, 1) >= 0);
	assert_int_equal(begins(OTHER ^ 0xc00, 1), -1);
	assert_int_equal(releases(other, 2, 1), 1);
	assert_int_equal(begins(OTHER ^ 0xc00, 1), other);
	for (i = 1; i < (int)EMBER_CONTENTION_MOST; i++)
		assert_int_equal(begins(HASH, 1), at);
	assert_int_equal(begins(HASH, 1), -1);
	assert_int_equal(releases(at, 3, EMBER_CONTENTION_MOST), 2 * EMBER_CONTENTION_MOST);
}

static void test_owners(void **state)
{
	struct ember_contention lock = { .owner = 77, .before = 99 };

	(void)state;
	ember_contention_owned(&lock, 0x1000, true);
	assert_true(ember_contention_held(&lock, 0x1000));
	assert_false(ember_contention_held(&lock, 0x2000));
	assert_false(ember_contention_held(&lock, 99));
	/* Another one has it by now, and the one before is about to wake a waiter. */
	ember_contention_owned(&lock, 0x2000, false);
	ember_contention_owned(&lock, 0x2000, false);
	assert_true(ember_contention_held(&lock, 0x1000));
	assert_true(ember_contention_held(&lock, 0x2000));
	assert_false(ember_contention_held(&lock, 0x3000));
	/* Released: who holds it next isn't known until a waiter reads it. */
	ember_contention_released(&lock);
	assert_true(ember_contention_held(&lock, 0x3000));
	ember_contention_owned(&lock, 0x3000, false);
	assert_true(ember_contention_held(&lock, 0x3000));
	assert_true(ember_contention_held(&lock, 0x2000));
	assert_false(ember_contention_held(&lock, 0x1000));
	/* A lock that doesn't say. */
	ember_contention_owned(&lock, 0, true);
	assert_true(ember_contention_held(&lock, 0x1000));
}

#define THREADS 4
#define ROUNDS	200000

struct hand {
	unsigned int seed;
	u64 waited, charged;
};

static u64 clock_units;

/* The sum of what is charged is that of what was waited, however many change a word at once. */
static void *contend(void *context)
{
	struct hand *hand = context;

	for (int i = 0; i < ROUNDS; i++) {
		u64 begun = __atomic_fetch_add(&clock_units, 1, __ATOMIC_SEQ_CST), ended;
		u64 hash = (u64)(rand_r(&hand->seed) % 3) << 56;
		bool first;
		int at = ember_contention_begin(locks, hash, begun, &first);
		unsigned int n;

		if (at < 0)
			continue;
		ended = __atomic_fetch_add(&clock_units, 1, __ATOMIC_SEQ_CST);
		hand->waited += ended - begun;
		if (i % 3)
			hand->charged += ember_contention_release(&locks[at], ended, &n);
		else
			hand->charged += ember_contention_leave(&locks[at], ended);
	}
	return NULL;
}

static void test_contended(void **state)
{
	struct hand hand[THREADS] = { { 0 } };
	pthread_t thread[THREADS];
	u64 waited = 0, charged = 0;
	int i;

	(void)state;
	clock_units = 1;
	for (i = 0; i < THREADS; i++) {
		hand[i].seed = i;
		assert_int_equal(pthread_create(&thread[i], NULL, contend, &hand[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		waited += hand[i].waited;
		charged += hand[i].charged;
	}
	/*
	 * A thread that is stopped between the clock and the word comes with an old time: what
	 * others were charged beyond that is taken off again, but for the last one's.
	 */
	assert_true(charged >= waited);
	for (i = 0; i < EMBER_CONTENTION_LOCKS; i++)
		assert_int_equal(ember_contention_n(atomic64_read(&locks[i].word)), 0);
}

/* In the order of time, what is charged or lost is what was waited, to the unit. */
static void test_sums(void **state)
{
	int place[20], left = 0;
	u64 begun[20], now = 1ull << 50, waited = 0, charged = 0;
	unsigned int n, seed = 7;

	(void)state;
	for (int i = 0; i < 100000 || left; i++, now += rand_r(&seed) % 100) {
		if (i < 100000 && left < 20 && (!left || rand_r(&seed) % 2)) {
			place[left] = begins((u64)(rand_r(&seed) % 3) << 56, now);
			assert_true(place[left] >= 0);
			begun[left++] = now;
			continue;
		}
		n = rand_r(&seed) % left;
		waited += now - begun[n];
		if (rand_r(&seed) % 3)
			charged += ember_contention_release(&locks[place[n]], now,
							    &(unsigned int){ 0 });
		else
			charged += ember_contention_leave(&locks[place[n]], now);
		left--;
		place[n] = place[left];
		begun[n] = begun[left];
	}
	assert_true(charged == waited && waited);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_convoy, empty),
		cmocka_unit_test_setup(test_leave, empty),
		cmocka_unit_test_setup(test_times, empty),
		cmocka_unit_test_setup(test_room, empty),
		cmocka_unit_test(test_owners),
		cmocka_unit_test_setup(test_sums, empty),
		cmocka_unit_test_setup(test_contended, empty),
	};

	return cmocka_run_group_tests_name("contention", tests, NULL, NULL);
}
