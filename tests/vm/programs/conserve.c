// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: conserve HZ SECONDS
 * On each CPU a process works and sleeps. A first session learns which ring the status
 * recommends; the second has that, and its reader stalls for a second in the middle.
 * Then, on each CPU, every point of the grid that the time held has ended in one
 * counter, give or take two; every record parses; nothing was lost.
 */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tally.h"

#define CPUS READER_RINGS

static unsigned int number, failures;

static void ok(bool good, const char *what, unsigned int cpu)
{
	printf("%sok %u - %s, CPU %u\n", good ? "" : "not ", ++number, what, cpu);
	failures += !good;
}

static __attribute__((noinline)) unsigned int deep(unsigned int depth, uint64_t until)
{
	unsigned int turns = 0;

	if (depth)
		return deep(depth - 1, until) + 1;
	while (reader_now() < until) {
		turns += getppid() & 1;
		for (volatile unsigned int i = 0; i < 2000; i++)
			;
	}
	return turns;
}

/* Stacks of all depths, in user and kernel mode, and naps between them. */
static void work(unsigned int cpu)
{
	cpu_set_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		reader_die("sched_setaffinity");
	for (unsigned int turn = 0;; turn++) {
		deep(turn % 20, reader_now() + 400000);
		usleep(turn % 50 ? 400 : 50000);
	}
}

static void run(struct tally *t, unsigned int seconds, bool stall)
{
	uint64_t begin = reader_now();
	bool stalled = !stall;

	while (reader_now() - begin < seconds * 1000000000ull) {
		usleep(20000);
		tally_read(t);
		if (!stalled && reader_now() - begin > seconds * 300000000ull) {
			uint64_t end = reader_now() + 1000000000;

			while (reader_now() < end)
				usleep(end > reader_now() + 999 ? (end - reader_now()) / 1000 :
								  1);
			stalled = true;
		}
	}
}

int main(int argc, char **argv)
{
	struct ember_config config = { .hz = argc > 1 ? atoi(argv[1]) : 0,
				       .ring_bytes = 1 << 20 };
	unsigned int seconds = argc > 2 ? atoi(argv[2]) : 0;
	unsigned int cpus = sysconf(_SC_NPROCESSORS_ONLN), i;
	struct ember_status st;
	pid_t child[CPUS];
	uint64_t time[4];
	struct tally t;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!config.hz || !seconds || cpus > CPUS)
		return 2;
	for (i = 0; i < cpus; i++) {
		child[i] = fork();
		if (!child[i])
			work(i);
	}
	tally_open(&t, &config, NULL);
	tally_start(&t);
	run(&t, 2, false);
	tally_status(&t, EMBER_STATUS_CPU_ALL, &st);
	tally_stop(&t);
	tally_close(&t);
	config.ring_bytes = st.ring_recommended;
	printf("# recommended: %u bytes\n", config.ring_bytes);

	tally_open(&t, &config, NULL);
	time[0] = reader_now();
	tally_start(&t);
	time[1] = reader_now();
	run(&t, seconds, true);
	time[2] = reader_now();
	if (ioctl(t.reader.fd, EMBER_IOC_STOP))
		reader_die("stop");
	time[3] = reader_now();
	tally_read(&t);
	for (i = 0; i < cpus; i++)
		kill(child[i], SIGKILL);
	while (wait(NULL) > 0)
		;

	printf("# START took %llu us, STOP %llu us, between them %llu us\n",
	       (unsigned long long)(time[1] - time[0]) / 1000,
	       (unsigned long long)(time[3] - time[2]) / 1000,
	       (unsigned long long)(time[2] - time[1]) / 1000);
	for (i = 0; i < cpus; i++) {
		const struct ember_counters *c = &st.counters;
		uint64_t period = t.reader.config.period_ns;
		uint64_t least = (time[2] - time[1]) / period;
		uint64_t most = (time[3] - time[0]) / period;

		tally_status(&t, i, &st);
		printf("# CPU %u: %llu points of %llu to %llu: sampled %llu lost %llu filtered %llu idle %llu skipped %llu\n",
		       i, (unsigned long long)c->points, (unsigned long long)least,
		       (unsigned long long)most, (unsigned long long)c->points_sampled,
		       (unsigned long long)c->points_lost,
		       (unsigned long long)c->points_filtered,
		       (unsigned long long)c->points_idle,
		       (unsigned long long)c->points_skipped);
		ok(c->points + 2 >= least && c->points <= most + 2,
		   "as many points as the time holds", i);
		ok(c->points == c->points_sampled + c->points_lost + c->points_filtered +
					c->points_idle + c->points_skipped,
		   "each in one counter", i);
		ok(t.ring[i].samples == c->points_sampled, "samples read = counted", i);
		ok(t.ring[i].lost == c->points_lost && t.ring[i].skipped == c->points_skipped,
		   "losses reported = counted", i);
		ok(!c->points_lost, "nothing lost", i);
		ok(c->points_sampled && c->points_idle, "both busy and idle", i);
	}
	ok(!t.bad, "every record parses, up to", cpus - 1);
	tally_close(&t);
	return failures != 0;
}
