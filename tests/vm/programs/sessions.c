// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of sessions: sessions GROUP. What a session had is released with it, and nobody
 * else's samples change.
 */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "watcher.h"

#define HIGH_HZ 10000

/* Where in its period most of a session's points on CPU 0 lie, ns. */
static uint64_t phase(const struct session *s)
{
	const struct ember_ring_head *head = s->head[0];
	uint32_t at = 0, votes = 0;
	uint64_t time = 0, most = 0;

	while (at != head->head) {
		const struct ember_record *r =
			(const void *)((const uint8_t *)head + head->page_bytes + at);
		const struct ember_rec_sample *sample = (const void *)r;

		at += r->size;
		if (r->type == EMBER_REC_TIME)
			time = ((const struct ember_rec_time *)r)->time;
		if (r->type != EMBER_REC_SAMPLE)
			continue;
		time += (uint32_t)(sample->time - (uint32_t)time);
		if (!votes)
			most = time % s->config.period_ns;
		votes += most == time % s->config.period_ns ? 1 : -1;
	}
	return most;
}

/*
 * Two of one rate that are started at once: never due at once. Under icount, where ticks
 * come in time.
 */
static void group_apart(void)
{
	uint8_t first = 1;
	struct session s[2];
	uint64_t distance, period;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		s[i] = (struct session){ .config = { .hz = 100,
						     .flags = EMBER_CONFIG_NO_JITTER,
						     .ring_bytes = 256 * 1024,
						     .cpus = (uintptr_t)&first,
						     .cpus_bytes = 1 } };
		if (!ok(!session_open(&s[i]), "a session"))
			return;
	}
	ok(!ioctl(s[0].fd, EMBER_IOC_START) && !ioctl(s[1].fd, EMBER_IOC_START), "start both");
	for (i = 0; i < 2 * query(watcher).nr_cpus; i++)
		if (!fork()) {
			burn(now() + 1000000000);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	ok(!ioctl(s[0].fd, EMBER_IOC_STOP) && !ioctl(s[1].fd, EMBER_IOC_STOP), "stop both");
	period = s[0].config.period_ns;
	distance = (phase(&s[0]) + period - phase(&s[1])) % period;
	printf("# %llu and %llu of %llu ns\n", (unsigned long long)phase(&s[0]),
	       (unsigned long long)phase(&s[1]), (unsigned long long)period);
	ok(distance >= period / 8 && distance <= period - period / 8, "an eighth apart");
	for (i = 0; i < 2; i++)
		session_close(&s[i]);
}

static void group_two(void)
{
	struct session a = { .config = { .hz = 199, .ring_bytes = 256 * 1024 } };
	struct session b = { .config = { .hz = 997, .ring_bytes = 256 * 1024 } };
	struct ember_counters ca, cb;
	uint64_t a0, a1, a2, a3, b0, b1, b2, b3;
	unsigned int cpu, cpus = query(watcher).nr_cpus;

	if (!ok(!session_open(&a) && !session_open(&b), "two sessions"))
		return;
	a0 = now();
	ok(!ioctl(a.fd, EMBER_IOC_START), "start the one");
	a1 = now();
	burn(now() + 300000000);
	b0 = now();
	ok(!ioctl(b.fd, EMBER_IOC_START), "start the other");
	b1 = now();
	burn(now() + 1500000000);
	sleep_ms(300);
	a2 = now();
	ok(!ioctl(a.fd, EMBER_IOC_STOP), "stop the one");
	a3 = now();
	burn(now() + 300000000);
	b2 = now();
	ok(!ioctl(b.fd, EMBER_IOC_STOP), "stop the other");
	b3 = now();
	for (cpu = 0; cpu < cpus; cpu++) {
		if (!a.head[cpu])
			continue;
		ca = counters(&a, cpu);
		cb = counters(&b, cpu);
		/* Started between x0 and x1, stopped between x2 and x3; 1 for the phase. */
		ok(ca.points + 2 >= (a2 - a1) / a.config.period_ns &&
			   ca.points <= (a3 - a0) / a.config.period_ns + 2,
		   "points at 199 Hz");
		ok(cb.points + 2 >= (b2 - b1) / b.config.period_ns &&
			   cb.points <= (b3 - b0) / b.config.period_ns + 2,
		   "points at 997 Hz");
		ok(settled(&ca) && settled(&cb), "each in one counter");
		printf("# cpu %u: %llu and %llu points, %llu and %llu sampled\n", cpu,
		       (unsigned long long)ca.points, (unsigned long long)cb.points,
		       (unsigned long long)ca.points_sampled,
		       (unsigned long long)cb.points_sampled);
	}
	drain(&a);
	drain(&b);
	ca = counters(&a, EMBER_STATUS_CPU_ALL);
	cb = counters(&b, EMBER_STATUS_CPU_ALL);
	ok(a.samples == ca.points_sampled && !a.bad, "the one's records");
	ok(b.samples == cb.points_sampled && !b.bad, "the other's records");
	ok(ca.points_sampled > 30 && cb.points_sampled > 100, "there are some");
	session_close(&a);
	ok(query(watcher).nr_sessions == 1, "one is left");
	session_close(&b);
	ok(all_released(), "all released");
}

