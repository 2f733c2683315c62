// SPDX-License-Identifier: GPL-2.0-or-later
/* The command that is recorded, and processes of others: how they begin and end. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/stat.h"
#include "record/command.h"
#include "record/mapped.h"
#include "record/watch.h"
#include "symbolize/process.h"

static struct ember_signals signals;

static int begin(struct ember_command *c, char **argv)
{
	*c = (struct ember_command){ .go = -1 };
	return ember_command_hold(c, argv, &signals);
}

static int wait_for(struct ember_command *c)
{
	struct timespec limit = { .tv_sec = 20 };

	while (!ember_command_reap(c))
		assert_int_equal(ember_signals_poll(&signals, NULL, 0, &limit), -1);
	return ember_command_status(c);
}

static void test_held_back(void **state)
{
	char *path = tool_path("mark"), *argv[] = { "touch", path, NULL };
	struct ember_command c;

	(void)state;
	assert_int_equal(begin(&c, argv), 0);
	usleep(100000);
	assert_int_equal(access(path, F_OK), -1);
	assert_false(ember_command_reap(&c));
	assert_int_equal(ember_command_go(&c, argv), 0);
	assert_int_equal(wait_for(&c), 0);
	assert_int_equal(access(path, F_OK), 0);
}

/* A descriptor that is always ready does not hold a signal up. */
static void test_flooded(void **state)
{
	struct timespec limit = { .tv_sec = 20 };
	struct pollfd fd = { .events = POLLOUT };
	unsigned int before = ember_signals_ends();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	fd.fd = ends[1];
	assert_int_equal(ember_signals_poll(&signals, &fd, 1, &limit), 1);
	assert_int_equal(ember_signals_ends(), before);
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(ember_signals_poll(&signals, &fd, 1, &limit), 1);
	assert_int_equal(ember_signals_ends(), before + 1);
	close(ends[0]);
	close(ends[1]);
}

