// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: counters [alone | bursts | take CPU]
 * In the guest: hardware counters with the clock's samples, of functions that execute a known
 * number of instructions. TAP on stdout. alone, bursts: only execute them, and print how many.
 * take: all counters of that CPU's PMU, until it is killed.
 */
#include <linux/perf_event.h>
#include <sys/syscall.h>

#include "session.h"
#include "tally.h"

#define TURN  100 /* instructions */
#define ADDS  14000000ul /* turns of a stretch */
#define LOADS 6000000ul
#define BURST 20000ul

static int number, failures;

static void check(bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, what);
	failures += !good;
}

#if defined(__aarch64__)
#define ADD  "add x9, x9, #1"
#define LOAD "ldr x9, [sp]"
#define NEXT "subs %0, %0, #1\n\tb.ne 1b"
#define USED "x9", "cc"
#elif defined(__x86_64__)
#define ADD  "add $1, %%rdx"
#define LOAD "mov (%%rsp), %%rdx"
#define NEXT "sub $1, %0\n\tjne 1b"
#define USED "rdx", "cc"
#elif defined(__arm__)
#define ADD  "add r3, r3, #1"
#define LOAD "ldr r3, [sp]"
#define NEXT "subs %0, %0, #1\n\tbne 1b"
#define USED "r3", "cc"
#else
#define ADD  "addi t0, t0, 1"
#define LOAD "ld t0, 0(sp)"
#define NEXT "addi %0, %0, -1\n\tbnez %0, 1b"
#define USED "t0"
#endif

/* In pages of code of their own, so that a frame's address says which it is. */
#define KNOWN_BYTES 1024
#define KNOWN	    __attribute__((noinline, aligned(KNOWN_BYTES)))
#define TURNS(what) \
	__asm__ volatile("1:\n\t.rept 98\n\t" what "\n\t.endr\n\t" NEXT : "+r"(turns) : : USED)

KNOWN void known_adds(unsigned long turns)
{
	TURNS(ADD);
}

KNOWN void known_loads(unsigned long turns)
{
	TURNS(LOAD);
}

KNOWN void known_burst(unsigned long turns)
{
	TURNS(ADD);
}

static uint64_t executed[3];

/* 70 % and 30 % of two thousand million instructions. */
static void alone(void)
{
	known_adds(ADDS);
	executed[0] += ADDS * TURN;
	known_loads(LOADS);
	executed[1] += LOADS * TURN;
}

/* 2 of each 10 ms, at a thousand million a second, and at the end a tenth of a second. */
static void bursts(void)
{
	for (int i = 0; i < 150; i++) {
		known_burst(BURST);
		executed[2] += BURST * TURN;
		usleep(8000);
	}
	known_burst(50 * BURST);
	executed[2] += 50 * BURST * TURN;
}

static uint64_t seen[3], seen_cpu[3], seen_all;

static int known(const struct ember_rec_stack *stack)
{
	static const uintptr_t begin[] = { (uintptr_t)known_adds, (uintptr_t)known_loads,
					   (uintptr_t)known_burst };
	unsigned int i, k;

	for (i = stack->nr_kernel; i < (unsigned int)stack->nr_kernel + stack->nr_user; i++)
		for (k = 0; k < 3; k++)
			if (stack->frames[i] - begin[k] < KNOWN_BYTES)
				return k;
	return -1;
}

static const struct ember_rec_stack *last;

static void on_sample(struct tally *t, unsigned int cpu, const struct ember_rec_thread *thread,
		      const struct ember_rec_stack *stack)
{
	int k = known(stack);

	(void)t, (void)cpu, (void)thread;
	last = stack;
	if (k >= 0)
		seen_cpu[k]++;
}

static void on_weighted(struct tally *t, const struct ember_rec_weighted *weighted,
			const struct ember_rec_event *event,
			const struct ember_rec_thread *thread,
			const struct ember_rec_stack *stack)
{
	int k = known(stack);

	(void)thread;
	/* It belongs to the sample before it. */
	if (event->period != 1 || event->unit != EMBER_UNIT_COUNT || stack != last)
		t->bad++;
	else if (event->type == EMBER_EVENT_INSTRUCTIONS) {
		seen_all += weighted->weight;
		if (k >= 0)
			seen[k] += weighted->weight;
	}
}