/* A family tree that is deeper than any climb: who descends from somebody that was sampled is
 * of the same tree.
 */
#define DEEP 300

static void descend(void)
{
	unsigned int left = DEEP;

	do {
		burn(now() + 4000000);
		if (fork()) {
			wait(NULL);
			_exit(0);
		}
	} while (--left);
	prctl(PR_SET_NAME, "leaf");
	burn(now() + 300000000);
	_exit(0);
}

static bool sampled(const struct session *s, const char *comm)
{
	const struct ember_ring_head *head = s->head[0];
	uint32_t at = 0;

	while (at != head->head) {
		const struct ember_record *r =
			(const void *)((const uint8_t *)head + head->page_bytes + at);

		if (r->type == EMBER_REC_THREAD &&
		    !strcmp(((const struct ember_rec_thread *)r)->comm, comm))
			return true;
		at += r->size;
	}
	return false;
}

static void group_deep(void)
{
	uint8_t first = 1;
	int go[2];
	uint32_t id[100];
	char byte = 0;
	struct session s = { .config = { .hz = 2000,
					 .filter = EMBER_FILTER_TREE,
					 .nr_ids = 100,
					 .ids = (uintptr_t)id,
					 .ring_bytes = 1 << 20,
					 .cpus = (uintptr_t)&first,
					 .cpus_bytes = 1 } };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	if (!ok(!pipe(go), "a pipe"))
		return;
	id[0] = fork();
	if (!id[0]) {
		if (read(go[0], &byte, 1) == 1)
			descend();
		_exit(1);
	}
	/* The same one twice is one. */
	for (unsigned int i = 1; i < 100; i++)
		id[i] = id[0];
	if (!ok(!session_open(&s) && !ioctl(s.fd, EMBER_IOC_START), "a session"))
		return;
	ok(write(go[1], &byte, 1) == 1 && wait(NULL) > 0, "a deep tree");
	ok(!ioctl(s.fd, EMBER_IOC_STOP), "stop");
	ok(sampled(&s, "leaf"), "who is 300 generations down");
	ok(status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).nr_ids == 100,
	   "ids as given");
	session_close(&s);
	ok(all_released(), "all released");
}

static bool readable(const struct session *s, int ms)
{
	struct pollfd wait = { .fd = s->fd, .events = POLLIN };

	return poll(&wait, 1, ms) == 1 && wait.revents == POLLIN;
}

/* A process to be sampled that burns, or sleeps. */
static pid_t other(bool burns)
{
	pid_t pid = fork();

	while (!pid)
		burns ? burn(now() + 1000000000) : (void)pause();
	return pid;
}

