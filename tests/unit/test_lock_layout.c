// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit.h"

#include "../../kmod/event/lock_layout.h"

#define SELF  1234u
#define KINDS 0x1000

/* A held mutex, as a waiter finds it. */
struct held {
	u32 word[EMBER_GLIBC_WORDS], expected;
};

static struct held glibc(u32 kind, bool wide)
{
	bool robust = kind & EMBER_GLIBC_ROBUST;
	u32 lock = robust ? EMBER_LOCK_WAITERS | SELF : EMBER_GLIBC_CONTENDED;
	u32 count = robust || kind & EMBER_GLIBC_PROTECT || (kind & 3) == 1;

	if (kind & EMBER_GLIBC_PROTECT && !robust)
		lock |= 50u << 19;
	return (struct held){ { lock, count, SELF, wide ? 1 : kind, wide ? kind : 1 }, lock };
}

static bool is_glibc(const struct held *held, bool wide, u32 *owner)
{
	struct ember_lock lock = { .owner = 0 };
	bool is = ember_lock_glibc(held->word, held->expected, wide, &lock);

	*owner = lock.owner;
	return is;
}

static void test_glibc_kinds(void **state)
{
	u32 kind, owner;

	(void)state;
	for (kind = 0; kind < KINDS; kind++)
		for (int wide = 0; wide < 2; wide++) {
			struct held held = glibc(kind, wide);
			bool known = !(kind & ~EMBER_GLIBC_KIND) &&
				     !(kind & EMBER_GLIBC_INHERIT);

			assert_int_equal(is_glibc(&held, wide, &owner), known);
			if (known)
				assert_int_equal(owner, SELF);
		}
}

/* Each field alone makes it none. */
static void test_glibc_fields(void **state)
{
	static const u32 kinds[] = { 0, 1, 2, 3, 0x10, 0x12, 0x40, 0x80, 0x90 };
	u32 owner;

	(void)state;
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		for (int wide = 0; wide < 2; wide++) {
			const struct held good = glibc(kinds[i], wide);
			struct held held;

			for (int lock = 0; lock < 2; lock++) {
				held = good;
				held.word[0] =
					lock; /* free, or held by one that nobody waits for */
				assert_false(is_glibc(&held, wide, &owner));
				held.expected = lock;
				assert_false(is_glibc(&held, wide, &owner));
			}
			held = good;
			held.word[1] = !held.word[1];
			assert_false(is_glibc(&held, wide, &owner));
			held = good;
			held.word[2] = 0;
			assert_false(is_glibc(&held, wide, &owner));
			held.word[2] = 1u << 22;
			assert_false(is_glibc(&held, wide, &owner));
			held = good;
			held.word[wide ? 3 : 4] = 0;
			assert_false(is_glibc(&held, wide, &owner));
			held.word[wide ? 3 : 4] = 1u << 23;
			assert_false(is_glibc(&held, wide, &owner));
			held = good;
			held.word[wide ? 4 : 3] |= 0x1000;
			assert_false(is_glibc(&held, wide, &owner));
		}
}

static void test_glibc_robust(void **state)
{
	struct held held = glibc(EMBER_GLIBC_ROBUST, true);
	u32 owner;

	(void)state;
	held.word[2] = SELF + 1;
	assert_false(is_glibc(&held, true, &owner));
	/* Its owner before died, and the one now has yet to repair what it protects. */
	held.word[2] = EMBER_GLIBC_LEFT;
	assert_true(is_glibc(&held, true, &owner));
	assert_int_equal(owner, SELF);
	held = glibc(EMBER_GLIBC_ROBUST, true);
	held.word[0] = held.expected = SELF;
	assert_false(is_glibc(&held, true, &owner));
}

/* This machine's C library agrees. */
static void test_glibc_real(void **state)
{
	static const int types[] = { PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
				     PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP };
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;
	struct held held;
	u32 owner;

	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		pthread_mutexattr_init(&attr);
		pthread_mutexattr_settype(&attr, types[i % 4]);
		pthread_mutexattr_setrobust(&attr, i / 4 ? PTHREAD_MUTEX_ROBUST :
							   PTHREAD_MUTEX_STALLED);
		pthread_mutex_init(&mutex, &attr);
		pthread_mutex_lock(&mutex);
		memcpy(held.word, &mutex, sizeof(held.word));
		/* As a waiter does. */
		held.word[0] = i / 4 ? held.word[0] | EMBER_LOCK_WAITERS :
				       EMBER_GLIBC_CONTENDED;
		held.expected = held.word[0];
		assert_true(is_glibc(&held, sizeof(long) == 8, &owner));
		assert_int_equal(owner, syscall(SYS_gettid));
		pthread_mutex_unlock(&mutex);
		memcpy(held.word, &mutex, sizeof(held.word));
		held.word[0] = held.expected;
		assert_false(is_glibc(&held, sizeof(long) == 8, &owner));
	}
}

static bool is_musl(u32 type, u32 lock, u32 waiters, u32 expected, u32 *owner)
{
	const u32 word[] = { type, lock, waiters };
	struct ember_lock found = { .owner = 0 };
	bool is = ember_lock_musl(word, expected, &found);

	*owner = found.owner;
	return is;
}

static void test_musl(void **state)
{
	u32 busy = EMBER_LOCK_WAITERS | EMBER_MUSL_EBUSY, held = EMBER_LOCK_WAITERS | SELF;
	u32 owner, type;

	(void)state;
	assert_true(is_musl(0, busy, 1, busy, &owner));
	assert_int_equal(owner, 0);
	assert_true(is_musl(0x80, busy, 9, busy, &owner));
	for (type = 0; type < 0x400; type++) {
		bool known = !(type & ~0x87u) && (type & 3) != 3 && type & 7;

		assert_int_equal(is_musl(type, held, 1, held, &owner), known);
		if (known)
			assert_int_equal(owner, SELF);
	}
	assert_false(is_musl(0, busy, 0, busy, &owner));
	assert_false(is_musl(0, busy, 1u << 23, busy, &owner));
	assert_false(is_musl(0, busy, 1, busy + 1, &owner));
	/* A semaphore's, and an rwlock's that is held for writing, and by two for reading. */
	assert_false(is_musl(0, EMBER_LOCK_WAITERS, 1, EMBER_LOCK_WAITERS, &owner));
	assert_false(is_musl(0, 0xffffffff, 1, 0xffffffff, &owner));
	assert_false(is_musl(0, 0x80000002, 1, 0x80000002, &owner));
	assert_false(is_musl(1, EMBER_LOCK_WAITERS, 1, EMBER_LOCK_WAITERS, &owner));
	assert_false(is_musl(1, SELF, 1, SELF, &owner));
}

static void test_inherit(void **state)
{
	struct ember_lock lock;

	(void)state;
	assert_true(ember_lock_inherit(EMBER_LOCK_WAITERS | SELF, false, &lock));
	assert_int_equal(lock.owner, SELF);
	assert_true(ember_lock_inherit(EMBER_LOCK_WAITERS | 0x40000000 | SELF, true, &lock));
	assert_int_equal(lock.owner, SELF);
	assert_true(lock.shared);
	assert_false(ember_lock_inherit(SELF, false, &lock));
	assert_false(ember_lock_inherit(EMBER_LOCK_WAITERS, false, &lock));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glibc_kinds),  cmocka_unit_test(test_glibc_fields),
		cmocka_unit_test(test_glibc_robust), cmocka_unit_test(test_glibc_real),
		cmocka_unit_test(test_musl),	     cmocka_unit_test(test_inherit),
	};

	return cmocka_run_group_tests_name("lock layout", tests, NULL, NULL);
}
