/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to the machine meanwhile: CPUs go off and on line, real-time tasks keep
 * theirs, the machine sleeps, the module goes and comes back.
 */
#ifndef GUEST_STRESS_AROUND_H
#define GUEST_STRESS_AROUND_H

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "stress.h"

#define MODULE "/lab/emberprof.ko"

static int online(unsigned int cpu, bool on)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	return put(path, on ? "1" : "0");
}

static int around_hotplug(void *context)
{
	unsigned int cpus = sysconf(_SC_NPROCESSORS_CONF), cpu;

	(void)context;
	if (cpus < 2) {
		errno = ENODEV;
		return -1;
	}
	cpu = 1 + chance() % (cpus - 1);
	if (online(cpu, false))
		return -1;
	usleep(chance() % 30000);
	return online(cpu, true);
}

/* Above all that isn't real-time, for a while. */
static int around_fifo(void *context)
{
	uint32_t ms = 20 + chance() % 100, cpu = chance() % 4;
	struct sched_param param = { .sched_priority = 40 };
	pid_t pid = fork();
	cpu_set_t one;

	(void)context;
	if (pid < 0)
		return -1;
	if (!pid) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		if (sched_setscheduler(0, SCHED_FIFO, &param))
			_exit(1);
		burn(now() + ms * 1000000ull);
		_exit(0);
	}
	usleep(ms * 1000);
	return 0;
}

/* Suspended as far as the suite says (pm_test), and resumed a second later. */
static int around_suspend(void *context)
{
	uint64_t last = __atomic_load_n(&shared->suspended, __ATOMIC_RELAXED);

	(void)context;
	if (access("/tmp/suspends", F_OK))
		return -1;
	if (now() < last + 10000000000ull ||
	    !__atomic_compare_exchange_n(&shared->suspended, &last, now(), false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		errno = EAGAIN;
		return -1;
	}
	return put("/sys/power/state", "mem");
}

/* Out, while processes are sampled, and in again with other parameters. */
static int around_module(void *context)
{
	static const char *const parameters[] = {
		"max_sessions=8 max_walk_us=100000 boot=1 boot_ring_bytes=16384",
		"max_sessions=8 max_walk_us=5 max_bytes=4194304",
		"max_sessions=3 tracepoints=0 max_table_bytes=600000",
		"max_sessions=8 max_hz=50000 max_walk_us=0 boot=1 boot_hz=9999",
	};
	uint64_t until = now() + 30000000000ull;
	int fd, result;

	(void)context;
	if (__atomic_exchange_n(&shared->reloading, 1, __ATOMIC_ACQUIRE)) {
		errno = EBUSY;
		return -1;
	}
	if (one_in(4)) {
		/* While sessions are there: busy, as a rule. */
		result = syscall(SYS_delete_module, "emberprof", O_NONBLOCK);
	} else {
		__atomic_store_n(&shared->leave, 1, __ATOMIC_RELAXED);
		do
			result = syscall(SYS_delete_module, "emberprof", O_NONBLOCK);
		while (result && !usleep(2000) && now() < until);
	}
	if (!result) {
		fd = open(MODULE, O_RDONLY | O_CLOEXEC);
		result = syscall(SYS_finit_module, fd, parameters[chance() % 4], 0);
		/* Without memory it isn't there again, when allocations fail on purpose. */
		while (result && errno == ENOMEM && now() < until)
			result = syscall(SYS_finit_module, fd, parameters[0], 0);
		close(fd);
		if (result)
			printf("# the module didn't come back: %s\n", strerror(errno));
	}
	__atomic_store_n(&shared->leave, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&shared->reloading, 0, __ATOMIC_RELEASE);
	return result;
}

static const struct kind around_kinds[] = {
	{ "hotplug", 10, around_hotplug, OPTIONAL },
	{ "fifo", 8, around_fifo, DONE },
	{ "module", 6, around_module, BOTH },
	{ "suspend", 3, around_suspend, OPTIONAL },
	{ NULL, 0, NULL, DONE },
};

static void around_process(uint32_t seed, uint32_t number)
{
	chance_seed(seed, number);
	while (!over()) {
		usleep(chance() % 400000);
		act(around_kinds, shared->around, NULL);
	}
}

#endif
