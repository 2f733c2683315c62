// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: block [alone SECONDS | crowd | hotplug]
 * In the guest: waits of a known length, and what the events `block` and `preempt` say of them.
 * TAP on stdout. alone: four threads that sleep, read from a pipe and wait for a condition, 50 :
 * 30 : 20 of their time; prints how long each took and how often. crowd: more waits at once than
 * the module's table has room for. hotplug: waits while CPU 1 goes off and on line.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "session.h"
#include "tally.h"

#define MS	1000000u
#define WORKERS 4
#define KINDS	3
#define CROWD	2500
#define VICTIMS 50

static int number, failures;

static bool check(bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, what);
	failures += !good;
	return good;
}

static bool within(uint64_t got, uint64_t want, double part)
{
	return got >= want * (1 - part) && got <= want * (1 + part);
}

#define WAIT __attribute__((noinline))

struct worker {
	pthread_t thread, helper;
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool ready;
	int go[2], data[2]; /* pipes: to the helper: what it's to do after what time */
	uint64_t until, ns[KINDS], count[KINDS];
	unsigned int seed;
	pid_t tid;
};
static struct worker worker[WORKERS];

static void nap(uint64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	nanosleep(&t, NULL);
}

WAIT void wait_sleep(uint64_t ns)
{
	nap(ns);
	__asm__ volatile("");
}

WAIT void wait_pipe(struct worker *w)
{
	char byte;

	if (read(w->data[0], &byte, 1) != 1)
		reader_die("pipe");
	__asm__ volatile("");
}

WAIT void wait_condition(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->ready)
		pthread_cond_wait(&w->woken, &w->lock);
	w->ready = false;
	pthread_mutex_unlock(&w->lock);
	__asm__ volatile("");
}

/* Sleeps for the worker, and wakes it. */
static void *help(void *of)
{
	struct worker *w = of;
	int64_t ns;

	prctl(PR_SET_TIMERSLACK, 1);
	while (read(w->go[0], &ns, sizeof(ns)) == sizeof(ns) && ns) {
		nap(ns < 0 ? -ns : ns);
		if (ns > 0) {
			if (write(w->data[1], "", 1) != 1)
				reader_die("pipe");
			continue;
		}
		pthread_mutex_lock(&w->lock);
		w->ready = true;
		pthread_mutex_unlock(&w->lock);
		/* Not before, or the one that wakes waits for the lock once more. */
		pthread_cond_signal(&w->woken);
	}
	return NULL;
}

static void ask(struct worker *w, int64_t ns)
{
	if (write(w->go[1], &ns, sizeof(ns)) != sizeof(ns))
		reader_die("pipe");
}

/* Waits of 0.2 to 1.8 times `unit`, in turn. */
static void *work(void *of)
{
	struct worker *w = of;
	uint64_t unit = 6 * MS, one, before, after;

	w->tid = syscall(SYS_gettid);
	prctl(PR_SET_TIMERSLACK, 1);
	while (reader_now() < w->until) {
		one = unit / 5 + rand_r(&w->seed) % (unit * 8 / 5);
		before = reader_now();
		wait_sleep(one);
		after = reader_now();
		w->ns[0] += after - before;
		w->count[0]++;
		ask(w, one * 3 / 5);
		before = reader_now();
		wait_pipe(w);
		after = reader_now();
		w->ns[1] += after - before;
		w->count[1]++;
		ask(w, -(int64_t)(one * 2 / 5));
		before = reader_now();
		wait_condition(w);
		after = reader_now();
		w->ns[2] += after - before;
		w->count[2]++;
	}
	ask(w, 0);
	return NULL;
}

static struct worker all;

static void work_begin(double seconds)
{
	for (int i = 0; i < WORKERS; i++) {
		struct worker *w = &worker[i];

		memset(w, 0, sizeof(*w));
		pthread_mutex_init(&w->lock, NULL);
		pthread_cond_init(&w->woken, NULL);
		w->seed = i + 1;
		w->until = reader_now() + (uint64_t)(seconds * 1e9);
		if (pipe(w->go) || pipe(w->data) ||
		    pthread_create(&w->helper, NULL, help, w) ||
		    pthread_create(&w->thread, NULL, work, w))
			reader_die("thread");
	}
}

static void work_end(void)
{
	memset(&all, 0, sizeof(all));
	for (int i = 0; i < WORKERS; i++) {
		struct worker *w = &worker[i];

		pthread_join(w->thread, NULL);
		pthread_join(w->helper, NULL);
		for (int k = 0; k < 2; k++) {
			close(w->go[k]);
			close(w->data[k]);
		}
		for (int k = 0; k < KINDS; k++) {
			all.ns[k] += w->ns[k];
			all.count[k] += w->count[k];
		}
	}
}