static struct tally tally;
static struct ember_event events[4];
static unsigned int nr_events;

static const struct {
	uint32_t type;
	uint64_t feature;
} kinds[] = {
	{ EMBER_EVENT_INSTRUCTIONS, EMBER_FEATURE_INSTRUCTIONS },
	{ EMBER_EVENT_CYCLES, EMBER_FEATURE_CYCLES },
	{ EMBER_EVENT_CACHE_MISSES, EMBER_FEATURE_CACHE_MISSES },
	{ EMBER_EVENT_BRANCH_MISSES, EMBER_FEATURE_BRANCH_MISSES },
};

static void begin(unsigned int hz, uint32_t *id, unsigned int ring_bytes)
{
	const struct ember_config config = tally_config(hz, id, ring_bytes, events, nr_events);

	tally_open(&tally, &config, on_sample);
	tally.weighted = on_weighted;
	memset(seen, 0, sizeof(seen));
	seen_all = 0;
	memset(seen_cpu, 0, sizeof(seen_cpu));
	memset(executed, 0, sizeof(executed));
	tally_start(&tally);
}

static struct ember_event_counters end(struct ember_counters *clock)
{
	struct ember_status st;

	tally_stop(&tally);
	tally_status(&tally, EMBER_STATUS_CPU_ALL, &st);
	*clock = st.counters;
	return st.events[0];
}

static bool within(int k, double part)
{
	printf("# %llu of %llu instructions, %+.2f %%, in %llu samples\n",
	       (unsigned long long)seen[k], (unsigned long long)executed[k],
	       (double)seen[k] * 100 / executed[k] - 100, (unsigned long long)seen_cpu[k]);
	return seen[k] >= executed[k] * (1 - part) && seen[k] <= executed[k] * (1 + part);
}

static void of_functions(void)
{
	struct ember_event_counters c;
	struct ember_counters clock;

	begin(499, NULL, 1 << 20);
	alone();
	c = end(&clock);
	check(within(0, 0.01), "instructions of a function, within 1 %");
	check(within(1, 0.01), "and of another one");
	check(c.type == EMBER_EVENT_INSTRUCTIONS && c.period == 1 && !tally.bad &&
		      c.occurred == clock.points_sampled + clock.points_lost &&
		      c.sampled + c.lost == c.occurred && !c.lost &&
		      c.sampled_weight == c.weight && tally.event_lost == 0 && settled(&clock),
	      "each sample of the clock has a value");
	tally_close(&tally);
}

/*
 * Most bursts end between two points of the clock, and all that was counted since the last sample
 * goes to what the next one finds. Only what follows the very last one is missing.
 */
static void of_bursts(void)
{
	struct ember_counters clock;

	begin(97, NULL, 1 << 20);
	bursts();
	end(&clock);
	within(2, 0);
	printf("# %llu in all stacks\n", (unsigned long long)seen_all);
	check(seen_all > executed[2] * 0.94 && seen_all < executed[2] * 1.03,
	      "instructions between samples, of a CPU that is idle at times");
	tally_close(&tally);
}

static void of_filter(void)
{
	struct ember_event_counters c;
	struct ember_counters clock;
	uint32_t init = 1;

	begin(997, &init, 1 << 20);
	known_adds(ADDS / 10);
	c = end(&clock);
	printf("# %llu filtered of %llu, %llu instructions\n", (unsigned long long)c.filtered,
	       (unsigned long long)c.occurred, (unsigned long long)c.weight);
	check(c.filtered == clock.points_filtered && c.filtered > 50 &&
		      c.weight >= ADDS / 10 * TURN * 9 / 10 && !c.sampled_weight,
	      "a filtered sample takes its counts with it");
	tally_close(&tally);
}

static void of_losses(void)
{
	struct ember_event_counters c;
	struct ember_counters clock;

	begin(9973, NULL, sysconf(_SC_PAGESIZE));
	known_adds(ADDS / 10);
	tally_read(&tally);
	c = end(&clock);
	printf("# %llu lost, %llu in records, of %llu\n", (unsigned long long)c.lost,
	       (unsigned long long)tally.event_lost, (unsigned long long)c.occurred);
	check(c.lost && c.lost == clock.points_lost && c.sampled + c.lost == c.occurred &&
		      tally.event_lost == c.lost * nr_events,
	      "what a full ring loses is counted");
	tally_close(&tally);
}

