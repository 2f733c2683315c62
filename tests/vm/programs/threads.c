// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All threads at one moment (EMBER_IOC_THREADS): threads that wait in known places since known
 * times, one that runs, stopped, dead and dying processes, ids that are used again, and a CPU
 * that takes no interrupt. KTAP on stdout.
 *   threads           the tests
 *   threads crowd N   N threads that wait, until it is killed
 *   threads nobody COMMAND...   a command without rights
 */
#include <dirent.h>
#include <linux/futex.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tally.h"

#define PLACES 20
#define MOST   5000
#define MS     1000000ull
/* A tick of the slowest kernel, and what an emulated CPU takes from a thread on its way to sleep. */
#define NEAR_NS (30 * MS)

static unsigned int number, failures;

static void result(bool good, const char *what)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, what);
	failures += !good;
}

/* What the crowd says of itself. */
struct crowd {
	volatile unsigned int ready;
	volatile bool measure; /* the spinner's gaps */
	volatile uint64_t gap;
	uint64_t spinner_from, spinner_to; /* addresses */
	uint32_t spinner; /* tid */
	struct {
		uint32_t tid;
		uint64_t since; /* ns: shortly before it waits */
		uint64_t place; /* address in the place's function */
	} thread[MOST];
};
static struct crowd *crowd;

static int waiting_pipe[2];
static uint32_t waiting_futex;

/* ---- the places ---- */

__attribute__((noinline)) static void wait_here(unsigned int i, unsigned int how)
{
	struct timespec day = { .tv_sec = 86400 };
	char byte;

	crowd->thread[i].place = (uintptr_t)__builtin_return_address(0);
	crowd->thread[i].tid = syscall(SYS_gettid);
	__atomic_add_fetch(&crowd->ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		crowd->thread[i].since = reader_now();
		switch (how % 4) {
		case 0:
			syscall(SYS_futex, &waiting_futex, FUTEX_WAIT, 0, NULL, NULL, 0);
			break;
		case 1: poll(NULL, 0, -1); break;
		case 2: (void)!read(waiting_pipe[0], &byte, 1); break;
		default: nanosleep(&day, NULL);
		}
	}
}

/* The type takes the semicolon. */
#define PLACE(n)                                                        \
	__attribute__((noinline)) static void place_##n(unsigned int i) \
	{                                                               \
		wait_here(i, n);                                        \
		__asm__ volatile("");                                   \
	}                                                               \
	typedef int place_##n##_end

PLACE(0);
PLACE(1);
PLACE(2);
PLACE(3);
PLACE(4);
PLACE(5);
PLACE(6);
PLACE(7);
PLACE(8);
PLACE(9);
PLACE(10);
PLACE(11);
PLACE(12);
PLACE(13);
PLACE(14);
PLACE(15);
PLACE(16);
PLACE(17);
PLACE(18);
PLACE(19);

static void (*const places[PLACES])(unsigned int) = {
	place_0,  place_1,  place_2,  place_3,	place_4,  place_5,  place_6,
	place_7,  place_8,  place_9,  place_10, place_11, place_12, place_13,
	place_14, place_15, place_16, place_17, place_18, place_19,
};

static void *thread_main(void *number)
{
	unsigned int i = (uintptr_t)number;

	places[i % PLACES](i);
	return NULL;
}

/* Runs all the time, and notes the longest time that it did not. */
__attribute__((noinline)) static void spin_here(void)
{
	uint64_t last = reader_now(), t;

	for (;;) {
		t = reader_now();
		if (!crowd->measure)
			crowd->gap = 0;
		else if (t - last > crowd->gap)
			crowd->gap = t - last;
		last = t;
	}
}

static void *spinner_main(void *context)
{
	(void)context;
	crowd->spinner = syscall(SYS_gettid);
	spin_here();
	return NULL;
}

static bool thread_new(void *(*run)(void *), uintptr_t context)
{
	pthread_attr_t small;
	pthread_t thread;
	int err;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	err = pthread_create(&thread, &small, run, (void *)context);
	pthread_attr_destroy(&small);
	return !err;
}

