// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: wall SECONDS
 * In the guest: four threads that run and wait in turns, each in a way of its own, and more of
 * them than there are CPUs. Prints a line for each: tid, how long it lived in ns, what it waits
 * for.
 */
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000u

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void wait_sleep(uint64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	nanosleep(&t, NULL);
}

static void wait_futex(uint64_t ns)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t never = PTHREAD_COND_INITIALIZER;
	uint64_t end = now(CLOCK_REALTIME) + ns;
	struct timespec t = { end / 1000000000, end % 1000000000 };

	pthread_mutex_lock(&lock);
	pthread_cond_timedwait(&never, &lock, &t);
	pthread_mutex_unlock(&lock);
}

static void wait_poll(uint64_t ns)
{
	poll(NULL, 0, ns / MS);
}

static int data[2], go[2];

/* Writes a byte later, so that who reads it waits. */
static void *write_later(void *none)
{
	uint64_t ns;

	while (read(go[0], &ns, sizeof(ns)) == sizeof(ns)) {
		wait_sleep(ns);
		if (write(data[1], "", 1) != 1)
			abort();
	}
	return none;
}

static void wait_pipe(uint64_t ns)
{
	char byte;

	if (write(go[1], &ns, sizeof(ns)) != sizeof(ns) || read(data[0], &byte, 1) != 1)
		abort();
}

static struct worker {
	void (*wait)(uint64_t ns);
	const char *kind;
	unsigned int seed;
	uint64_t begin, end;
	pid_t tid;
} worker[] = { { .wait = wait_sleep, .kind = "sleep", .seed = 1 },
	       { .wait = wait_futex, .kind = "futex", .seed = 2 },
	       { .wait = wait_poll, .kind = "poll", .seed = 3 },
	       { .wait = wait_pipe, .kind = "pipe", .seed = 4 } };
#define WORKERS (sizeof(worker) / sizeof(*worker))

static uint64_t until;

static void *work(void *of)
{
	struct worker *w = of;
	uint64_t end;

	w->begin = now(CLOCK_MONOTONIC);
	w->tid = syscall(SYS_gettid);
	while (now(CLOCK_MONOTONIC) < until) {
		end = now(CLOCK_THREAD_CPUTIME_ID) + (3 + rand_r(&w->seed) % 10) * MS;
		while (now(CLOCK_THREAD_CPUTIME_ID) < end)
			;
		w->wait((10 + rand_r(&w->seed) % 30) * MS);
	}
	w->end = now(CLOCK_MONOTONIC);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[WORKERS], helper;

	if (argc != 2 || pipe(data) || pipe(go))
		return 2;
	until = now(CLOCK_MONOTONIC) + strtoull(argv[1], NULL, 10) * 1000 * MS;
	pthread_create(&helper, NULL, write_later, NULL);
	for (unsigned int i = 0; i < WORKERS; i++)
		pthread_create(&thread[i], NULL, work, &worker[i]);
	for (unsigned int i = 0; i < WORKERS; i++)
		pthread_join(thread[i], NULL);
	for (unsigned int i = 0; i < WORKERS; i++)
		printf("%d %llu %s\n", worker[i].tid,
		       (unsigned long long)(worker[i].end - worker[i].begin), worker[i].kind);
	return 0;
}
