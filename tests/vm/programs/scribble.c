// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reader that scribbles on its control pages while every CPU is sampled at the
 * highest rate: it loses samples, each of them counted, and nothing else.
 */
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "chance.h"
#include "session.h"

/* A tail that may be a little wrong, quite wrong, or right. */
static uint32_t tail_of(const struct ember_ring_head *head, uint32_t bytes)
{
	uint32_t at = *(volatile const uint32_t *)&head->head;

	switch (chance() % 8) {
	case 0: return at;
	case 1: return at + 8;
	case 2: return at - bytes;
	case 3: return at - bytes - 8;
	case 4: return at - (chance() & (bytes - 1));
	case 5: return at - bytes + 3;
	case 6: return at + (1u << 31);
	}
	return chance();
}

static void scribble(const struct session *s, uint32_t ring)
{
	volatile uint32_t *word = (volatile uint32_t *)s->control[ring];
	unsigned int i, words = s->page / 4;

	for (i = 1; i < 16; i++)
		word[i] = chance();
	for (i = 16; i < words; i += 1 + chance() % 64)
		word[i] = chance();
	for (i = 0; i < 16; i++)
		word[0] = tail_of(s->head[ring], s->config.ring_bytes);
}

/* Create address spaces, so that the last ring gets records. */
static void child(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl("/proc/self/exe", "scribble", "child", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

/*
 * A tail that stays wrong. The module believes the last good one until what that left
 * free is used up: after this nothing may be written any more.
 */
static void lies(struct session *s, uint32_t away, const char *what)
{
	struct ember_counters before, after;
	uint64_t end = now() + 3000000000ull;
	uint32_t i;

	for (i = 0; i < s->config.nr_rings - 1; i++)
		s->control[i]->tail = *(volatile uint32_t *)&s->head[i]->head + away;
	after = counters(s, EMBER_STATUS_CPU_ALL);
	do {
		before = after;
		burn(now() + 100000000);
		after = counters(s, EMBER_STATUS_CPU_ALL);
	} while (after.points_sampled != before.points_sampled && now() < end);
	ok(after.points_sampled == before.points_sampled, what);
	ok(after.points_lost > before.points_lost, "and it's counted as lost");
}

int main(int argc, char **argv)
{
	struct session s = { .config = { .ring_bytes = 16 * 1024, .latency_ms = 10 } };
	struct ember_counters before, after, all;
	uint64_t end;
	uint32_t i, cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t load[64];

	if (argc == 2 && !strcmp(argv[1], "child")) {
		burn(now() + 5000000);
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	s.config.hz = argc == 2 ? atoi(argv[1]) : 10000;
	if (!ok(!session_open(&s), "a session"))
		return cases_end("scribble");
	for (i = 1; i < cpus; i++) {
		load[i] = fork();
		if (!load[i]) {
			cpu_set_t one;

			CPU_ZERO(&one);
			CPU_SET(i, &one);
			sched_setaffinity(0, sizeof(one), &one);
			burn(now() + 60000000000ull);
			_exit(0);
		}
	}
	ok(!ioctl(s.fd, EMBER_IOC_START), "start");
	for (end = now() + 3000000000ull; now() < end;) {
		for (i = 0; i < s.config.nr_rings; i++)
			scribble(&s, i);
		if (chance() % 1024 == 0)
			child();
	}
	all = counters(&s, EMBER_STATUS_CPU_ALL);
	ok(all.points_lost > 0 && all.points_sampled > 0, "some lost, some not");
	for (i = 0; i < s.config.nr_rings; i++)
		ok(s.head[i]->ring_bytes == s.config.ring_bytes &&
			   s.head[i]->page_bytes == s.page,
		   "the head page is as it was");

	lies(&s, 1u << 31, "tail half a world away: full");
	lies(&s, -s.config.ring_bytes - 64, "tail older than the ring: full");
	lies(&s, -s.config.ring_bytes, "the oldest tail that may be: full");

	for (i = 0; i < s.config.nr_rings; i++)
		s.control[i]->tail = *(volatile uint32_t *)&s.head[i]->head;
	before = counters(&s, EMBER_STATUS_CPU_ALL);
	for (end = now() + 1000000000ull; now() < end;) {
		burn(now() + 5000000);
		drain(&s);
	}
	child();
	ok(!ioctl(s.fd, EMBER_IOC_STOP), "stop");
	drain(&s);
	all = counters(&s, EMBER_STATUS_CPU_ALL);
	after = all;
	ok(after.points_sampled > before.points_sampled + s.config.hz / 20,
	   "sampled again when tail is sane again");
	ok(!s.bad, "and every record parses");
	/* A few were written between the two looks at the beginning. */
	ok(s.samples + s.config.hz / 5 >= after.points_sampled - before.points_sampled &&
		   s.samples <= after.points_sampled - before.points_sampled + s.config.hz / 5,
	   "as many as were counted");
	ok(s.lost > 0, "losses are reported in-band");
	ok(settled(&all), "each point in one counter");
	printf("# %llu points: sampled %llu, lost %llu, idle %llu, skipped %llu; %llu wake-ups, %llu definitions lost\n",
	       (unsigned long long)all.points, (unsigned long long)all.points_sampled,
	       (unsigned long long)all.points_lost, (unsigned long long)all.points_idle,
	       (unsigned long long)all.points_skipped, (unsigned long long)all.wakeups,
	       (unsigned long long)all.definitions_lost);
	for (i = 1; i < cpus; i++) {
		kill(load[i], SIGKILL);
		waitpid(load[i], NULL, 0);
	}
	session_close(&s);
	return cases_end("scribble");
}
