// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPUs that go off and on line while a session runs. Load is pinned to each, so a CPU
 * that is on line has a sample at each of its points.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "session.h"

#define HZ   100
#define CPUS 8

static unsigned int cpus;
static pid_t load[CPUS];

/* 0, or -1. The time before and after the switch, between which it happened. */
static int line(unsigned int cpu, bool on, uint64_t *before, uint64_t *after)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	fd = open(path, O_WRONLY);
	*before = now();
	err = fd < 0 || write(fd, on ? "1" : "0", 1) != 1 ? -1 : 0;
	*after = now();
	close(fd);
	return err;
}

static void pin(pid_t pid, unsigned int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(pid, sizeof(one), &one);
}

static void load_on(unsigned int cpu)
{
	load[cpu] = fork();
	if (load[cpu])
		return;
	pin(0, cpu);
	for (;;)
		burn_sink++;
}

static void load_off(unsigned int cpu)
{
	kill(load[cpu], SIGKILL);
	waitpid(load[cpu], NULL, 0);
}

/* Waits, and goes on reading. */
static void wait_ms(struct session *s, unsigned int ms)
{
	while (ms) {
		unsigned int part = ms < 50 ? ms : 50;

		sleep_ms(part);
		drain(s);
		ms -= part;
	}
}

struct look {
	struct ember_counters c;
	uint64_t time;
};

/* The counters of a CPU and the time that they are of, to 5 ms, if the host lets us. */
static void look(const struct session *s, unsigned int cpu, struct look *l)
{
	unsigned int tries = 20;
	uint64_t begin, end;

	do {
		begin = now();
		l->c = counters(s, cpu);
		end = now();
	} while (end - begin > 5000000 && --tries);
	l->time = begin + (end - begin) / 2;
}

/*
 * Each CPU under load for as long: samples a second within 5 % of those of CPU 0, which
 * never went. A host that is busy itself stops the emulated CPUs now and then; a point
 * that passes meanwhile is skipped. Where that is more than a few, starved allows to
 * count those as well.
 */
static bool level(struct session *s, bool starved)
{
	struct look before[CPUS], after[CPUS];
	double first = 0;
	unsigned int cpu;
	bool good = true;

	for (cpu = 0; cpu < cpus; cpu++)
		look(s, cpu, &before[cpu]);
	wait_ms(s, 3000);
	for (cpu = 0; cpu < cpus; cpu++)
		look(s, cpu, &after[cpu]);
	for (cpu = 0; cpu < cpus; cpu++) {
		double seconds = (after[cpu].time - before[cpu].time) / 1e9;
		uint64_t points = after[cpu].c.points - before[cpu].c.points;
		uint64_t sampled = after[cpu].c.points_sampled - before[cpu].c.points_sampled;
		uint64_t skipped = after[cpu].c.points_skipped - before[cpu].c.points_skipped;
		double rate = (sampled + (starved ? skipped : 0)) / seconds;

		if (!cpu)
			first = rate;
		printf("# cpu %u: %llu of %llu points sampled, %llu skipped%s: %.1f a second\n",
		       cpu, (unsigned long long)sampled, (unsigned long long)points,
		       (unsigned long long)skipped, starved ? ", which count too" : "", rate);
		good = good && sampled > points / 10 && rate > HZ / 2 && rate > first * 0.95 &&
		       rate < first * 1.05 && points > seconds * HZ * 0.95 &&
		       points < seconds * HZ * 1.05;
	}
	return good;
}

/* START and STOP know nothing of who switches CPUs meanwhile. */
static void *switcher(void *end)
{
	uint64_t b, a;

	while (now() < *(uint64_t *)end)
		if (line(1, false, &b, &a) || line(1, true, &b, &a))
			return "a switch failed";
	return NULL;
}

static void race(struct session *s)
{
	uint64_t end = now() + 3000000000ull;
	unsigned int turns = 0;
	pthread_t thread;
	void *said;

	pthread_create(&thread, NULL, switcher, &end);
	while (now() < end) {
		if (!ok(!ioctl(s->fd, EMBER_IOC_START) && !ioctl(s->fd, EMBER_IOC_STOP),
			"start and stop"))
			break;
		drain(s);
		turns++;
	}
	pthread_join(thread, &said);
	ok(!said, "CPUs go and come");
	printf("# %u times started and stopped while a CPU went and came\n", turns);
}

