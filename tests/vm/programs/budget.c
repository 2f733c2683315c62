// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: budget errors | load SECONDS | lost SECONDS PPM | shares SECONDS PPM | growth MIB PPM
 *	  | work SECONDS | idle SECONDS PPM | daemon SECONDS PPM PID
 * Sessions with a budget.
 *
 * errors: what EMBER_IOC_BUDGET refuses, and that 0 ends a budget.
 * load: 10 kHz under a load that comes and goes, with deep stacks. In no window do handlers
 *   take more than the budget of it and of 100 ms, in none of 10 s more than the budget; the
 *   rate recovers; each point ends in one counter.
 * lost: what this process itself finds missing while it samples, less what is missing
 *   without a session, is no more than the budget, and what the module charged.
 * shares: two functions that take 70 and 30 % of the time, one with deep stacks. Samples times
 *   their factors have these shares, and add up to the CPU time.
 * growth: a sample for each page, of so many MiB that are touched again and again. The period
 *   grows, and sums of weights stay.
 * idle: the CPU is idle ten thousand times a second, at each of which the timer would be stopped.
 * daemon: beside one with that budget: module and daemon together take no more in any 10 s.
 * work: deep stacks for so long, for others to sample.
 */
#include <sys/resource.h>

#include "reader.h"
#include "session.h"

#define HZ	      10000
#define PERIOD	      100000ull /* ns */
#define DEEP	      100
#define WEIGHT(shift) (1ull << (shift))

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* ---- stacks ---- */

__attribute__((noinline)) static void turns(uint64_t n)
{
	while (n--)
		for (int i = 0; i < 1000; i++)
			burn_sink += i;
}

/* Few looks at the clock: some libraries' functions hide their callers. */
__attribute__((noinline)) static void spin(uint64_t until)
{
	while (now() < until)
		for (int i = 0; i < 2000; i++)
			burn_sink += i;
}

/* Spend so much time below so many frames, or, if n isn't 0, do so much work. */
__attribute__((noinline)) static void descend_for(unsigned int depth, uint64_t ns, uint64_t n)
{
	if (depth)
		descend_for(depth - 1, ns, n);
	else if (n)
		turns(n);
	else
		spin(now() + ns);
	__asm__ volatile("" ::: "memory");
}

static void descend(unsigned int depth, uint64_t ns)
{
	descend_for(depth, ns, 0);
}

/* Return how long that much work takes. */
static uint64_t took(uint64_t n)
{
	uint64_t begun = now();

	descend_for(DEEP, 0, n);
	return now() - begun;
}

/* ---- what the rings had ---- */

struct seen {
	uint32_t shift[READER_RINGS];
	uint32_t most_shift;
	uint64_t rates, samples, weight;
	uint64_t ours, deep; /* of `weight`: of this process, with deep stacks */
	uint64_t lost, skipped;
	uint64_t weighted; /* of WEIGHTED and EVENT_LOST records */
	uint32_t tid[READER_RINGS][256];
	uint32_t frames[READER_RINGS][4096];
};
static struct seen seen;

static void take(void *context, unsigned int ring, const struct ember_record *record)
{
	const struct ember_rec_sample *sample = (const void *)record;
	const struct ember_rec_thread *thread = (const void *)record;
	const struct ember_rec_stack *stack = (const void *)record;
	const struct ember_rec_lost *lost = (const void *)record;
	const struct ember_rec_rate *rate = (const void *)record;
	uint64_t weight = WEIGHT(seen.shift[ring]);

	(void)context;
	switch (record->type) {
	case EMBER_REC_RATE:
		seen.rates++;
		seen.shift[ring] = rate->shift;
		if (rate->shift > seen.most_shift)
			seen.most_shift = rate->shift;
		break;
	case EMBER_REC_THREAD: seen.tid[ring][thread->thread % 256] = thread->tgid; break;
	case EMBER_REC_STACK:
		seen.frames[ring][stack->stack % 4096] = stack->nr_user + stack->nr_kernel;
		break;
	case EMBER_REC_WEIGHTED:
		seen.weighted += ((const struct ember_rec_weighted *)record)->weight;
		break;
	case EMBER_REC_EVENT_LOST:
		seen.weighted += ((const struct ember_rec_event_lost *)record)->weight;
		break;
	case EMBER_REC_LOST:
		seen.lost += lost->lost;
		seen.skipped += lost->skipped;
		break;
	case EMBER_REC_SAMPLE:
		seen.samples++;
		seen.weight += weight;
		if (seen.tid[ring][sample->thread % 256] != (uint32_t)getpid())
			break;
		seen.ours += weight;
		if (seen.frames[ring][sample->stack % 4096] > DEEP / 2)
			seen.deep += weight;
		break;
	}
}