/* In a process of its own. spinner: one more thread, which runs. */
static void crowd_run(unsigned int nr, bool spinner)
{
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pipe(waiting_pipe))
		_exit(1);
	for (i = 0; i < nr; i++)
		if (!thread_new(thread_main, i)) {
			fprintf(stderr, "thread %u: %s\n", i, strerror(errno));
			_exit(1);
		}
	if (spinner && !thread_new(spinner_main, 0))
		_exit(1);
	for (;;)
		pause();
}

static void crowd_make(void)
{
	crowd = mmap(NULL, sizeof(*crowd), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (crowd == MAP_FAILED)
		reader_die("crowd");
}

static void sleep_ms(unsigned int ms)
{
	poll(NULL, 0, ms);
}

static pid_t crowd_start(unsigned int nr, bool spinner)
{
	unsigned int tries;
	pid_t pid;

	memset(crowd, 0, sizeof(*crowd));
	fflush(stdout);
	pid = fork();
	if (!pid)
		crowd_run(nr, spinner);
	for (tries = 0; crowd->ready < nr || (spinner && !crowd->spinner); tries++) {
		if (tries > 3000 || waitpid(pid, NULL, WNOHANG))
			reader_die("the crowd didn't come about");
		sleep_ms(10);
	}
	/* All have gone to sleep. */
	sleep_ms(300);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- snapshots ---- */

struct seen {
	uint32_t tid, tgid;
	uint64_t start_time;
	uint64_t wait, at; /* ns; at: by our clock, about */
	uint32_t kind;
	uint16_t nr_kernel, nr_user;
	uint64_t frame[EMBER_FRAMES_MAX];
};

static struct seen *seen;
static unsigned int nr_seen, nr_wrong;
static uint64_t pass_begun;

static void on_sample(struct tally *t, const struct ember_rec_weighted *w,
		      const struct ember_rec_event *event,
		      const struct ember_rec_thread *thread,
		      const struct ember_rec_stack *stack)
{
	struct seen *s;

	(void)t;
	if (event->type != EMBER_EVENT_THREADS || event->unit != EMBER_UNIT_NANOSECONDS ||
	    EMBER_WAIT_COUNT(w->detail) != 1 || nr_seen == 2 * MOST) {
		nr_wrong++;
		return;
	}
	s = &seen[nr_seen++];
	*s = (struct seen){
		.tid = thread->tid,
		.tgid = thread->tgid,
		.start_time = thread->start_time,
		.wait = w->weight,
		.at = pass_begun + (uint32_t)(w->time - (uint32_t)pass_begun),
		.kind = EMBER_WAIT_KIND(w->detail),
		.nr_kernel = stack->nr_kernel,
		.nr_user = stack->nr_user,
	};
	memcpy(s->frame, stack->frames, (s->nr_kernel + s->nr_user) * sizeof(*s->frame));
}

static struct ember_event threads_event = { .type = EMBER_EVENT_THREADS, .period = 1 };

static void snapshot_open(struct tally *t, uint32_t filter, const uint32_t *id, uint32_t ring)
{
	const struct ember_config config = {
		.filter = filter,
		.ids = (uintptr_t)id,
		.nr_ids = id ? 1 : 0,
		.ring_bytes = ring,
		.events = (uintptr_t)&threads_event,
		.nr_events = 1,
	};

	tally_open(t, &config, NULL);
	t->weighted = on_sample;
	tally_start(t);
}

/* One pass: all calls that it takes. */
static struct ember_thread_list snapshot_pass(struct tally *t, unsigned int *calls)
{
	struct ember_thread_list all = {}, call = { .size = sizeof(call) };

	nr_seen = 0;
	pass_begun = reader_now();
	*calls = 0;
	do {
		call = (struct ember_thread_list){ .size = sizeof(call), .next = call.next };
		if (ioctl(t->reader.fd, EMBER_IOC_THREADS, &call))
			reader_die("EMBER_IOC_THREADS");
		++*calls;
		all.written += call.written;
		all.unreached += call.unreached;
		all.vanished += call.vanished;
		tally_read(t);
	} while (call.next);
	return all;
}

static const struct seen *find(uint32_t tid)
{
	const struct seen *found = NULL;
	unsigned int i;

	for (i = 0; i < nr_seen; i++)
		if (seen[i].tid == tid) {
			if (found)
				nr_wrong++;
			found = &seen[i];
		}
	return found;
}

static bool has_frame(const struct seen *s, uint64_t address)
{
	unsigned int i;

	for (i = s->nr_kernel; i < s->nr_kernel + s->nr_user; i++)
		if (s->frame[i] == address)
			return true;
	return false;
}

/* How often a thread was switched away from. */
static unsigned long switches(pid_t pid, uint32_t tid)
{
	unsigned long value, sum = 0;
	char line[256];
	FILE *f;

	snprintf(line, sizeof(line), "/proc/%d/task/%u/status", pid, tid);
	f = fopen(line, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "voluntary_ctxt_switches: %lu", &value) == 1 ||
		    sscanf(line, "nonvoluntary_ctxt_switches: %lu", &value) == 1)
			sum += value;
	if (f)
		fclose(f);
	return sum;
}

/*
 * Count the crowd's threads that a pass has at their places, of that kind and since when they say;
 * print what was found. A few may have been held up on their way to sleep, and wait for less.
 */
static unsigned int crowd_right(unsigned int nr, uint32_t kind, bool waits)
{
	unsigned int i, missing = 0, astray = 0, other = 0, untimely = 0, early = 0, good = 0;
	uint64_t worst = 0;

	for (i = 0; i < nr; i++) {
		const struct seen *s = find(crowd->thread[i].tid);
		uint64_t wait, off;

		if (!s) {
			missing++;
			continue;
		}
		wait = s->at - crowd->thread[i].since;
		off = wait > s->wait ? wait - s->wait : s->wait - wait;
		if (off > worst)
			worst = off;
		if (!s->nr_kernel || !has_frame(s, crowd->thread[i].place)) {
			if (!astray++)
				printf("# %u: %u kernel frames, %u user frames, place %#llx, frames %#llx %#llx %#llx\n",
				       i, s->nr_kernel, s->nr_user,
				       (unsigned long long)crowd->thread[i].place,
				       (unsigned long long)s->frame[s->nr_kernel],
				       (unsigned long long)s->frame[s->nr_kernel + 1],
				       (unsigned long long)s->frame[s->nr_kernel + 2]);
		} else if (s->kind != kind) {
			if (!other++)
				printf("# %u: kind %u\n", i, s->kind);
		} else if (waits && off > NEAR_NS && (s->wait > wait || ++early > nr / 50)) {
			untimely++;
		} else {
			good++;
		}
	}
	printf("# %u of %u threads right: %u missing, %u elsewhere, %u of another state, %u waits wrong (%llu us at most)\n",
	       good, nr, missing, astray, other, untimely, (unsigned long long)worst / 1000);
	return good;
}

/* ---- the tests ---- */

static void test_crowd(unsigned int nr)
{
	static unsigned long before[MOST];
	pid_t pid = crowd_start(nr, true);
	uint32_t id = pid, moved = 0;
	struct ember_thread_list all;
	const struct seen *spinner;
	unsigned int calls, i;
	uint64_t took, gap, idle_gap;
	struct tally t;

	snapshot_open(&t, EMBER_FILTER_PROCESSES, &id, 1 << 18);
	for (i = 0; i < nr; i++)
		before[i] = switches(pid, crowd->thread[i].tid);
	crowd->measure = true;
	sleep_ms(200);
	idle_gap = crowd->gap;
	crowd->measure = false;
	sleep_ms(20);
	crowd->measure = true;
	took = reader_now();
	all = snapshot_pass(&t, &calls);
	took = reader_now() - took;
	gap = crowd->gap;
	for (i = 0; i < nr; i++)
		moved += switches(pid, crowd->thread[i].tid) != before[i];
	printf("# %u threads in %llu us, %u calls; the longest time off the CPU %llu us, before that %llu us\n",
	       all.written, (unsigned long long)took / 1000, calls,
	       (unsigned long long)gap / 1000, (unsigned long long)idle_gap / 1000);
	result(all.written == nr + 2 && nr_seen == nr + 2 && !all.unreached && !all.vanished,
	       "each thread once");
	result(crowd_right(nr, EMBER_WAIT_SLEEP, true) == nr, "places, states and times");
	result(!moved, "no thread that waits has run for it");
	spinner = find(crowd->spinner);
	result(spinner &&
		       (spinner->kind == EMBER_THREADS_RUNNING ||
			spinner->kind == EMBER_WAIT_PREEMPTED) &&
		       spinner->nr_user,
	       "the thread that runs");
	if (spinner)
		printf("# it is of kind %u, with %u kernel and %u user frames, for %llu us\n",
		       spinner->kind, spinner->nr_kernel, spinner->nr_user,
		       (unsigned long long)spinner->wait / 1000);
	/* The worker may take the spinner's CPU, as any task may: not the process as a whole. */
	result(gap < took / 2 || gap < 20 * MS, "the process goes on meanwhile");
	kill(pid, SIGSTOP);
	sleep_ms(300);
	all = snapshot_pass(&t, &calls);
	result(all.written == nr + 2 && crowd_right(nr, EMBER_WAIT_STOPPED, false) == nr,
	       "a stopped process");
	end(pid);
	all = snapshot_pass(&t, &calls);
	result(!all.written, "a process that has ended");
	result(!t.bad && !nr_wrong && !t.event_lost, "each record makes sense, none is lost");
	tally_close(&t);
}

static void test_many(void)
{
	pid_t pid = crowd_start(MOST, false);
	struct ember_thread_list all;
	uint32_t id = pid;
	unsigned int calls;
	uint64_t took = reader_now();
	struct tally t;

	snapshot_open(&t, EMBER_FILTER_PROCESSES, &id, 1 << 16);
	all = snapshot_pass(&t, &calls);
	took = reader_now() - took;
	printf("# %u threads in %llu ms, %u calls\n", all.written,
	       (unsigned long long)(took / MS), calls);
	result(all.written == MOST + 1 && calls > MOST / EMBER_THREADS_CALL,
	       "5000 threads, call by call");
	result(crowd_right(MOST, EMBER_WAIT_SLEEP, false) == MOST, "their places");
	result(!t.bad && !nr_wrong && !t.event_lost, "no record is lost");
	tally_close(&t);
	end(pid);
}

static void test_small_ring(void)
{
	pid_t pid = crowd_start(100, false);
	struct ember_thread_list all;
	uint32_t id = pid;
	unsigned int calls;
	struct tally t;

	snapshot_open(&t, EMBER_FILTER_PROCESSES, &id, 4096);
	all = snapshot_pass(&t, &calls);
	printf("# %u threads by rings of 4096 bytes: %u calls\n", all.written, calls);
	result(all.written == 101 && calls > 4 &&
		       crowd_right(100, EMBER_WAIT_SLEEP, false) == 100 && !t.event_lost,
	       "a ring that is too small for all");
	tally_close(&t);
	end(pid);
}

static void test_dead(void)
{
	struct ember_thread_list all;
	const struct seen *dead;
	unsigned int calls;
	uint32_t id;
	struct tally t;

	fflush(stdout);
	id = fork();
	if (!id)
		_exit(0);
	sleep_ms(200);
	snapshot_open(&t, EMBER_FILTER_PROCESSES, &id, 1 << 16);
	all = snapshot_pass(&t, &calls);
	dead = find(id);
	result(all.written == 1 && dead && dead->kind == EMBER_THREADS_DEAD &&
		       !dead->nr_kernel && !dead->nr_user && dead->wait > 100 * MS &&
		       dead->wait < 10000 * MS,
	       "a zombie has no stack");
	waitpid(id, NULL, 0);
	tally_close(&t);
}

/* Everything, among processes that come and go with ids that are used again at once. */
static void test_dying(void)
{
	uint64_t until = reader_now() + 3000 * MS;
	unsigned int calls, passes = 0, twice = 0, i, k;
	unsigned long dead = 0, all_seen = 0, vanished = 0, user = 0;
	struct ember_thread_list all;
	pid_t churn[3];
	struct tally t;

	fflush(stdout);
	for (i = 0; i < 3; i++) {
		churn[i] = fork();
		if (churn[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			pid_t pid = fork();

			if (!pid) {
				if (i == 2)
					thread_new(spinner_main, 0);
				_exit(0);
			}
			waitpid(pid, NULL, 0);
		}
	}
	snapshot_open(&t, EMBER_FILTER_NONE, NULL, 1 << 16);
	/* A busy host leaves an emulated CPU little of three seconds. */
	while (reader_now() < until || (passes < 8 && reader_now() < until + 20000 * MS)) {
		all = snapshot_pass(&t, &calls);
		passes++;
		vanished += all.vanished;
		for (i = 0; i < nr_seen; i++) {
			all_seen++;
			dead += seen[i].kind == EMBER_THREADS_DEAD;
			user += seen[i].nr_user > 0;
			for (k = 0; k < i; k++)
				twice += seen[k].tid == seen[i].tid && seen[i].tid &&
					 seen[k].start_time == seen[i].start_time;
		}
		if (all.written != nr_seen)
			nr_wrong++;
	}
	printf("# %u passes, %lu records, %lu with user frames, %lu of dead ones, %lu vanished\n",
	       passes, all_seen, user, dead, vanished);
	result(passes > 3 && !twice && !t.bad && !nr_wrong && !t.event_lost && user > passes,
	       "processes that come and go");
	tally_close(&t);
	for (i = 0; i < 3; i++)
		end(churn[i]);
}

static void pin(unsigned int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void test_real_time(void)
{
	struct sched_param param = { .sched_priority = 50 };
	struct ember_thread_list all;
	const struct seen *spinner;
	unsigned int calls, i;
	uint64_t took, longest = 0;
	bool right = false;
	struct tally t;
	pid_t pid;

	memset(crowd, 0, sizeof(*crowd));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin(1);
		sched_setscheduler(0, SCHED_FIFO, &param);
		spin_here();
	}
	pin(0);
	sleep_ms(200);
	snapshot_open(&t, EMBER_FILTER_NONE, NULL, 1 << 18);
	/* What throttles real-time tasks may do so just then. */
	for (i = 0; i < 10 && !right; i++) {
		took = reader_now();
		all = snapshot_pass(&t, &calls);
		took = reader_now() - took;
		if (took > longest)
			longest = took;
		spinner = find(pid);
		right = spinner && spinner->kind == EMBER_THREADS_RUNNING && spinner->nr_user;
		printf("# %u threads in %llu ms beside a real-time task of kind %u\n",
		       all.written, (unsigned long long)(took / MS),
		       spinner ? spinner->kind : 99);
	}
	result(right && longest < 2000 * MS, "a real-time task holds nobody up, and is seen");
	tally_close(&t);
	end(pid);
}

static void test_deaf(void)
{
	static const char ms[] = "/sys/module/deaf/parameters/ms";
	struct ember_thread_list all;
	const struct seen *writer;
	unsigned int calls, turn = 0;
	uint64_t took, until;
	uint32_t id;
	struct tally t;

	fflush(stdout);
	id = fork();
	if (!id) {
		int fd = open(ms, O_WRONLY | O_CLOEXEC);

		pin(1);
		for (;;) {
			sleep_ms(20);
			if (write(fd, "1000", 4) != 4)
				_exit(1);
		}
	}
	pin(0);
	snapshot_open(&t, EMBER_FILTER_PROCESSES, &id, 1 << 16);
	until = reader_now() + 20000 * MS;
	/* Most of its time it is deaf. Not in step with that. */
	do {
		sleep_ms(7 + turn++ % 32);
		took = reader_now();
		all = snapshot_pass(&t, &calls);
		took = reader_now() - took;
		writer = find(id);
	} while (waitpid(id, NULL, WNOHANG) == 0 && !all.unreached && reader_now() < until);
	printf("# %llu ms for a CPU that takes no interrupt\n",
	       (unsigned long long)(took / MS));
	result(all.unreached == 1 && all.written == 1 && writer &&
		       writer->kind == EMBER_THREADS_UNREACHED && !writer->nr_user &&
		       took >= 15 * MS && took < 500 * MS,
	       "a CPU that takes no interrupt");
	tally_close(&t);
	end(id);
}

static bool refused(int fd, struct ember_thread_list call, int error)
{
	int got = ioctl(fd, EMBER_IOC_THREADS, &call) ? errno : 0;

	if (got != error)
		printf("# %s instead of %s\n", strerror(got), strerror(error));
	return got == error;
}

static void test_refused(void)
{
	const struct ember_thread_list good = { .size = sizeof(good) };
	struct ember_thread_list call;
	uint8_t one = 1;
	struct ember_config config = { .events = (uintptr_t)&threads_event, .nr_events = 1 };
	bool right;
	struct tally t;

	tally_open(&t, &config, NULL);
	right = refused(t.reader.fd, good, EINVAL);
	tally_start(&t);
	right &= refused(t.reader.fd, good, 0);
	call = good;
	call.flags = 1;
	right &= refused(t.reader.fd, call, EINVAL);
	call = good;
	call.reserved = 1;
	right &= refused(t.reader.fd, call, EINVAL);
	call = good;
	call.size--;
	right &= refused(t.reader.fd, call, EINVAL);
	call = good;
	call.next = (uint32_t)INT_MAX + 1;
	right &= refused(t.reader.fd, call, EINVAL);
	call.next = INT_MAX;
	right &= refused(t.reader.fd, call, 0);
	right &= ioctl(t.reader.fd, EMBER_IOC_THREADS, (void *)8) == -1 && errno == EFAULT;
	tally_stop(&t);
	right &= refused(t.reader.fd, good, EINVAL);
	tally_close(&t);
	config.hz = 99;
	config.nr_events = 0;
	config.events = 0;
	tally_open(&t, &config, NULL);
	tally_start(&t);
	right &= refused(t.reader.fd, good, EINVAL);
	tally_close(&t);
	config.events = (uintptr_t)&threads_event;
	config.nr_events = 1;
	config.cpus = (uintptr_t)&one;
	config.cpus_bytes = 1;
	tally_open(&t, &config, NULL);
	tally_start(&t);
	right &= refused(t.reader.fd, good, EINVAL);
	tally_close(&t);
	result(right, "calls that make no sense");
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	crowd_make();
	if (argc == 3 && !strcmp(argv[1], "crowd"))
		crowd_run(atoi(argv[2]), false);
	if (argc > 2 && !strcmp(argv[1], "nobody")) {
		if (!setgid(65534) && !setuid(65534))
			execv(argv[2], argv + 2);
		reader_die(argv[2]);
	}
	seen = calloc(2 * MOST, sizeof(*seen));
	if (!seen)
		reader_die("memory");
	test_refused();
	test_crowd(1000);
	test_small_ring();
	test_many();
	test_dead();
	test_real_time();
#ifdef __x86_64__
	/* Not seen there since both of its emulated CPUs are one thread of the host's. */
	printf("ok %u - a CPU that takes no interrupt # SKIP emulated CPUs that take turns\n",
	       ++number);
	(void)test_deaf;
#else
	test_deaf();
#endif
	test_dying();
	printf("1..%u\n", number);
	return failures > 0;
}