/* What a worker waits in, by the kernel's names for it, of which one is there. */
static struct tally_symbol within_kernel[KINDS];

static void find_kernel(void)
{
	static const char *const names[KINDS][2] = { { "do_nanosleep", "hrtimer_nanosleep" },
						     { "pipe_read", "anon_pipe_read" },
						     { "do_futex", "__futex_wait" } };

	for (int k = 0; k < KINDS; k++)
		if (!tally_kernel_symbol(names[k][0], &within_kernel[k]) &&
		    !tally_kernel_symbol(names[k][1], &within_kernel[k]))
			reader_die(names[k][0]);
}

struct seen {
	uint64_t ns[KINDS], count[KINDS], samples;
	uint64_t kernel, whole; /* samples with a known function; with all kernel frames */
	uint64_t kind_ns[16], kind_count[16], mine, others;
	pid_t tgid;
};
static struct seen seen;

static void on_weighted(struct tally *t, const struct ember_rec_weighted *weighted,
			const struct ember_rec_event *event,
			const struct ember_rec_thread *thread,
			const struct ember_rec_stack *stack)
{
	uint32_t kind = EMBER_WAIT_KIND(weighted->detail), i, k;

	if ((event->type != EMBER_EVENT_BLOCK && event->type != EMBER_EVENT_PREEMPT) ||
	    event->unit != EMBER_UNIT_NANOSECONDS || !EMBER_WAIT_COUNT(weighted->detail) ||
	    /* One that was released has no id any more, and may be preempted before its end. */
	    (!thread->tid && kind != EMBER_WAIT_PREEMPTED) ||
	    (kind == EMBER_WAIT_PREEMPTED) != (event->type == EMBER_EVENT_PREEMPT)) {
		t->bad++;
		return;
	}
	if ((pid_t)thread->tgid != seen.tgid) {
		seen.others += weighted->weight;
		return;
	}
	seen.mine += weighted->weight;
	seen.kind_ns[kind] += weighted->weight;
	seen.kind_count[kind] += EMBER_WAIT_COUNT(weighted->detail);
	for (i = 0; i < WORKERS && worker[i].tid != (pid_t)thread->tid; i++)
		;
	if (i == WORKERS || kind == EMBER_WAIT_PREEMPTED)
		return;
	seen.samples++;
	seen.whole += stack->nr_kernel && stack->end_kernel == EMBER_END_WHOLE;
	for (i = 0; i < stack->nr_kernel; i++)
		for (k = 0; k < KINDS; k++)
			if (tally_in(&within_kernel[k], stack->frames[i])) {
				seen.ns[k] += weighted->weight;
				seen.count[k] += EMBER_WAIT_COUNT(weighted->detail);
				seen.kernel++;
				return;
			}
}

static struct tally tally;

/* NULL ids: everything. Both events, each with that period. */
static void begin(unsigned int hz, uint32_t filter, uint32_t *id, uint64_t period)
{
	static struct ember_event events[2];
	struct ember_config config = tally_config(hz, id, 1 << 20, events, 2);

	config.filter = filter;
	events[0] = (struct ember_event){ .type = EMBER_EVENT_BLOCK, .period = period };
	events[1] = (struct ember_event){ .type = EMBER_EVENT_PREEMPT, .period = period };
	tally_open(&tally, &config, NULL);
	tally.weighted = on_weighted;
	memset(&seen, 0, sizeof(seen));
	seen.tgid = getpid();
	tally_start(&tally);
}

/* Returns the counters of `block`, and checks them against the rings. */
static struct ember_event_counters end(bool exact)
{
	struct ember_event_counters *c;
	struct ember_status st;