static long budget(int fd, uint32_t ppm)
{
	struct ember_cpu_budget b = { .size = sizeof(b), .ppm = ppm };

	return ioctl(fd, EMBER_IOC_BUDGET, &b);
}

static void begin(struct reader *r, uint32_t ppm)
{
	memset(&seen, 0, sizeof(seen));
	reader_open(r, &(struct ember_config){ .hz = HZ, .ring_bytes = 1 << 20 });
	ok(r->query.features & EMBER_FEATURE_BUDGET, "the module knows of budgets");
	if (ppm)
		ok(!budget(r->fd, ppm), "a budget");
	reader_start(r);
}

static struct ember_status status_of(const struct reader *r)
{
	return status(r->fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL);
}

/* Each point is in one counter, and each kept one's weight in the rings. */
static void settle(struct reader *r)
{
	struct ember_status st;
	const struct ember_counters *c = &st.counters;

	reader_stop(r, &st, take, NULL);
	printf("# %llu points: %llu sampled, %llu throttled, %llu idle, %llu skipped (%llu overdrawn), %llu lost; %llu RATE records, 1 in %llu at most; charged %.3f ms in %.3f s\n",
	       (unsigned long long)c->points, (unsigned long long)c->points_sampled,
	       (unsigned long long)c->points_throttled, (unsigned long long)c->points_idle,
	       (unsigned long long)c->points_skipped, (unsigned long long)st.budget.overdrawn,
	       (unsigned long long)c->points_lost, (unsigned long long)seen.rates,
	       WEIGHT(seen.most_shift), st.budget.charged_ns / 1e6, st.running_ns / 1e9);
	ok(settled(c), "each point is in one counter");
	ok(c->points_sampled == seen.samples, "each sample is in a ring");
	ok(c->points_lost || c->points_sampled + c->points_throttled == seen.weight,
	   "samples and those that they count for are the rings'");
	ok(seen.lost >= c->points_lost && seen.skipped == c->points_skipped,
	   "losses are reported in-band");
	ok(c->points > 0.999 * st.running_ns / PERIOD * st.cpus_online - 2 * 32768 &&
		   c->points < 1.001 * st.running_ns / PERIOD * 64 + 2 * 32768,
	   "the points are those of the time");
	close(r->fd);
}

/* ---- errors ---- */

static void errors(void)
{
	struct ember_cpu_budget b = { .size = sizeof(b), .ppm = 1000 };
	struct session s = { .config = { .hz = HZ } };
	int fd = device();
	uint64_t end;

	ok(query(fd).features & EMBER_FEATURE_BUDGET, "the feature");
	refused(ioctl(fd, EMBER_IOC_BUDGET, &b), EINVAL, "before CONFIG");
	close(fd);
	if (!ok(!session_open(&s), "a session"))
		return;
	ok(!ioctl(s.fd, EMBER_IOC_BUDGET, &b), "a stopped session");
	ok(status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).budget.ppm == 1000,
	   "STATUS has it");
	b.size = 4;
	refused(ioctl(s.fd, EMBER_IOC_BUDGET, &b), EINVAL, "too short a struct");
	b.size = 8192;
	refused(ioctl(s.fd, EMBER_IOC_BUDGET, &b), E2BIG, "too long a struct");
	b.size = sizeof(b);
	b.flags = 1;
	refused(ioctl(s.fd, EMBER_IOC_BUDGET, &b), EINVAL, "a flag");
	b.flags = 0;
	b.reserved[4] = 1;
	refused(ioctl(s.fd, EMBER_IOC_BUDGET, &b), EINVAL, "reserved");
	b.reserved[4] = 0;
	b.ppm = EMBER_BUDGET_PPM_LEAST - 1;
	refused(ioctl(s.fd, EMBER_IOC_BUDGET, &b), EINVAL, "too little");
	b.ppm = EMBER_BUDGET_PPM_MOST + 1;
	refused(ioctl(s.fd, EMBER_IOC_BUDGET, &b), EINVAL, "too much");
	refused(ioctl(s.fd, EMBER_IOC_BUDGET, (void *)8), EFAULT, "a bad pointer");
	ok(status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).budget.ppm == 1000,
	   "what was refused changed nothing");
	b.ppm = EMBER_BUDGET_PPM_LEAST;
	ok(!ioctl(s.fd, EMBER_IOC_BUDGET, &b), "the least");
	ok(!ioctl(s.fd, EMBER_IOC_START), "start");
	descend(DEEP, 500000000);
	ok(status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).budget.shift > 3,
	   "is throttled");
	b.ppm = 0;
	ok(!ioctl(s.fd, EMBER_IOC_BUDGET, &b), "no budget any more, while it runs");
	/* Not before the cell that has begun is over. */
	end = now() + 3000000000ull;
	while (now() < end &&
	       status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).budget.shift)
		descend(DEEP, 10000000);
	ok(!status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).budget.shift,
	   "is not throttled any more");
	ok(!ioctl(s.fd, EMBER_IOC_STOP), "stop");
	drain(&s);
	ok(!s.bad, "records");
	session_close(&s);
}