static void group_poll(void)
{
	struct session s = { .config = { .hz = 997,
					 .filter = EMBER_FILTER_PROCESSES,
					 .nr_ids = 1,
					 .ring_bytes = 64 * 1024,
					 .watermark_bytes = 2048 } };
	struct session late = s;
	uint32_t burns, sleeps, files;
	uint64_t began;

	burns = other(true);
	sleeps = other(false);
	s.config.ids = (uintptr_t)&burns;
	late.config.ids = (uintptr_t)&burns;
	late.config.watermark_bytes = 0;
	late.config.latency_ms = 50;
	s.fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	ok(!readable(&s, 100), "a new session has nothing to read");
	close(s.fd);
	if (!ok(!session_open(&s) && !session_open(&late), "sessions"))
		return;
	ok(!readable(&s, 100), "nor has one that isn't running");
	began = now();
	ok(!ioctl(s.fd, EMBER_IOC_START), "start");
	/* Newly defined files make the session readable, too, but only once. */
	for (files = 0; files < 10 && !(readable(&s, 10000) && readable(&s, 0)); files++)
		;
	ok(files < 10, "readable at the watermark");
	printf("# %llu ms to 2048 bytes\n", (unsigned long long)(now() - began) / 1000000);
	ok(readable(&s, 0) && readable(&s, 0), "level-triggered");
	ok(!ioctl(s.fd, EMBER_IOC_STOP) && readable(&s, 0), "and at the end");
	drain(&s);
	readable(&s, 0);
	ok(!readable(&s, 100), "not when all is read");
	session_close(&s);
	ok(!ioctl(late.fd, EMBER_IOC_START), "start");
	ok(readable(&late, 10000), "readable after the latency");
	drain(&late);
	ok(s.samples > 0, "there is something to read");
	session_close(&late);

	s = (struct session){ .config = { .hz = 997,
					  .filter = EMBER_FILTER_PROCESSES,
					  .ids = (uintptr_t)&sleeps,
					  .nr_ids = 1,
					  .latency_ms = 50 } };
	ok(!session_open(&s) && !ioctl(s.fd, EMBER_IOC_START), "start");
	ok(!readable(&s, 1000), "nobody is woken up for a process that sleeps");
	session_close(&s);
	kill(burns, SIGKILL);
	kill(sleeps, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	ok(all_released(), "all released");
}

/* As many as there may be, as fast as they may: more than a CPU can do, perhaps. */
static void group_storm(void)
{
	static struct session s[64];
	struct ember_query q = query(watcher);
	unsigned int i, n = q.max_sessions;
	struct ember_counters c;
	uint64_t began, points, least = UINT64_MAX, most = 0;
	uint32_t cpu;

	for (i = 0; i < n; i++) {
		s[i].config.hz = q.max_hz;
		s[i].config.ring_bytes = 65536;
		if (!ok(!session_open(&s[i]), "a session"))
			return;
	}
	began = now();
	for (i = 0; i < n; i++)
		ok(!ioctl(s[i].fd, EMBER_IOC_START), "start");
	burn(now() + 500000000);
	for (i = 0; i < n; i++)
		drain(&s[i]);
	burn(now() + 500000000);
	for (i = 0; i < n; i++)
		ok(!ioctl(s[i].fd, EMBER_IOC_STOP), "stop");
	points = (now() - began) / s[0].config.period_ns;
	for (i = 0; i < n; i++) {
		for (cpu = 0; cpu < q.nr_cpus; cpu++) {
			c = counters(&s[i], cpu);
			ok(settled(&c), "each point in one counter");
			ok(c.points <= points + 2, "no more points than time");
			least = c.points < least ? c.points : least;
			most = c.points > most ? c.points : most;
		}
		drain(&s[i]);
		c = counters(&s[i], EMBER_STATUS_CPU_ALL);
		ok(c.points_sampled && s[i].samples == c.points_sampled && !s[i].bad,
		   "samples read as counted");
	}
	printf("# %u sessions at %u Hz: %llu to %llu points of %llu a CPU\n", n, q.max_hz,
	       (unsigned long long)least, (unsigned long long)most,
	       (unsigned long long)points);
	for (i = 0; i < n; i++)
		session_close(&s[i]);
	ok(all_released(), "all released");
}

int main(int argc, char **argv)
{
	static const struct group groups[] = {
		{ "two", group_two },	{ "apart", group_apart }, { "deep", group_deep },
		{ "poll", group_poll }, { "storm", group_storm },
	};

	watcher = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	if (watcher < 0) {
		perror("# " EMBER_DEVICE);
		return 1;
	}
	return groups_main(argc, argv, groups, sizeof(groups) / sizeof(groups[0]));
}
