// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The relay's spool when the relay ends at any of its calls that change the disk: what was cut
 * goes out once, or counts as uncertain.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/message.h"
#include "relay/spool.h"

/* The spool's calls come here. The one that `left` counts down to is the last. */
static int left = -1;
static int refused; /* the errno that it fails with instead; 0: it ends us */

static bool fails(void)
{
	if (left < 0 || left--)
		return false;
	if (!refused)
		_exit(99);
	errno = refused;
	return true;
}

int fsync(int fd)
{
	return fails() ? -1 : syscall(SYS_fsync, fd);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return fails() ? -1 : syscall(SYS_renameat2, from, old, to, new, 0);
}

int unlinkat(int folder, const char *name, int flags)
{
	return fails() ? -1 : syscall(SYS_unlinkat, folder, name, flags);
}

#define CUTS	 4
#define REQUESTS 3 /* of each cut */

static char *folder, *server;

/* How far the cuts have come is the state's one line. */
static bool line(void *context, const char *text)
{
	if (strncmp(text, "cuts ", 5))
		return false;
	*(int *)context = atoi(text + 5);
	return true;
}

static void lines(void *context, FILE *out)
{
	fprintf(out, "cuts %d\n", *(int *)context);
}

/* What the server has: a byte for each sample, in a file. */
static void serve(const struct ember_relay_request *q)
{
	int fd = open(server, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_int_equal(write(fd, q->body.bytes, q->body.used), q->body.used);
	close(fd);
}

/* A life: cuts that are still to be made, and requests that are to be sent. */
static uint64_t life(bool again)
{
	struct ember_relay_request q = {};
	struct ember_spool spool;
	uint64_t uncertain;
	int cuts = 0, i;

	assert_int_equal(
		ember_spool_open(&spool, folder, 1 << 20, EMBER_RELAY_PUSH, line, &cuts), 0);
	for (; cuts < CUTS;) {
		bool good = true;

		for (i = 0; good && i < REQUESTS; i++) {
			struct ember_relay_request one = { .samples = 1, .series = "a of b" };

			one.body.bytes = (uint8_t *)"0123456789abcdef" + cuts * REQUESTS + i;
			one.body.used = 1;
			good = !ember_spool_add(&spool, &one);
		}
		cuts++;
		if (good)
			good = !ember_spool_commit(&spool, lines, &cuts);
		if (!good) {
			ember_spool_undo(&spool);
			cuts--;
			if (!again)
				break;
		}
		/* One goes out while others are cut. */
		if (ember_spool_oldest(&spool) && !ember_spool_begin(&spool, &q)) {
			serve(&q);
			ember_spool_end(&spool, false);
		}
	}
	while (ember_spool_oldest(&spool)) {
		int err = ember_spool_begin(&spool, &q);

		assert_int_not_equal(err, 1);
		if (err)
			continue;
		/* A busy server takes it at the second try. */
		if (!q.series[0])
			break;
		ember_spool_end(&spool, true);
		if (ember_spool_begin(&spool, &q))
			continue;
		serve(&q);
		ember_spool_end(&spool, false);
	}
	free(q.body.bytes);
	uncertain = spool.uncertain.samples;
	ember_spool_close(&spool);
	return uncertain;
}

static void fresh(void)
{
	char command[300];

	folder = strdup(tool_path("spool"));
	server = strdup(tool_path("server"));
	snprintf(command, sizeof(command), "rm -rf '%s' '%s'", folder, server);
	assert_int_equal(system(command), 0);
}

static void over(void)
{
	free(folder);
	free(server);
}

/* Each sample once at most; the others are uncertain. */
static void verify(uint64_t uncertain)
{
	bool got[CUTS * REQUESTS] = {};
	uint64_t nr = 0;
	char *all = tool_read(server);
	int i, at;

	for (i = 0; all[i]; i++) {
		at = all[i] < 'a' ? all[i] - '0' : all[i] - 'a' + 10;
		assert_false(got[at]);
		got[at] = true;
		nr++;
	}
	free(all);
	assert_true(nr + uncertain >= CUTS * REQUESTS);
	assert_true(nr <= CUTS * REQUESTS);
}

/* End at each call in turn, until a life has fewer calls. */
static void test_crash(void **state)
{
	int calls, status = 0;
	uint64_t uncertain, most = 0;

	(void)state;
	ember_message_set(EMBER_LEVEL_ERROR, NULL, NULL);
	for (calls = 0;; calls++) {
		pid_t child;

		fresh();
		fflush(NULL);
		child = fork();
		if (!child) {
			left = calls;
			life(true);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		uncertain = life(true);
		assert_true(uncertain <= 1);
		most = uncertain > most ? uncertain : most;
		verify(uncertain);
		over();
		if (WEXITSTATUS(status) != 99)
			break;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(calls > 50);
	/* The mark is of use: there is an end between sent and answered. */
	assert_int_equal(most, 1);
}

/* A disk that refuses any one of the calls: what is cut is cut again, nothing is lost. */
static void test_refused(void **state)
{
	int calls;

	(void)state;
	ember_message_set(EMBER_LEVEL_ERROR - 1, NULL, NULL);
	for (calls = 0; calls < 200; calls++) {
		uint64_t uncertain;

		fresh();
		left = calls;
		refused = ENOSPC;
		uncertain = life(true);
		left = -1;
		refused = 0;
		uncertain += life(true);
		verify(uncertain);
		over();
	}
}

/* Beyond the bound the oldest go, and are counted. */
static void test_bound(void **state)
{
	struct ember_relay_request q = { .samples = 5, .series = "a of b" };
	struct ember_spool spool;
	int cuts = 0, i;

	(void)state;
	fresh();
	ember_proto_room(&q.body, 100000);
	memset(q.body.bytes, 'x', 100000);
	q.body.used = 100000;
	assert_int_equal(
		ember_spool_open(&spool, folder, 256 << 10, EMBER_RELAY_PUSH, line, &cuts), 0);
	for (i = 0; i < 5; i++) {
		q.time_ns = i + 1;
		assert_int_equal(ember_spool_add(&spool, &q), 0);
		assert_int_equal(ember_spool_commit(&spool, lines, &cuts), 0);
		assert_true(spool.bytes <= 256 << 10);
	}
	assert_int_equal(spool.dropped.profiles, 3);
	assert_int_equal(spool.dropped.samples, 15);
	/* One that is larger than all of it. */
	ember_proto_room(&q.body, 400000);
	q.body.used = 300000;
	assert_int_equal(ember_spool_add(&spool, &q), 0);
	assert_int_equal(ember_spool_commit(&spool, lines, &cuts), 0);
	assert_int_equal(spool.dropped.profiles, 6);
	assert_null(ember_spool_oldest(&spool));
	ember_spool_close(&spool);
	free(q.body.bytes);
	over();
}

/* A second relay, a state that is damaged, and a request of another form. */
static void test_refusals(void **state)
{
	struct ember_relay_request q = { .samples = 5, .series = "a of b" }, got = {};
	struct ember_spool spool, other;
	char path[300];
	int cuts = 1;
	FILE *file;

	(void)state;
	fresh();
	q.body.bytes = (uint8_t *)"body";
	q.body.used = 4;
	assert_int_equal(
		ember_spool_open(&spool, folder, 1 << 20, EMBER_RELAY_PUSH, line, &cuts), 0);
	assert_int_equal(
		ember_spool_open(&other, folder, 1 << 20, EMBER_RELAY_PUSH, line, &cuts), 1);
	ember_spool_close(&other);
	ember_spool_add(&spool, &q);
	ember_spool_commit(&spool, lines, &cuts);
	ember_spool_close(&spool);
	cuts = 0;
	assert_int_equal(
		ember_spool_open(&spool, folder, 1 << 20, EMBER_RELAY_OTLP, line, &cuts), 0);
	assert_int_equal(cuts, 1);
	assert_int_equal(ember_spool_begin(&spool, &got), 1);
	assert_int_equal(spool.dropped.samples, 5);
	assert_null(ember_spool_oldest(&spool));
	ember_spool_close(&spool);
	snprintf(path, sizeof(path), "%s/state", folder);
	file = fopen(path, "w");
	fputs("emberprof-relay 1\nnext 7\ncuts 1\n", file);
	fclose(file);
	assert_int_equal(
		ember_spool_open(&spool, folder, 1 << 20, EMBER_RELAY_PUSH, line, &cuts), 1);
	ember_spool_close(&spool);
	free(got.body.bytes);
	over();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, tool_clean);
}