/* ---- load ---- */

struct look {
	uint64_t time, charged;
};

static struct look look[20000];
static unsigned int nr_look;

static struct ember_status look_at(const struct reader *r)
{
	uint64_t before = now();
	struct ember_status st = status_of(r);

	if (nr_look < sizeof(look) / sizeof(*look)) {
		/* Charged by then at most. */
		look[nr_look].time = before + (now() - before) / 2;
		look[nr_look++].charged = st.budget.charged_ns;
	}
	return st;
}

/* Nearly nothing runs, or deep stacks do for most of the time. */
static struct ember_status phase(struct reader *r, double seconds, bool busy)
{
	uint64_t end = now() + seconds * 1e9;
	struct ember_status st;

	do {
		if (busy)
			descend(DEEP, 9000000);
		else
			sleep_ms(10), spin(now() + 500000);
		reader_read(r, take, NULL);
		st = look_at(r);
	} while (now() < end);
	return st;
}

static void load(double seconds)
{
	const uint32_t ppm = 5000;
	/* A handler, and what waits to be settled. */
	double most = 0, most10 = 0, over, one = 2e-4 + ppm * 1e-6 * 0.05;
	struct ember_status st;
	uint64_t turns = seconds / 6;
	unsigned int i, k;
	struct reader r;

	begin(&r, ppm);
	for (i = 0; i < (turns ? turns : 1); i++) {
		phase(&r, 0.7, false);
		st = phase(&r, 2.3, true);
		ok(st.budget.shift, "deep stacks at 10 kHz are throttled");
		st = phase(&r, 3, false);
		/* A step each 200 ms in which the bucket is full, later where snapshots are owed. */
		for (k = 0; k < 7 && st.budget.shift; k++)
			st = phase(&r, 1, false);
		printf("# %u s later one point in %llu is sampled\n", 3 + k,
		       (unsigned long long)WEIGHT(st.budget.shift));
		ok(!st.budget.shift, "the rate recovers");
	}
	for (i = 0; i < nr_look; i++) {
		for (k = 0; k < i; k++) {
			double time = (look[i].time - look[k].time) / 1e9;
			double took = (look[i].charged - look[k].charged) / 1e9;

			over = took - ppm * 1e-6 * (time + 0.1);
			if (over > most)
				most = over;
			if (time >= 10 && time < 10.5 && took / time > most10)
				most10 = took / time;
		}
	}
	printf("# %u looks: beyond the budget of a window and 100 ms by %.3f ms at most; in 10 s %.4f %% at most\n",
	       nr_look, most * 1e3, most10 * 100);
	ok(nr_look > 100 && most < one, "no burst beyond 100 ms of the budget");
	ok(most10 <= ppm * 1e-6, "in no 10 s more than the budget");
	settle(&r);
}

/* ---- lost ---- */