static void test_dropped(void **state)
{
	char *path = tool_path("never"), *argv[] = { "touch", path, NULL };
	struct ember_command c;

	(void)state;
	assert_int_equal(begin(&c, argv), 0);
	ember_command_drop(&c);
	assert_true(c.ended);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_statuses(void **state)
{
	char *five[] = { "sh", "-c", "exit 5", NULL };
	char *killed[] = { "sh", "-c", "kill -KILL $$", NULL };
	char *missing[] = { "/nonexistent/program", NULL };
	char *folder[] = { "/tmp", NULL };
	struct ember_command c;
	int was, null;

	(void)state;
	assert_int_equal(begin(&c, five), 0);
	assert_int_equal(ember_command_go(&c, five), 0);
	assert_int_equal(wait_for(&c), 5);
	assert_int_equal(begin(&c, killed), 0);
	assert_int_equal(ember_command_go(&c, killed), 0);
	assert_int_equal(wait_for(&c), 128 + SIGKILL);

	was = dup(2);
	null = open("/dev/null", O_WRONLY);
	dup2(null, 2);
	assert_int_equal(begin(&c, missing), 0);
	assert_int_equal(ember_command_go(&c, missing), 127);
	assert_true(c.ended);
	assert_int_equal(begin(&c, folder), 0);
	assert_int_equal(ember_command_go(&c, folder), 126);
	dup2(was, 2);
	close(was);
	close(null);
}

static bool signal_bit(const char *text, const char *set, int signal)
{
	text = strstr(text, set);
	assert_non_null(text);
	return strtoull(text + strlen(set), NULL, 16) >> (signal - 1) & 1;
}

/* What its starter ignored and blocked, not what we do. */
static void test_dispositions(void **state)
{
	char *argv[] = { "sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status >$0", NULL,
			 NULL };
	struct ember_command c;
	char *path = tool_path("signals"), *text;

	(void)state;
	argv[3] = path;
	assert_int_equal(begin(&c, argv), 0);
	assert_int_equal(ember_command_go(&c, argv), 0);
	assert_int_equal(wait_for(&c), 0);
	text = tool_read(path);
	assert_int_equal(signal_bit(text, "SigBlk:", SIGCHLD),
			 sigismember(&signals.mask, SIGCHLD));
	assert_int_equal(signal_bit(text, "SigBlk:", SIGINT),
			 sigismember(&signals.mask, SIGINT));
	assert_int_equal(signal_bit(text, "SigIgn:", SIGPIPE),
			 signals.old[SIGPIPE].sa_handler == SIG_IGN);
	free(text);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (!pid) {
		ember_signals_restore(&signals);
		sleep(60);
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

/* It has ended then, and nobody has waited for it. */
static void end_without_wait(pid_t pid)
{
	siginfo_t info;

	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
}

static void test_watch(void **state)
{
	uint32_t ids[2] = { sleeper(), sleeper() }, left[2];
	struct ember_watch w;

	(void)state;
	assert_int_equal(ember_watch_open(&w, ids, 2, false), 0);
	assert_int_equal(ember_watch_look(&w), 2);
	end_without_wait(ids[0]);
	if (!w.blind)
		assert_true(poll(w.fds, 2, 20000) > 0);
	assert_int_equal(ember_watch_look(&w), 1);
	/* One that has ended stays so, with nothing to poll. */
	assert_int_equal(ember_watch_look(&w), 1);
	assert_int_equal(ember_watch_left(&w, left), 1);
	assert_int_equal(left[0], ids[1]);
	end_without_wait(ids[1]);
	assert_int_equal(ember_watch_left(&w, left), 0);
	ember_watch_close(&w);
	waitpid(ids[0], NULL, 0);
	waitpid(ids[1], NULL, 0);
}

/* A name may hold what ends it, and a line's end. */
static void test_watch_named(void **state)
{
	uint32_t id = fork();
	struct ember_process process;
	struct ember_mapped mapped;
	struct ember_watch w;
	struct ember_stat st;

	(void)state;
	if (!id) {
		ember_signals_restore(&signals);
		prctl(PR_SET_NAME, "a)\nb) c");
		while (clock() < CLOCKS_PER_SEC / 20)
			;
		kill(getpid(), SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(id, NULL, WUNTRACED), id);
	assert_int_equal(ember_watch_open(&w, &id, 1, false), 0);
	assert_true(w.start[0] > 0);
	assert_int_equal(ember_watch_look(&w), 1);
	ember_watch_close(&w);
	assert_true(ember_stat_read(id, &st));
	assert_int_equal(st.state, 'T');
	assert_int_equal(st.threads, 1);
	assert_in_range(st.ran, 1, 1000);
	assert_true(ember_process_read(id, &process));
	assert_int_equal(process.began_ns / (1000000000 / sysconf(_SC_CLK_TCK)), st.start);
	ember_mapped_find(&mapped, &id, 1);
	assert_true(mapped.nr > 0);
	assert_int_equal(mapped.file[0].uses, 1 + st.ran);
	ember_mapped_free(&mapped);
	kill(id, SIGKILL);
	waitpid(id, NULL, 0);
	assert_false(ember_stat_read(id, &st));
}

/* A kernel without pidfds: /proc is looked at. */
static void test_watch_blind(void **state)
{
	uint32_t id = sleeper();
	struct ember_watch w;

	(void)state;
	assert_int_equal(ember_watch_open(&w, &id, 1, false), 0);
	if (w.fds[0].fd >= 0)
		close(w.fds[0].fd);
	w.fds[0].fd = -1;
	assert_int_equal(ember_watch_look(&w), 1);
	assert_true(w.blind);
	end_without_wait(id);
	/* Nobody has waited for it yet: a zombie is over. */
	assert_int_equal(ember_watch_look(&w), 0);
	assert_false(w.blind);
	ember_watch_close(&w);
	waitpid(id, NULL, 0);

	/* The same number, but another process. */
	id = sleeper();
	assert_int_equal(ember_watch_open(&w, &id, 1, false), 0);
	if (w.fds[0].fd >= 0)
		close(w.fds[0].fd);
	w.fds[0].fd = -1;
	w.start[0]--;
	assert_int_equal(ember_watch_look(&w), 0);
	ember_watch_close(&w);
	kill(id, SIGKILL);
	waitpid(id, NULL, 0);
}

static uint32_t thread_id;
static pthread_barrier_t thread_ready, thread_done;

static void *thread_run(void *unused)
{
	(void)unused;
	thread_id = syscall(SYS_gettid);
	pthread_barrier_wait(&thread_ready);
	pthread_barrier_wait(&thread_done);
	return NULL;
}

static void test_watch_threads(void **state)
{
	int was = dup(2), null = open("/dev/null", O_WRONLY);
	uint32_t none = 0x7ffffffe;
	struct ember_watch w;
	struct ember_stat st;
	pthread_t thread;
	unsigned int i;

	(void)state;
	pthread_barrier_init(&thread_ready, NULL, 2);
	pthread_barrier_init(&thread_done, NULL, 2);
	pthread_create(&thread, NULL, thread_run, NULL);
	pthread_barrier_wait(&thread_ready);
	dup2(null, 2);
	assert_int_equal(ember_watch_open(&w, &thread_id, 1, false), 1);
	ember_watch_close(&w);
	assert_int_equal(ember_watch_open(&w, &none, 1, false), 1);
	ember_watch_close(&w);
	dup2(was, 2);
	close(was);
	close(null);
	assert_int_equal(ember_watch_open(&w, &thread_id, 1, true), 0);
	assert_int_equal(ember_watch_look(&w), 1);
	pthread_barrier_wait(&thread_done);
	pthread_join(thread, NULL);
	/* Its memory is free before /proc has lost it. */
	for (i = 0; i < 2000 && ember_stat_read(thread_id, &st); i++)
		usleep(10000);
	assert_int_equal(ember_watch_look(&w), 0);
	ember_watch_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held_back),   cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_statuses),    cmocka_unit_test(test_dispositions),
		cmocka_unit_test(test_watch),	    cmocka_unit_test(test_watch_named),
		cmocka_unit_test(test_watch_blind), cmocka_unit_test(test_watch_threads),
		cmocka_unit_test(test_flooded),
	};

	ember_signals_take(&signals);
	return cmocka_run_group_tests(tests, NULL, tool_clean);
}
