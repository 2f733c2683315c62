// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: lockstep SECONDS HZ [no-jitter]
 * Works for half of each period, in step with the sampler's own, and sleeps for the
 * other half. Prints what share of the points found it at work, and what share of the
 * time it was by its own clock; exit status 0 if the first is within 3 points of the
 * second or, with no-jitter, off by 20 at least.
 */
#include <math.h>
#include <sched.h>
#include <sys/prctl.h>

#include "tally.h"

static uint32_t self;
static uint64_t mine;

static void look(struct tally *t, unsigned int cpu, const struct ember_rec_thread *thread,
		 const struct ember_rec_stack *stack)
{
	(void)t, (void)cpu;
	mine += thread->tid == self && stack->context == EMBER_CONTEXT_TASK;
}

static void sleep_until(uint64_t when)
{
	struct timespec t = { when / 1000000000, when % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

int main(int argc, char **argv)
{
	struct ember_config config = { .ring_bytes = 1 << 20 };
	bool jitter = argc < 4;
	struct ember_status st;
	uint64_t begin, end, period, at, worked = 0;
	double share, truth;
	struct tally t;

	if (argc < 3)
		return 2;
	config.hz = atoi(argv[2]);
	if (!jitter)
		config.flags |= EMBER_CONFIG_NO_JITTER;
	self = getpid();
	prctl(PR_SET_TIMERSLACK, 1);
	tally_open(&t, &config, look);
	period = t.reader.config.period_ns;
	tally_start(&t);
	begin = reader_now();
	end = begin + atoi(argv[1]) * 1000000000ull;
	/* Without jitter the points lie in the middle of what follows `begin`. */
	for (at = begin + period; at < end; at += period) {
		uint64_t from;

		sleep_until(at + period / 4);
		from = reader_now();
		tally_spin(at + 3 * period / 4);
		worked += reader_now() - from;
	}
	end = reader_now();
	tally_stop(&t);
	tally_status(&t, 0, &st);
	share = 100.0 * mine / st.counters.points;
	truth = 100.0 * worked / (end - begin);
	printf("# %s jitter: %.2f %% of %llu points, %.2f %% of the time\n",
	       jitter ? "with" : "without", share, (unsigned long long)st.counters.points,
	       truth);
	if (t.bad || truth < 45 || truth > 55)
		return 1;
	return jitter ? fabs(share - truth) > 3 : fabs(share - truth) < 20;
}
