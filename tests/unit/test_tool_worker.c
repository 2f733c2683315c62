// SPDX-License-Identifier: GPL-2.0-or-later
/* A thread that does jobs while its owner goes on. */
#include "tool.h"

#include <signal.h>
#include <stdatomic.h>

#include "workstation/collect/worker.h"

struct job {
	atomic_bool go;
	int done;
	sigset_t blocked;
};

/* Waits for its owner, as a job waits for a disk. */
static void work(void *context)
{
	struct job *job = context;

	while (!job->go)
		usleep(1000);
	pthread_sigmask(SIG_SETMASK, NULL, &job->blocked);
	job->done++;
}

static void test_jobs(void **state)
{
	struct ember_worker *w = ember_worker_new(true);
	struct job job = {};
	int i;

	(void)state;
	assert_non_null(w);
	assert_false(ember_worker_busy(w));
	assert_false(ember_worker_done(w));
	assert_true(ember_worker_wait(w, 0));
	for (i = 0; i < 3; i++) {
		job.go = false;
		ember_worker_begin(w, work, &job);
		assert_true(ember_worker_busy(w));
		assert_false(ember_worker_done(w));
		assert_false(ember_worker_wait(w, 10000000));
		job.go = true;
		assert_true(ember_worker_wait(w, 60000000000ull));
		assert_true(ember_worker_done(w));
		assert_false(ember_worker_done(w));
		assert_false(ember_worker_busy(w));
		assert_int_equal(job.done, i + 1);
	}
	/* Signals are the owner's. */
	assert_int_equal(sigismember(&job.blocked, SIGTERM), 1);
	ember_worker_free(w);
}

/* What was begun is done, even if nobody waits for it. */
static void test_end(void **state)
{
	struct ember_worker *w = ember_worker_new(false);
	struct job job = { .go = true };

	(void)state;
	ember_worker_begin(w, work, &job);
	ember_worker_free(w);
	assert_int_equal(job.done, 1);
	ember_worker_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