int main(void)
{
	struct session s = { .config = { .hz = HZ,
					 .ring_bytes = 256 * 1024,
					 .flags = EMBER_CONFIG_NO_JITTER } };
	struct ember_counters c, all, sum = { 0 };
	uint64_t b, a, up_least = 0, up_most = 0, began, began_b;
	unsigned int cpu, turn;
	bool good = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (!ok(cpus >= 3 && cpus <= CPUS, "three CPUs"))
		return cases_end("hotplug");
	if (!ok(!session_open(&s), "a session"))
		return cases_end("hotplug");
	pin(0, 0);
	/* The last CPU is off at START. */
	ok(!line(cpus - 1, false, &b, &a), "a CPU goes off line before START");
	began_b = now();
	ok(!ioctl(s.fd, EMBER_IOC_START), "start");
	began = now();
	ok(status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).cpus_online == cpus - 1,
	   "it isn't sampled");
	for (turn = 0; turn < 20; turn++) {
		/* CPU 1: up from `began`, down between b and a, up again. */
		wait_ms(&s, 20);
		if (!ok(!line(1, false, &b, &a), "off line"))
			break;
		up_least += b - began;
		up_most += a - began_b;
		c = counters(&s, 1);
		ok(!status(s.fd, EMBER_STATUS_SELF, 1).cpus_online, "not sampled any more");
		wait_ms(&s, 20);
		ok(counters(&s, 1).points == c.points, "off line there are no points");
		if (!ok(!line(1, true, &b, &a), "on line"))
			break;
		began_b = b;
		began = a;
		ok(status(s.fd, EMBER_STATUS_SELF, 1).cpus_online == 1, "sampled again");
	}
	/* A grid's phase and a last point for each time that it was started. */
	c = counters(&s, 1);
	up_least += now() - began;
	up_most += now() - began_b;
	ok(c.points + 2 * 21 >= up_least / s.config.period_ns &&
		   c.points <= up_most / s.config.period_ns + 2 * 21,
	   "points as long as it was on line");
	printf("# cpu 1: %llu points, %llu to %llu by the clock\n",
	       (unsigned long long)c.points,
	       (unsigned long long)(up_least / s.config.period_ns),
	       (unsigned long long)(up_most / s.config.period_ns));
	c = counters(&s, cpus - 1);
	ok(!c.points, "a CPU that is off line has no points");
	ok(!line(cpus - 1, true, &b, &a), "it comes");
	for (cpu = 0; cpu < cpus; cpu++)
		load_on(cpu);
	wait_ms(&s, 200);
	for (turn = 0; turn < 8 && !good; turn++)
		good = level(&s, turn > 2);
	ok(good, "each CPU sampled as the one that never went");
	for (cpu = 0; cpu < cpus; cpu++)
		load_off(cpu);

	/* One goes for good, and START and STOP don't mind. */
	ok(!line(1, false, &b, &a), "off line");
	ok(!ioctl(s.fd, EMBER_IOC_STOP) && !ioctl(s.fd, EMBER_IOC_START),
	   "stop and start without it");
	ok(!line(1, true, &b, &a), "on line");
	ok(!line(2, false, &b, &a), "another off line");
	ok(!ioctl(s.fd, EMBER_IOC_STOP), "stop");
	ok(!line(2, true, &b, &a), "on line while stopped");
	race(&s);
	ok(!status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).cpus_online,
	   "nobody is sampled");
	drain(&s);
	for (cpu = 0; cpu < cpus; cpu++) {
		c = counters(&s, cpu);
		ok(settled(&c), "each point in one counter");
		sum.points += c.points;
		sum.points_sampled += c.points_sampled;
		sum.points_lost += c.points_lost;
		sum.points_skipped += c.points_skipped;
	}
	all = counters(&s, EMBER_STATUS_CPU_ALL);
	ok(all.points == sum.points && settled(&all), "and all of them in the sum");
	ok(!s.bad && s.samples == sum.points_sampled, "samples read as counted");
	ok(s.lost == sum.points_lost && s.skipped == sum.points_skipped,
	   "losses reported as counted");
	session_close(&s);
	return cases_end("hotplug");
}