	tally_stop(&tally);
	tally_status(&tally, EMBER_STATUS_CPU_ALL, &st);
	c = st.events;
	printf("# %llu waits, %llu ms; %llu samples, %llu ms; %llu lost, %llu ms; %u evicted; %llu preempted, %llu ms\n",
	       (unsigned long long)c->occurred, (unsigned long long)c->weight / MS,
	       (unsigned long long)c->sampled, (unsigned long long)c->sampled_weight / MS,
	       (unsigned long long)tally.event_lost,
	       (unsigned long long)tally.event_lost_weight / MS, c->evicted,
	       (unsigned long long)c[1].occurred, (unsigned long long)c[1].weight / MS);
	printf("# rings: %llu samples, %llu ns of %llu and %llu; %llu lost of %llu and %llu; %s\n",
	       (unsigned long long)tally.event_samples, (unsigned long long)tally.event_weight,
	       (unsigned long long)c->sampled_weight, (unsigned long long)c[1].sampled_weight,
	       (unsigned long long)tally.event_lost, (unsigned long long)c->lost,
	       (unsigned long long)c[1].lost, tally.bad ? "bad records" : "all records good");
	if (exact)
		check(!tally.bad && c->type == EMBER_EVENT_BLOCK &&
			      c[1].type == EMBER_EVENT_PREEMPT &&
			      c->sampled + c[1].sampled == tally.event_samples &&
			      c->sampled_weight + c[1].sampled_weight == tally.event_weight &&
			      c->lost + c[1].lost == tally.event_lost,
		      "STATUS counts what the rings have");
	return *c;
}

/* How far off a share may be, in points; a sum and a count, as parts. */
static bool shares(double points, double sums, double counts)
{
	uint64_t is = all.ns[0] + all.ns[1] + all.ns[2];
	uint64_t got = seen.ns[0] + seen.ns[1] + seen.ns[2];
	bool good = got && within(got, is, sums);

	printf("# %llu ms of %llu:", (unsigned long long)got / MS,
	       (unsigned long long)is / MS);
	for (int k = 0; k < KINDS; k++) {
		double share = 100.0 * seen.ns[k] / (got + !got),
		       want = 100.0 * all.ns[k] / is;

		printf(" %.2f %% (%.2f), %llu times (%llu);", share, want,
		       (unsigned long long)seen.count[k], (unsigned long long)all.count[k]);
		good = good && share > want - points && share < want + points &&
		       within(seen.count[k], all.count[k], counts);
	}
	printf(" %llu samples\n", (unsigned long long)seen.samples);
	return good;
}

/*
 * How far off samples may be: 4.5 standard deviations at least. Waits shorter than a period are
 * drawn, so what is missing in a second is random: in 5 s of four workers' waits the sum is off by
 * 1.4 % (one deviation) with 10 ms, 0.35 % with 3 ms and 0.05 % with 1 ms, counts of the shortest
 * kind by 5.2, 2.3 and 0.8 %. It falls with the root of the time, and waiting costs a guest little.
 */
static const struct {
	uint64_t period;
	double seconds, sums, counts;
} rates[] = {
	{ 100000, 2, 0.01, 0.02 },
	{ 1 * MS, 5, 0.01, 0.04 },
	{ 3 * MS, 5, 0.02, 0.12 },
	{ 10 * MS, 15, 0.04, 0.15 },
};

static void of_rates(void)
{
	struct ember_event_counters c;
	struct ember_status st;
	char what[80];

	for (unsigned int i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		unsigned int hz = i == 1 ? 99 : 0;

		begin(hz, EMBER_FILTER_NONE, NULL, rates[i].period);
		work_begin(rates[i].seconds);
		work_end();
		c = end(true);
		snprintf(what, sizeof(what),
			 "sums and counts of waits, a sample each %llu us%s",
			 (unsigned long long)rates[i].period / 1000,
			 hz ? ", beside the clock" : "");
		check(shares(2, rates[i].sums, rates[i].counts), what);
		check(within(c.sampled_weight + tally.event_lost_weight, c.weight, 0.02),
		      "weights of samples add up to those of all");
		printf("# %llu of %llu in the kernel's functions, %llu whole\n",
		       (unsigned long long)seen.kernel, (unsigned long long)seen.samples,
		       (unsigned long long)seen.whole);
		check(seen.kernel >= seen.samples * 0.95 && seen.whole >= seen.samples * 0.95,
		      "the kernel's frames are those that it waited in");
		tally_status(&tally, EMBER_STATUS_CPU_ALL, &st);
		check(settled(&st.counters) && (hz ? st.counters.points : !st.counters.points),
		      "the clock's points add up beside them");
		tally_close(&tally);
	}
}