static void lost(double seconds, uint32_t ppm)
{
	double lost, charged, granted, handlers;
	uint64_t n = 20000, without, with;
	struct ember_status before, after;
	struct reader r;

	/* A cache is warm then. */
	n = n * seconds * 1e9 / took(n);
	without = took(n);
	begin(&r, ppm);
	/* It had a full bucket, for 100 ms; what is new at first has been defined. */
	descend(DEEP, 500000000);
	before = status_of(&r);
	with = took(n);
	after = status_of(&r);
	/* That of the time and of 100 ms. */
	granted = ppm * 1e-6 * (with + 1e8) / with;
	lost = (double)(with - without) / with;
	charged = (double)(after.budget.charged_ns - before.budget.charged_ns) / with;
	handlers = (double)(after.counters.handler_ns - before.counters.handler_ns) / with;
	printf("# work of %.3f s takes %.3f s: %.4f %% lost; charged %.4f %% of %.4f %%; handlers without their interrupts %.4f %%; %llu samples\n",
	       without / 1e9, with / 1e9, lost * 100, charged * 100, ppm * 1e-4,
	       handlers * 100,
	       (unsigned long long)(after.counters.points_sampled -
				    before.counters.points_sampled));
	ok(lost <= granted, "lost to the session: no more than the budget");
	ok(charged <= granted, "charged: no more than the budget");
	ok(charged >= ppm * 1e-6 * 0.6, "the budget is used");
	ok(lost <= charged * 1.1 && lost >= charged * 0.6, "what is charged is what is lost");
	settle(&r);
}

/* ---- shares ---- */

__attribute__((noinline)) static void seventy(uint64_t ns)
{
	descend(DEEP, ns);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void thirty(uint64_t ns)
{
	descend(1, ns);
	__asm__ volatile("" ::: "memory");
}

static void shares(double seconds, uint32_t ppm)
{
	uint64_t begun, cpu, end, deep = 0, shallow = 0, unit, drawn = 12345, at;
	double share, is, all;
	struct reader r;

	begin(&r, ppm);
	begun = now();
	cpu = cpu_ns();
	end = begun + seconds * 1e9;
	while (now() < end) {
		drawn = drawn * 6364136223846793005ull + 1442695040888963407ull;
		unit = 50000 + (drawn >> 40) % 300000;
		at = cpu_ns();
		seventy(7 * unit);
		deep += cpu_ns() - at;
		at = cpu_ns();
		thirty(3 * unit);
		shallow += cpu_ns() - at;
		reader_read(&r, take, NULL);
	}
	settle(&r);
	cpu = cpu_ns() - cpu;
	share = (double)deep / (deep + shallow);
	is = (double)seen.deep / seen.ours;
	all = seen.ours * (double)PERIOD / cpu;
	printf("# %llu samples; deep: %.2f %% of the time, %.2f %% of the samples; samples are %.3f %% of the CPU time\n",
	       (unsigned long long)seen.samples, share * 100, is * 100, all * 100);
	ok(seen.most_shift, "throttled");
	ok(is > share - 0.02 && is < share + 0.02, "shares within 2 points");
	ok(all > 0.99 && all < 1.01, "CPU time within 1 %");
}

/* ---- idle ---- */

static void idle(double seconds, uint32_t ppm)
{
	uint64_t naps = 0, end;
	double charged, granted;
	struct ember_status st;
	struct reader r;

	begin(&r, ppm);
	end = now() + seconds * 1e9;
	while (now() < end) {
		nanosleep(&(struct timespec){ .tv_nsec = 20000 }, NULL);
		naps++;
		spin(now() + 20000);
	}
	st = status_of(&r);
	charged = st.budget.charged_ns / (double)st.running_ns;
	granted = ppm * 1e-6 * (st.running_ns + 1e8) / st.running_ns;
	printf("# %.0f times idle a second; charged %.4f %% of %.4f %%\n", naps / seconds,
	       charged * 100, ppm * 1e-4);
	ok(charged <= granted, "no more than the budget");
	ok(st.counters.points_sampled, "there are samples");
	reader_read(&r, take, NULL);
	settle(&r);
}

/* ---- growth ---- */

static void growth(size_t mib, uint32_t ppm)
{
	struct ember_event event = { .type = EMBER_EVENT_GROWTH, .period = 4096 };
	size_t bytes = mib << 20, i;
	uint64_t begun, end;
	struct ember_status st;
	const struct ember_event_counters *c = &st.events[0];
	double sum, charged;
	unsigned int throttled;
	struct reader r;
	char *memory;
	int fd = device();

	if (!(query(fd).features & EMBER_FEATURE_GROWTH)) {
		printf("# this kernel has no growth\n");
		ok(true, "nothing to see");
		close(fd);
		return;
	}
	close(fd);
	reader_open(&r, &(struct ember_config){ .ring_bytes = 1 << 20,
						.events = (uintptr_t)&event,
						.nr_events = 1 });
	ok(!budget(r.fd, ppm), "a budget");
	reader_start(&r);
	begun = now();
	end = begun + 3000000000ull;
	do {
		memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0);
		if (memory == MAP_FAILED)
			break;
		madvise(memory, bytes, MADV_NOHUGEPAGE);
		for (i = 0; i < bytes; i += 4096)
			memory[i] = 1;
		munmap(memory, bytes);
		reader_read(&r, take, NULL);
	} while (now() < end);
	throttled = status_of(&r).budget.shift;
	ok(!budget(r.fd, 0) && !status_of(&r).budget.shift,
	   "without a budget it isn't throttled any more");
	reader_stop(&r, &st, take, NULL);
	sum = seen.weighted / (double)c->weight;
	charged = st.budget.charged_ns / (double)st.running_ns;
	printf("# %llu occurrences, %llu samples, %llu lost; samples weigh %.2f %% of %.1f MiB; 1 in %u now; charged %.4f %%\n",
	       (unsigned long long)c->occurred, (unsigned long long)c->sampled,
	       (unsigned long long)c->lost, sum * 100, c->weight / 1048576.0, 1u << throttled,
	       charged * 100);
	ok(c->weight > bytes, "memory grew");
	ok(c->sampled * 4 < c->occurred, "throttled");
	ok(sum > 0.97 && sum < 1.03, "weights add up");
	ok(charged <= ppm * 1e-6 * (st.running_ns + 1e8) / st.running_ns,
	   "no more than the budget");
	close(r.fd);
}

