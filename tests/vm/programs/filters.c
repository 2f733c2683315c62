// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Filters sample just what they say. A cast of tasks works: processes with two threads
 * each, a child, a daemon forked twice; each session may see those that it asked for,
 * all of them and nobody else. KTAP on stdout.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tally.h"

#define SEEN_MAX 64

static unsigned int number, failures;
static struct {
	uint32_t tid, tgid;
	uint64_t count, user, kernel;
} seen[SEEN_MAX];
static unsigned int nr_seen;
static uint64_t on_cpu[2];

static void ok(bool good, const char *what)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, what);
	failures += !good;
}

static void look(struct tally *t, unsigned int cpu, const struct ember_rec_thread *thread,
		 const struct ember_rec_stack *stack)
{
	unsigned int i;

	(void)t;
	if (cpu < 2)
		on_cpu[cpu]++;
	for (i = 0; i < nr_seen; i++)
		if (seen[i].tid == thread->tid && seen[i].tgid == thread->tgid)
			break;
	if (i == SEEN_MAX)
		return;
	if (i == nr_seen) {
		seen[nr_seen].tid = thread->tid;
		seen[nr_seen++].tgid = thread->tgid;
	}
	seen[i].count++;
	if (stack->nr_kernel)
		seen[i].kernel++;
	else
		seen[i].user++;
}

static uint64_t count(uint32_t tid, uint32_t tgid)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < nr_seen; i++)
		if ((!tid || seen[i].tid == tid) && (!tgid || seen[i].tgid == tgid))
			sum += seen[i].count;
	return sum;
}

/* Users of a process: what was seen is of these processes and of nobody else. */
static bool only(const uint32_t *tgid, unsigned int nr)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < nr; i++) {
		if (!count(0, tgid[i])) {
			printf("# nothing of process %u\n", tgid[i]);
			return false;
		}
		all += count(0, tgid[i]);
	}
	for (unsigned int i = 0; i < nr_seen; i++) {
		bool asked = false;

		for (unsigned int n = 0; n < nr; n++)
			asked |= seen[i].tgid == tgid[n];
		if (!asked)
			printf("# %llu of thread %u of process %u\n",
			       (unsigned long long)seen[i].count, seen[i].tid, seen[i].tgid);
	}
	return all == count(0, 0);
}

/* Half in user mode, half in the kernel. */
static void busy(void)
{
	static char zero[65536];
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	for (;;) {
		for (volatile unsigned int i = 0; i < 20000; i++)
			;
		if (read(fd, zero, sizeof(zero)) < 0)
			exit(1);
	}
}

static void *thread(void *to)
{
	uint32_t tid = syscall(SYS_gettid);

	if (write((int)(intptr_t)to, &tid, sizeof(tid)) != sizeof(tid))
		exit(1);
	busy();
	return NULL;
}

struct cast {
	uint32_t process, thread; /* a process and its second thread */
	uint32_t child; /* of it */
	uint32_t daemon; /* of it, forked twice: no parent left */
};

static uint32_t read_id(int fd)
{
	uint32_t id = 0;

	if (read(fd, &id, sizeof(id)) != sizeof(id))
		reader_die("a task that should be there");
	return id;
}

static struct cast cast_new(void)
{
	struct cast cast;
	int pipes[2];
	pid_t pid;

	if (pipe(pipes))
		reader_die("pipe");
	pid = fork();
	if (!pid) {
		pthread_t second;
		uint32_t id;
		pid_t middle;

		setsid();
		id = fork();
		if (!id)
			busy();
		if (write(pipes[1], &id, sizeof(id)) < 0)
			exit(1);
		middle = fork();
		if (!middle) {
			id = fork();
			if (!id) {
				setsid();
				busy();
			}
			if (write(pipes[1], &id, sizeof(id)) < 0)
				exit(1);
			_exit(0);
		}
		waitpid(middle, NULL, 0);
		if (pthread_create(&second, NULL, thread, (void *)(intptr_t)pipes[1]))
			exit(1);
		busy();
	}
	cast.process = pid;
	cast.child = read_id(pipes[0]);
	cast.daemon = read_id(pipes[0]);
	cast.thread = read_id(pipes[0]);
	close(pipes[0]);
	close(pipes[1]);
	return cast;
}

static void cast_end(const struct cast *cast)
{
	kill(cast->process, SIGKILL);
	kill(cast->child, SIGKILL);
	kill(cast->daemon, SIGKILL);
}

/* Rings of one session, for a while. */
static void sample(struct ember_config *config, uint32_t *ids, unsigned int nr,
		   unsigned int ms)
{
	struct tally t;

	nr_seen = 0;
	on_cpu[0] = on_cpu[1] = 0;
	config->hz = 1999;
	config->ring_bytes = 1 << 20;
	config->nr_ids = nr;
	config->ids = (uintptr_t)ids;
	tally_open(&t, config, look);
	tally_start(&t);
	usleep(ms * 1000);
	tally_stop(&t);
	ok(!t.bad, "every record parses");
	tally_close(&t);
}