/* Waits across START and STOP don't count. */
static void of_starts(void)
{
	struct worker *w = &worker[0];
	pthread_t thread;
	uint32_t self = getpid();

	memset(w, 0, sizeof(*w));
	if (pipe(w->go) || pipe(w->data) || pthread_create(&thread, NULL, help, w))
		reader_die("thread");
	/* Of the helper: one begun before, one within, one that lasts; the reader's own besides. */
	ask(w, 300 * MS);
	nap(100 * MS);
	begin(0, EMBER_FILTER_PROCESSES, &self, MS);
	wait_pipe(w);
	check(within(seen.mine, 0, 0), "a wait that began before START is no sample");
	nap(10 * MS);
	tally_read(&tally);
	memset(&seen, 0, sizeof(seen));
	seen.tgid = self;
	ask(w, 200 * MS);
	wait_pipe(w);
	nap(10 * MS);
	tally_read(&tally);
	printf("# within: %llu ms\n", (unsigned long long)seen.mine / MS);
	/* Its sleep, ours for it, and twice the 10 ms that one of us waits. */
	check(within(seen.mine, 420 * MS, 0.1), "waits within START and STOP are");
	memset(&seen, 0, sizeof(seen));
	seen.tgid = self;
	ask(w, 400 * MS);
	nap(50 * MS);
	tally_stop(&tally);
	tally_start(&tally);
	wait_pipe(w);
	nap(10 * MS);
	tally_read(&tally);
	printf("# across: %llu ms\n", (unsigned long long)seen.mine / MS);
	check(seen.kind_ns[EMBER_WAIT_SLEEP] < 390 * MS + 70 * MS,
	      "a wait across STOP and START isn't one");
	ask(w, 0);
	pthread_join(thread, NULL);
	end(true);
	tally_close(&tally);
}

static void victim(int fd)
{
	char byte;

	while (read(fd, &byte, 1) == 1)
		;
	_exit(1);
}