#define TAKEN 32

/* Opens counters of cycles on a CPU, more than any PMU has. Returns how many it was given. */
static unsigned int take(int cpu, int fd[TAKEN])
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.pinned = 1,
	};
	unsigned int nr = 0;
	int i;

	for (i = 0; i < TAKEN; i++) {
		uint64_t count;

		fd[i] = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0);
		/* One that found no room reads as the end of a file. */
		nr += fd[i] >= 0 && read(fd[i], &count, sizeof(count)) == sizeof(count);
	}
	return nr;
}

static void config_refused(uint32_t hz, const struct ember_event *list, uint32_t nr, int error,
			   const char *what)
{
	struct ember_config config = {
		.size = sizeof(config), .hz = hz, .events = (uintptr_t)list, .nr_events = nr
	};
	int fd = device();

	refused(ioctl(fd, EMBER_IOC_CONFIG, &config), error, what);
	close(fd);
}

/* Each differs from what is accepted in that one thing. */
static void of_refusals(uint64_t features)
{
	struct ember_event one[2] = { { .type = EMBER_EVENT_INSTRUCTIONS, .period = 1 } };
	int gone = features & EMBER_FEATURE_INSTRUCTIONS ? 0 : EOPNOTSUPP;
	unsigned int i;

	config_refused(99, one, 1, gone, "instructions with a clock");
	config_refused(0, one, 1, gone ? gone : EINVAL, "without a clock");
	one[0].period = 2;
	config_refused(99, one, 1, gone ? gone : EINVAL, "a period of 2");
	one[0].period = 0;
	config_refused(99, one, 1, EINVAL, "a period of 0");
	one[0].period = 1;
	one[1] = one[0];
	config_refused(99, one, 2, gone ? gone : EINVAL, "the counter twice");
	one[0].flags = 1;
	config_refused(99, one, 1, EINVAL, "a flag");
	one[0].flags = 0;
	one[0].type = EMBER_EVENT_BRANCH_MISSES + 1;
	config_refused(99, one, 1, EINVAL, "a counter that there isn't");
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		one[0].type = kinds[i].type;
		config_refused(99, one, 1, features & kinds[i].feature ? 0 : EOPNOTSUPP,
			       "a counter as QUERY says");
	}
	check(!cases_failed && (!gone || !(features & EMBER_FEATURE_CYCLES) ||
				features & EMBER_FEATURE_COUNTERS),
	      "CONFIG refuses what it can't count");
}

/* perf took all counters of the only CPU before. */
static void of_taken(void)
{
	struct ember_event one = { .type = EMBER_EVENT_INSTRUCTIONS, .period = 1 };
	unsigned int before = cases_failed, nr;
	int fd[TAKEN], i;

	nr = take(0, fd);
	printf("# perf has %u counters of %u\n", nr, TAKEN);
	config_refused(99, &one, 1, ENOSPC, "no counter is left");
	for (i = 0; i < TAKEN; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	config_refused(99, &one, 1, 0, "perf has given them back");
	check(nr && nr < TAKEN && cases_failed == before,
	      "CONFIG refuses where no counter is left");
}

int main(int argc, char **argv)
{
	uint64_t features;
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3) {
		int fd[TAKEN];

		printf("%u taken\n", take(atoi(argv[2]), fd));
		pause();
		return 1;
	}
	if (argc == 2) {
		!strcmp(argv[1], "bursts") ? bursts() : alone();
		printf("%llu known_adds\n%llu known_loads\n%llu known_burst\n",
		       (unsigned long long)executed[0], (unsigned long long)executed[1],
		       (unsigned long long)executed[2]);
		return 0;
	}
	i = device();
	features = query(i).features;
	close(i);
	of_refusals(features);
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (features & kinds[i].feature)
			events[nr_events++] =
				(struct ember_event){ .type = kinds[i].type, .period = 1 };
	if (!(features & EMBER_FEATURE_INSTRUCTIONS)) {
		printf("ok %d - counted # SKIP this CPU counts no instructions\n", ++number);
		return failures;
	}
	of_functions();
	of_bursts();
	of_filter();
	of_losses();
	of_taken();
	return failures;
}