/* The pid space goes round until someone else has `pid`: that one works on. */
static bool reuse(pid_t pid)
{
	for (unsigned int turn = 0; turn < 500; turn++) {
		pid_t child = fork();

		if (!child) {
			if (getpid() != pid)
				_exit(0);
			busy();
		}
		if (child == pid)
			return true;
		waitpid(child, NULL, 0);
	}
	return false;
}

static void wrapped(void)
{
	struct ember_config config = { .filter = EMBER_FILTER_PROCESSES,
				       .hz = 1999,
				       .ring_bytes = 1 << 20 };
	uint64_t before;
	struct tally t;
	pid_t first;
	uint32_t id;

	/* Pids that come round begin behind those reserved for the boot. */
	do {
		first = fork();
		if (!first) {
			if (getpid() > 300)
				busy();
			_exit(0);
		}
		if (first <= 300)
			waitpid(first, NULL, 0);
	} while (first <= 300);
	id = first;
	nr_seen = 0;
	config.nr_ids = 1;
	config.ids = (uintptr_t)&id;
	tally_open(&t, &config, look);
	tally_start(&t);
	usleep(200000);
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
	/* Its last steps in the kernel come after that, and without a number. */
	usleep(50000);
	tally_read(&t);
	before = count(0, 0);
	ok(before > 20, "a process is sampled while it lives");
	ok(reuse(first), "its pid is another's after the pid space went round");
	usleep(300000);
	tally_stop(&t);
	printf("# %llu samples of the first, %llu of the second\n", (unsigned long long)before,
	       (unsigned long long)(count(0, 0) - before));
	ok(count(0, 0) == before, "who has it now isn't sampled");
	tally_close(&t);
	sample(&config, &id, 1, 200);
	ok(count(id, id) > 10, "a new filter by its pid samples it");
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
}

static void modes(const struct cast *a)
{
	struct ember_config config = { .flags = EMBER_CONFIG_NO_KERNEL };
	uint64_t user = 0, kernel = 0;
	unsigned int i;

	sample(&config, NULL, 0, 300);
	for (i = 0; i < nr_seen; i++) {
		user += seen[i].user;
		kernel += seen[i].kernel;
	}
	printf("# user only: %llu in user mode, %llu in the kernel\n",
	       (unsigned long long)user, (unsigned long long)kernel);
	ok(user > 10 && !kernel, "user only");
	memset(seen, 0, sizeof(seen));
	config = (struct ember_config){ .flags = EMBER_CONFIG_NO_USER };
	sample(&config, NULL, 0, 300);
	for (i = 0, user = kernel = 0; i < nr_seen; i++) {
		user += seen[i].user;
		kernel += seen[i].kernel;
	}
	printf("# kernel only: %llu in user mode, %llu in the kernel\n",
	       (unsigned long long)user, (unsigned long long)kernel);
	ok(kernel > 10 && !user, "kernel only");
	ok(count(0, a->process) > 0, "of every process");
}

static void cpus(void)
{
	struct ember_config config = {};
	uint8_t mask = 2;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		printf("ok %u - a set of CPUs # SKIP one CPU\n", ++number);
		return;
	}
	config.cpus = (uintptr_t)&mask;
	config.cpus_bytes = 1;
	sample(&config, NULL, 0, 300);
	ok(on_cpu[1] > 10 && !on_cpu[0], "a set of CPUs");
}

int main(void)
{
	struct ember_config config;
	uint32_t ids[4];
	struct cast a, b;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	a = cast_new();
	b = cast_new();

	config = (struct ember_config){ .filter = EMBER_FILTER_PROCESSES };
	ids[0] = a.process;
	sample(&config, ids, 1, 500);
	ok(only(ids, 1), "one process");
	ok(count(a.process, 0) && count(a.thread, 0), "all threads of it");
	ids[1] = b.daemon;
	config = (struct ember_config){ .filter = EMBER_FILTER_PROCESSES };
	sample(&config, ids, 2, 500);
	ok(only(ids, 2), "two processes");

	config = (struct ember_config){ .filter = EMBER_FILTER_THREADS };
	ids[0] = a.thread;
	sample(&config, ids, 1, 500);
	ok(count(a.thread, a.process) > 20 && count(0, 0) == count(a.thread, 0), "one thread");

	config = (struct ember_config){ .filter = EMBER_FILTER_TREE };
	ids[0] = a.process;
	sample(&config, ids, 1, 500);
	ids[1] = a.child;
	ok(only(ids, 2), "a process and its children, not who left it before");
	config = (struct ember_config){ .filter = EMBER_FILTER_TREE };
	ids[0] = getpid();
	sample(&config, ids, 1, 1000);
	ids[0] = a.process, ids[1] = a.daemon, ids[2] = b.child, ids[3] = b.daemon;
	for (unsigned int i = 0; i < 4; i++)
		ok(count(0, ids[i]) > 0, "all that we left behind, daemons too");
	ok(!count(0, getpid()), "but not ourselves");

	memset(seen, 0, sizeof(seen));
	modes(&a);
	cpus();
	cast_end(&a);
	cast_end(&b);
	while (waitpid(-1, NULL, 0) > 0)
		;
	wrapped();
	return failures != 0;
}