/* Each kind, threads that die in a wait, and two that share a CPU. */
static void of_kinds(void)
{
	uint64_t before;
	cpu_set_t one;
	int fd[2];
	pid_t pid;

	begin(0, EMBER_FILTER_NONE, NULL, MS);
	pid = vfork();
	if (!pid) {
		nap(100 * MS);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	tally_read(&tally);
	printf("# uninterruptible: %llu ms\n",
	       (unsigned long long)seen.kind_ns[EMBER_WAIT_UNINTERRUPTIBLE] / MS);
	check(within(seen.kind_ns[EMBER_WAIT_UNINTERRUPTIBLE], 100 * MS, 0.1),
	      "a parent waits for vfork's child uninterruptibly");

	if (pipe(fd))
		reader_die("pipe");
	pid = fork();
	if (!pid)
		victim(fd[0]);
	nap(20 * MS);
	memset(&seen, 0, sizeof(seen));
	seen.tgid = pid;
	kill(pid, SIGSTOP);
	nap(200 * MS);
	kill(pid, SIGCONT);
	nap(20 * MS);
	tally_read(&tally);
	printf("# stopped: %llu ms\n",
	       (unsigned long long)seen.kind_ns[EMBER_WAIT_STOPPED] / MS);
	check(within(seen.kind_ns[EMBER_WAIT_STOPPED], 200 * MS, 0.1),
	      "a stopped thread is stopped");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	tally_read(&tally);
	memset(&seen, 0, sizeof(seen));
	for (int i = 0; i < VICTIMS; i++) {
		pid = fork();
		if (!pid)
			victim(fd[0]);
		nap(20 * MS);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	tally_read(&tally);
	printf("# of those that died: %llu ms\n", (unsigned long long)seen.others / MS);
	/* Their waits, and those of everything else; ours are `mine`. */
	check(seen.others >= VICTIMS * 19ull * MS, "waits that end in death");

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	tally_read(&tally);
	memset(&seen, 0, sizeof(seen));
	seen.tgid = getpid();
	pid = fork();
	for (before = reader_now(); !pid;)
		burn_sink++;
	while (reader_now() - before < 1000ull * MS)
		burn_sink++;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	tally_read(&tally);
	printf("# preempted: %llu ms\n",
	       (unsigned long long)seen.kind_ns[EMBER_WAIT_PREEMPTED] / MS);
	check(within(seen.kind_ns[EMBER_WAIT_PREEMPTED], 500 * MS, 0.1) &&
		      seen.kind_ns[EMBER_WAIT_SLEEP] < 50 * MS,
	      "who shares a CPU is preempted half of the time");
	end(true);
	tally_close(&tally);
}

static void of_many(void)
{
	struct ember_event_counters c;
	int there[2], back[2];
	uint32_t self = getpid();
	uint64_t counted, least;
	char byte = 0;
	pid_t pid;

	if (pipe(there) || pipe(back))
		reader_die("pipe");
	begin(0, EMBER_FILTER_NONE, NULL, 100000);
	pid = fork();
	if (!pid)
		for (;;)
			if (read(there[0], &byte, 1) != 1 || write(back[1], &byte, 1) != 1)
				_exit(0);
	for (int i = 0; i < 20000; i++)
		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
			reader_die("pipe");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	c = end(true);
	counted = seen.kind_count[EMBER_WAIT_SLEEP];
	/* Each of us waits 20000 times, or less often where the other was as fast. */
	least = c.occurred > 20000 ? c.occurred - 20000 : 0;
	if (least > 20000)
		least = 20000;
	printf("# counted: %llu\n", (unsigned long long)counted);
	check(c.occurred >= 30000 &&
		      within(c.sampled_weight + c.lost * 100000, c.weight, 0.03),
	      "tens of thousands of waits in a row");
	/* One in 14 is drawn and counts for 14: a deviation is 3 %. */
	check(counted >= least * 0.85 && counted <= 20000 * 1.15, "and how many there were");
	tally_close(&tally);

	begin(0, EMBER_FILTER_PROCESSES, &self, MS);
	work_begin(0.5);
	work_end();
	c = end(true);
	check(!seen.others && seen.mine, "a filter for this process leaves it alone");
	tally_close(&tally);
	begin(0, EMBER_FILTER_THREADS, &self, MS);
	work_begin(0.5);
	work_end();
	c = end(true);
	check(!seen.others && seen.mine && !seen.samples && c.filtered,
	      "a filter for one thread leaves out the others");
	tally_close(&tally);
}

static bool line(unsigned int cpu, bool on)
{
	char path[64];
	int fd;
	bool good;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	fd = open(path, O_WRONLY);
	good = fd >= 0 && write(fd, on ? "1" : "0", 1) == 1;
	close(fd);
	return good;
}

static void of_hotplug(void)
{
	uint64_t lost;
	bool good = true;

	begin(0, EMBER_FILTER_NONE, NULL, MS);
	work_begin(4);
	for (int i = 0; i < 8; i++) {
		good &= line(1, false);
		nap(200 * MS);
		good &= line(1, true);
		nap(200 * MS);
	}
	work_end();
	end(true);
	lost = tally.event_lost_weight;
	/* Waits that end on a CPU whose events don't run yet or any more: 9 % on a debug kernel. */
	for (int k = 0; k < KINDS; k++)
		seen.ns[k] += lost / KINDS;
	check(good && shares(2, 0.12, 0.12), "waits while a CPU goes and comes");
	tally_close(&tally);
}

static void *crowded(void *fd)
{
	char byte;

	if (read(*(int *)fd, &byte, 1) < 0)
		reader_die("pipe");
	return NULL;
}

static void crowd(void)
{
	static pthread_t thread[CROWD];
	struct ember_event_counters c;
	pthread_attr_t small;
	int fd[2], i, most;

	most = open("/proc/sys/kernel/threads-max", O_WRONLY);
	if (pipe(fd) || most < 0 || write(most, "8000", 4) != 4)
		reader_die("threads-max");
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 16384);
	begin(0, EMBER_FILTER_NONE, NULL, MS);
	for (i = 0; i < CROWD; i++)
		if (pthread_create(&thread[i], &small, crowded, &fd[0]))
			break;
	printf("# %d threads\n", i);
	nap(100 * MS);
	/* They all end at the pipe's end. */
	close(fd[1]);
	while (i--)
		pthread_join(thread[i], NULL);
	c = end(true);
	check(c.evicted && c.lost && tally.event_lost_weight,
	      "waits beyond the table's room are lost, and counted");
	check(within(c.sampled_weight + tally.event_lost_weight, c.weight, 0.02),
	      "with the time that they took so far");
	tally_close(&tally);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[1], "alone")) {
		work_begin(atof(argv[2]));
		work_end();
		for (int k = 0; k < KINDS; k++)
			printf("%llu %llu\n", (unsigned long long)all.ns[k],
			       (unsigned long long)all.count[k]);
		return 0;
	}
	find_kernel();
	if (!(reader_features() & EMBER_FEATURE_BLOCK)) {
		check(reader_lacks(EMBER_EVENT_BLOCK, MS),
		      "block is refused where the kernel doesn't report switches");
		return failures != 0;
	}
	if (argc == 2 && !strcmp(argv[1], "crowd")) {
		crowd();
		return failures != 0;
	}
	if (argc == 2 && !strcmp(argv[1], "hotplug")) {
		of_hotplug();
		return failures != 0;
	}
	of_rates();
	of_starts();
	of_many();
	of_kinds();
	return failures != 0;
}
