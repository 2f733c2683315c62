// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fixed work, timed by itself:
 *
 *   load deep MILLISECONDS     so much work below 12 frames
 *   load pingpong ROUNDS       a byte to and fro through two pipes
 *   load contend ROUNDS        two threads lock a mutex, yield and unlock it
 *   load sleeps N NANOSECONDS  N short sleeps one after the other
 *   load idle MILLISECONDS     one long sleep
 *   load touch PAGES           so many pages, each touched once
 *
 * Prints `elapsed_ns idle_ns switches`: of this CPU's idle task, and of all CPUs'
 * scheduler, over the same time.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FRAMES 12 /* main and the leaf among them */
#define BLOCK  64 /* instructions of the innermost loop */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* The first number after `key` at the beginning of a line's text. */
static uint64_t read_number(const char *path, const char *key)
{
	FILE *file = fopen(path, "r");
	uint64_t value = 0;
	char line[4096];

	if (!file)
		fail(path);
	while (fgets(line, sizeof(line), file)) {
		char *at = line + strspn(line, " .");

		if (strncmp(at, key, strlen(key)))
			continue;
		value = strtoull(at + strcspn(at, "0123456789"), NULL, 10);
		break;
	}
	fclose(file);
	return value;
}

struct readings {
	uint64_t time, idle, switches;
};

/* The kernel's own account of the idle task, to the nanosecond. */
static void read_all(struct readings *r)
{
	r->switches = read_number("/proc/stat", "ctxt");
	r->idle = read_number("/proc/timer_list", "idle_sleeptime");
	r->time = now();
}

/*
 * Instructions without effect: an emulator runs them faster than any others, and
 * there are few places for a sample to fall, so stacks are soon known.
 */
__attribute__((noinline)) static void leaf(uint64_t blocks)
{
	while (blocks--)
		__asm__ volatile(".rept %c0\n\tnop\n\t.endr" : : "i"(BLOCK - 4));
}

__attribute__((noinline)) static void descend(unsigned int frames, uint64_t blocks)
{
	if (frames)
		descend(frames - 1, blocks);
	else
		leaf(blocks);
	__asm__ volatile("");
}

static void deep(uint64_t milliseconds)
{
	descend(FRAMES - 3, milliseconds * 1000000 / BLOCK);
}

static void pass(int from, int to)
{
	char byte;

	if (read(from, &byte, 1) != 1 || write(to, &byte, 1) != 1)
		fail("pipe");
}

static void pingpong(uint64_t rounds)
{
	int there[2], back[2];
	char byte = 0;
	pid_t child;

	if (pipe(there) || pipe(back))
		fail("pipe");
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child) {
		while (rounds--)
			pass(there[0], back[1]);
		_exit(0);
	}
	if (write(there[1], &byte, 1) != 1)
		fail("pipe");
	while (--rounds)
		pass(back[0], there[1]);
	if (read(back[0], &byte, 1) != 1)
		fail("pipe");
	waitpid(child, NULL, 0);
}

/* A mutex that two threads want: with one CPU each release wakes the other one. */
static pthread_mutex_t wanted = PTHREAD_MUTEX_INITIALIZER;

static void *contend_one(void *rounds)
{
	for (uint64_t n = *(uint64_t *)rounds; n; n--) {
		pthread_mutex_lock(&wanted);
		sched_yield();
		pthread_mutex_unlock(&wanted);
	}
	return NULL;
}

static void contend(uint64_t rounds)
{
	pthread_t other;

	if (pthread_create(&other, NULL, contend_one, &rounds))
		fail("thread");
	contend_one(&rounds);
	pthread_join(other, NULL);
}

/* Another program, so many times. */
static void run(uint64_t times, char **argv)
{
	int status;

	while (times--) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (!child) {
			execvp(argv[0], argv);
			_exit(127);
		}
		if (waitpid(child, &status, 0) != child || status)
			fail(argv[0]);
	}
}

static void nap(uint64_t ns)
{
	struct timespec t = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

#define TOUCHED 4096 /* pages at a time */

static void touch(uint64_t pages)
{
	size_t page = sysconf(_SC_PAGESIZE), bytes = TOUCHED * page;
	volatile char *at;

	for (; pages >= TOUCHED; pages -= TOUCHED) {
		at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0);
		if (at == MAP_FAILED)
			fail("mmap");
		madvise((void *)at, bytes, MADV_NOHUGEPAGE);
		for (size_t i = 0; i < bytes; i += page)
			at[i] = 1;
		munmap((void *)at, bytes);
	}
}

int main(int argc, char **argv)
{
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
	struct readings before, after;

	/* Sleeps end when they should, not 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1);
	if (!n)
		goto usage;
	read_all(&before);
	if (!strcmp(argv[1], "deep"))
		deep(n);
	else if (!strcmp(argv[1], "pingpong"))
		pingpong(n);
	else if (!strcmp(argv[1], "contend"))
		contend(n);
	else if (!strcmp(argv[1], "sleeps") && argc > 3)
		while (n--)
			nap(strtoull(argv[3], NULL, 0));
	else if (!strcmp(argv[1], "run") && argc > 3)
		run(n, argv + 3);
	else if (!strcmp(argv[1], "touch"))
		touch(n);
	else if (!strcmp(argv[1], "idle"))
		nap(n * 1000000);
	else
		goto usage;
	after.time = now();
	after.idle = read_number("/proc/timer_list", "idle_sleeptime");
	after.switches = read_number("/proc/stat", "ctxt");
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", after.time - before.time,
	       after.idle - before.idle, after.switches - before.switches);
	return 0;
usage:
	fprintf(stderr,
		"usage: load deep|pingpong|contend|sleeps|idle|touch|run N [NANOSECONDS | COMMAND...]\n");
	return 2;
}