/* ---- a daemon ---- */

/* CPU time that the kernel's scheduler accounts for a process, in ns. */
static uint64_t ran_ns(unsigned int pid)
{
	char path[64], text[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/schedstat", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		*text = 0;
	fclose(file);
	return strtoull(text, NULL, 10);
}

static void with_daemon(double seconds, uint32_t ppm, unsigned int pid)
{
	struct timespec pace = { .tv_nsec = 250000000 };
	uint64_t end = now() + (uint64_t)(seconds * 1e9), self = 0;
	double most = 0, most_self = 0, most_module = 0;
	int fd = open("/dev/emberprof", O_RDWR);
	unsigned int i, k, windows = 0;
	static uint64_t ran[20000];

	while (now() < end && nr_look < 20000) {
		struct ember_status status = { .size = sizeof(status),
					       .cpu = EMBER_STATUS_CPU_ALL };

		if (ioctl(fd, EMBER_IOC_STATUS, &status))
			break;
		self = ran_ns(pid);
		ran[nr_look] = self;
		look[nr_look].charged = status.budget.charged_ns;
		look[nr_look++].time = now();
		nanosleep(&pace, NULL);
	}
	for (i = 0; i < nr_look; i++) {
		for (k = 0; k < i; k++) {
			double time = look[i].time - look[k].time;
			double module = (look[i].charged - look[k].charged) / time;
			double daemon = (ran[i] - ran[k]) / time;

			if (time < 10e9 || time > 10.6e9)
				continue;
			windows++;
			if (daemon > most_self)
				most_self = daemon;
			if (module > most_module)
				most_module = module;
			if (module + daemon > most)
				most = module + daemon;
		}
	}
	printf("# %u windows of 10 s: module and daemon %.4f %% at most (module %.4f %%, daemon %.4f %%)\n",
	       windows, most * 100, most_module * 100, most_self * 100);
	ok(now() >= end && windows > 20 && self, "the daemon samples all of the time");
	ok(most_module > 0 && most_self > 0 && most <= ppm * 1e-6,
	   "in no 10 s module and daemon take more than the budget");
	close(fd);
}

int main(int argc, char **argv)
{
	double seconds = argc > 2 ? atof(argv[2]) : 0;
	uint32_t ppm = argc > 3 ? atoi(argv[3]) : 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && !strcmp(argv[1], "errors"))
		errors();
	else if (argc == 3 && !strcmp(argv[1], "work"))
		return descend(DEEP, seconds * 1e9), 0;
	else if (argc == 3 && !strcmp(argv[1], "load"))
		load(seconds);
	else if (argc == 4 && !strcmp(argv[1], "lost"))
		lost(seconds, ppm);
	else if (argc == 4 && !strcmp(argv[1], "shares"))
		shares(seconds, ppm);
	else if (argc == 4 && !strcmp(argv[1], "idle"))
		idle(seconds, ppm);
	else if (argc == 4 && !strcmp(argv[1], "growth"))
		growth(seconds, ppm);
	else if (argc == 5 && !strcmp(argv[1], "daemon"))
		with_daemon(seconds, ppm, atoi(argv[4]));
	else
		return 2;
	return cases_end(argv[1]);
}
