/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is sampled meanwhile: processes, programs, threads and mappings that come and go. */
#ifndef GUEST_STRESS_LOAD_H
#define GUEST_STRESS_LOAD_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "stress.h"

#define ALIVE_MAX 40

static void burn_us(uint32_t us)
{
	burn(now() + us * 1000ull);
}

/* Whether one more may be: counted until `gone`. */
static bool room(void)
{
	if (__atomic_add_fetch(&shared->forked, 1, __ATOMIC_RELAXED) <= ALIVE_MAX)
		return true;
	__atomic_sub_fetch(&shared->forked, 1, __ATOMIC_RELAXED);
	errno = EAGAIN;
	return false;
}

static void gone(void)
{
	__atomic_sub_fetch(&shared->forked, 1, __ATOMIC_RELAXED);
}

/* A tree of processes, some of which end before their children do. */
static int load_fork(void *depth)
{
	uint32_t children = 1 + chance() % 3, seed = chance();

	for (uint32_t i = 0; i < children; i++) {
		pid_t pid;

		if (!room())
			return -1;
		pid = fork();
		if (pid < 0) {
			gone();
			return -1;
		}
		if (pid)
			continue;
		chance_seed(seed, i);
		burn_us(chance() % 3000);
		if ((uintptr_t)depth < 3 && one_in(3))
			load_fork((void *)((uintptr_t)depth + 1));
		gone();
		if (one_in(4))
			raise(one_in(2) ? SIGKILL : SIGSEGV);
		_exit(0);
	}
	return 0;
}

static int load_exec(void *context)
{
	pid_t pid = one_in(2) ? vfork() : fork();

	(void)context;
	if (!pid) {
		execl("/proc/self/exe", "stress", "burn", (char *)NULL);
		_exit(1);
	}
	return pid < 0 ? -1 : 0;
}

static void *thread(void *us)
{
	char name[16];

	snprintf(name, sizeof(name), "t%u", (unsigned int)(uintptr_t)us);
	pthread_setname_np(pthread_self(), name);
	burn_us((uintptr_t)us);
	return NULL;
}

static int load_threads(void *context)
{
	pthread_t threads[16];
	unsigned int n = 1 + chance() % 16, i, begun;

	(void)context;
	for (begun = 0; begun < n; begun++)
		if (pthread_create(&threads[begun], NULL, thread,
				   (void *)(uintptr_t)(chance() % 1000)))
			break;
	for (i = 0; i < begun; i++)
		pthread_join(threads[i], NULL);
	return begun < n ? -1 : 0;
}

/* Code of the program's own file and of files that have no name, mapped and not any more. */
static int load_map(void *context)
{
	int fd = one_in(2) ? open("/proc/self/exe", O_RDONLY | O_CLOEXEC) :
			     memfd_create("stress", MFD_CLOEXEC);
	size_t bytes = 4096u << chance() % 6;
	void *at[16];
	unsigned int i;

	(void)context;
	if (fd < 0)
		return -1;
	for (i = 0; i < 16; i++) {
		at[i] = mmap(NULL, bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		burn_us(chance() % 200);
	}
	for (i = 0; i < 16; i++)
		if (at[i] != MAP_FAILED && (one_in(2) || munmap(at[i], bytes)))
			mprotect(at[i], bytes, PROT_READ);
	for (i = 0; i < 16; i++)
		if (at[i] != MAP_FAILED)
			munmap(at[i], bytes);
	close(fd);
	return 0;
}

__attribute__((noinline)) static uint32_t down(uint32_t depth, uint32_t us)
{
	if (!depth)
		burn_us(us);
	else
		burn_sink += down(depth - 1, us);
	return burn_sink;
}

static int load_deep(void *context)
{
	(void)context;
	down(chance() % 300, chance() % 2000);
	return 0;
}

static void on_signal(int number)
{
	(void)number;
	down(3, 20);
}

static int load_signals(void *context)
{
	struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };
	static char other[16384];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };

	(void)context;
	sigaltstack(&stack, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	down(10, chance() % 4000);
	return setitimer(ITIMER_REAL, &never, NULL);
}

/* The kernel's work on a process's behalf. */
static int load_kernel(void *context)
{
	static char buffer[65536];
	int fd = open(one_in(2) ? "/proc/self/maps" : "/dev/zero", O_RDONLY | O_CLOEXEC);

	(void)context;
	for (unsigned int i = 0; i < 20; i++)
		if (read(fd, buffer, sizeof(buffer)) <= 0)
			break;
	return close(fd);
}

static int load_sleep(void *context)
{
	(void)context;
	return usleep(chance() % 5000);
}

static const struct kind load_kinds[] = {
	{ "fork", 4, load_fork, DONE },
	{ "exec", 4, load_exec, DONE },
	{ "threads", 2, load_threads, DONE },
	{ "map", 3, load_map, DONE },
	{ "deep", 3, load_deep, DONE },
	{ "signals", 2, load_signals, DONE },
	{ "kernel", 2, load_kernel, DONE },
	{ "sleep", 1, load_sleep, DONE },
	{ NULL, 0, NULL, DONE },
};

static void load_process(uint32_t seed, uint32_t number)
{
	chance_seed(seed, number);
	signal(SIGCHLD, SIG_IGN);
	/* Those that control come first. */
	nice(10);
	while (!over())
		act(load_kinds, shared->load, NULL);
}

#endif
