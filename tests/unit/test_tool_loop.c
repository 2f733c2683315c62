// SPDX-License-Identifier: GPL-2.0-or-later
/* The event loop: descriptors, deadlines, signals. */
#include "tool.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"

#define MS 1000000ull

static uint64_t waited(struct ember_loop *loop)
{
	uint64_t begun = ember_clock_ns(CLOCK_MONOTONIC);

	assert_int_equal(ember_loop_wait(loop), 0);
	return ember_clock_ns(CLOCK_MONOTONIC) - begun;
}

static void test_descriptors(void **state)
{
	struct ember_loop loop = EMBER_LOOP(NULL);
	uint32_t none, reader, i;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	for (i = 0; i < 3; i++) {
		ember_loop_begin(&loop);
		none = ember_loop_fd(&loop, -1, POLLIN);
		reader = ember_loop_fd(&loop, ends[0], POLLIN);
		assert_int_equal(loop.nr, 2);
		ember_loop_due(&loop, 0);
		if (i == 1)
			assert_int_equal(write(ends[1], "x", 1), 1);
		assert_int_equal(ember_loop_wait(&loop), 0);
		assert_int_equal(ember_loop_ready(&loop, none), 0);
		assert_int_equal(ember_loop_ready(&loop, reader), i ? POLLIN : 0);
	}
	/* More than the first room. */
	ember_loop_begin(&loop);
	for (i = 0; i < 300; i++)
		assert_int_equal(ember_loop_fd(&loop, i == 299 ? ends[0] : -1, POLLIN), i);
	assert_int_equal(ember_loop_wait(&loop), 0);
	assert_int_equal(ember_loop_ready(&loop, 299), POLLIN);
	ember_loop_free(&loop);
	close(ends[0]);
	close(ends[1]);
}

/* The earliest of several counts, once. */
static void test_deadlines(void **state)
{
	struct ember_loop loop = EMBER_LOOP(NULL);
	uint64_t ns;

	(void)state;
	ember_loop_within(&loop, 3600);
	ember_loop_within(&loop, 0.05);
	ember_loop_within(&loop, -1);
	ember_loop_due(&loop, UINT64_MAX);
	ns = waited(&loop);
	assert_true(ns >= 50 * MS && ns < 3000000 * MS);
	assert_true(loop.due_ns == UINT64_MAX);
	ember_loop_due(&loop, ember_clock_ns(CLOCK_MONOTONIC) - 1);
	assert_true(waited(&loop) < 3000000 * MS);
	ember_loop_free(&loop);
}

/* A signal that came before the wait ends it, and what was ready before isn't now. */
static void test_signal(void **state)
{
	struct ember_signals signals;
	struct ember_loop loop = EMBER_LOOP(&signals);
	uint32_t reader;
	int ends[2];

	(void)state;
	ember_signals_take(&signals);
	assert_int_equal(pipe(ends), 0);
	kill(getpid(), SIGTERM);
	assert_int_equal(ember_signals_end(), 0);
	reader = ember_loop_fd(&loop, ends[0], POLLIN);
	loop.fd[reader].revents = POLLIN;
	assert_int_equal(ember_loop_wait(&loop), 0);
	assert_int_equal(ember_signals_end(), SIGTERM);
	assert_int_equal(ember_loop_ready(&loop, reader), 0);
	ember_signals_restore(&signals);
	ember_loop_free(&loop);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_signal),
	};

	return cmocka_run_group_tests_name("tool_loop", tests, NULL, tool_clean);
}
