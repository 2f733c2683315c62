// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: mutex [alone SECONDS | hammer]
 * In the guest: threads that wait for mutexes, and whom the event `mutex` blames. TAP on stdout.
 * alone: two mutexes that one thread holds 70 : 30 of the time, in hold_a() and hold_b(), while
 * others wait; prints how long they waited for each, and the bytes of both functions. hammer: as
 * many waits as can be.
 */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "session.h"
#include "tally.h"

#ifndef SYS_futex
#define SYS_futex SYS_futex_time64
#endif

#define MS	1000000u
#define WAITERS 2

static int number, failures;

static bool check(bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, what);
	failures += !good;
	return good;
}

static void nap(uint64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	nanosleep(&t, NULL);
}

static pid_t tid(void)
{
	return syscall(SYS_gettid);
}

/* ---- two mutexes ---- */

struct pair {
	pthread_mutex_t a, b;
	uint64_t until;
	uint64_t waited_a, waited_b; /* until the holder released what they waited for */
	uint64_t released_a, released_b;
	volatile pid_t holder;
};
static struct pair pair;

/* Linkers name the begin and the end of such a section. */
#define OWN_SECTION(name) __attribute__((noinline, section(name)))
extern char __start_in_hold_a[], __stop_in_hold_a[], __start_in_hold_b[], __stop_in_hold_b[];

OWN_SECTION("in_hold_a") void hold_a(struct pair *p)
{
	if (pthread_mutex_lock(&p->a))
		reader_die("lock");
	nap(7 * MS);
	p->released_a = reader_now();
	pthread_mutex_unlock(&p->a);
	__asm__ volatile("");
}

OWN_SECTION("in_hold_b") void hold_b(struct pair *p)
{
	if (pthread_mutex_lock(&p->b))
		reader_die("lock");
	nap(3 * MS);
	p->released_b = reader_now();
	pthread_mutex_unlock(&p->b);
	__asm__ volatile("");
}

static void *hold(void *of)
{
	struct pair *p = of;

	p->holder = tid();
	while (reader_now() < p->until) {
		hold_a(p);
		hold_b(p);
	}
	return NULL;
}

__attribute__((noinline)) void want(pthread_mutex_t *lock, uint64_t *waited,
				    const uint64_t *released)
{
	uint64_t before = reader_now();

	if (pthread_mutex_lock(lock))
		reader_die("lock");
	/* Else it found the mutex free. */
	if (*released > before)
		*waited += *released - before;
	pthread_mutex_unlock(lock);
	nap(MS / 2);
}

static void *want_a(void *of)
{
	struct pair *p = of;

	while (reader_now() < p->until)
		want(&p->a, &p->waited_a, &p->released_a);
	return NULL;
}

static void *want_b(void *of)
{
	struct pair *p = of;

	while (reader_now() < p->until)
		want(&p->b, &p->waited_b, &p->released_b);
	return NULL;
}

static void run(struct pair *p, pthread_mutexattr_t *attr, double seconds)
{
	pthread_t holder, wants[2 * WAITERS];

	pthread_mutex_init(&p->a, attr);
	pthread_mutex_init(&p->b, attr);
	p->waited_a = p->waited_b = p->released_a = p->released_b = 0;
	p->until = reader_now() + (uint64_t)(seconds * 1e9);
	if (pthread_create(&holder, NULL, hold, p))
		reader_die("thread");
	for (int i = 0; i < 2 * WAITERS; i++)
		if (pthread_create(&wants[i], NULL, i % 2 ? want_b : want_a, p))
			reader_die("thread");
	pthread_join(holder, NULL);
	for (int i = 0; i < 2 * WAITERS; i++)
		pthread_join(wants[i], NULL);
}

/* ---- what is blamed ---- */

static struct tally tally;

static struct seen {
	uint64_t ns, count, mine, framed; /* of all of this process; of `tid`; with frames */
	pid_t tid;
} seen;

static void on_weighted(struct tally *t, const struct ember_rec_weighted *weighted,
			const struct ember_rec_event *event,
			const struct ember_rec_thread *thread,
			const struct ember_rec_stack *stack)
{
	if (event->type != EMBER_EVENT_MUTEX || event->unit != EMBER_UNIT_NANOSECONDS ||
	    EMBER_WAIT_KIND(weighted->detail) || !EMBER_WAIT_COUNT(weighted->detail) ||
	    stack->nr_kernel) {
		t->bad++;
		return;
	}
	if ((pid_t)thread->tgid != getpid())
		return;
	seen.ns += weighted->weight;
	seen.count += EMBER_WAIT_COUNT(weighted->detail);
	if ((pid_t)thread->tid != seen.tid)
		return;
	seen.mine += weighted->weight;
	if (stack->nr_user)
		seen.framed += weighted->weight;
}

static unsigned long unknown(const char *cause)
{
	char text[256], *at;
	int fd = open("/sys/module/emberprof/parameters/mutex_unknown", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	if (n <= 0)
		reader_die("mutex_unknown");
	text[n] = 0;
	at = strstr(text, cause);
	if (!at)
		reader_die(cause);
	return strtoul(at + strlen(cause), NULL, 10);
}

static void begin(void)
{
	static struct ember_event event = { .type = EMBER_EVENT_MUTEX, .period = 10000 };
	const struct ember_config config = {
		.ring_bytes = 1 << 20,
		.events = (uintptr_t)&event,
		.nr_events = 1,
	};

	tally_open(&tally, &config, NULL);
	tally.weighted = on_weighted;
	memset(&seen, 0, sizeof(seen));
	tally_start(&tally);
}

static struct ember_event_counters end(void)
{
	struct ember_event_counters *c;
	struct ember_status st;

	tally_stop(&tally);
	tally_status(&tally, EMBER_STATUS_CPU_ALL, &st);
	c = st.events;
	printf("# %llu releases, %llu us; %llu samples, %llu us; %llu lost, %llu us; mine %llu us of %llu in %llu, with frames %llu\n",
	       (unsigned long long)c->occurred, (unsigned long long)c->weight / 1000,
	       (unsigned long long)c->sampled, (unsigned long long)c->sampled_weight / 1000,
	       (unsigned long long)tally.event_lost,
	       (unsigned long long)tally.event_lost_weight / 1000,
	       (unsigned long long)seen.mine / 1000, (unsigned long long)seen.ns / 1000,
	       (unsigned long long)seen.count, (unsigned long long)seen.framed / 1000);
	if (tally.bad || c->type != EMBER_EVENT_MUTEX || c->sampled != tally.event_samples ||
	    c->sampled_weight != tally.event_weight || c->lost != tally.event_lost)
		check(false, "STATUS counts what the rings have");
	tally_close(&tally);
	return *c;
}

static const struct kind {
	const char *name;
	int type;
	bool robust, inherit, shared;
} kinds[] = {
	{ .name = "normal", .type = PTHREAD_MUTEX_NORMAL },
	{ .name = "recursive", .type = PTHREAD_MUTEX_RECURSIVE },
	{ .name = "errorcheck", .type = PTHREAD_MUTEX_ERRORCHECK },
	{ .name = "robust", .type = PTHREAD_MUTEX_NORMAL, .robust = true },
	{ .name = "robust, errorcheck", .type = PTHREAD_MUTEX_ERRORCHECK, .robust = true },
	{ .name = "priority inheritance", .type = PTHREAD_MUTEX_NORMAL, .inherit = true },
	{ .name = "robust, priority inheritance",
	  .type = PTHREAD_MUTEX_NORMAL,
	  .robust = true,
	  .inherit = true },
	{ .name = "shared", .type = PTHREAD_MUTEX_NORMAL, .shared = true },
};

static void of_kinds(void)
{
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct kind *kind = &kinds[i];
		struct ember_event_counters c;
		pthread_mutexattr_t attr;
		uint64_t waited;
		char what[80];

		pthread_mutexattr_init(&attr);
		if (pthread_mutexattr_settype(&attr, kind->type) ||
		    (kind->robust &&
		     pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST)) ||
		    (kind->inherit &&
		     pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT)) ||
		    (kind->shared &&
		     pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED)))
			reader_die(kind->name);
		begin();
		run(&pair, &attr, 0.3);
		seen.tid = pair.holder;
		c = end();
		waited = pair.waited_a + pair.waited_b;
		printf("# %s: waited %llu us\n", kind->name,
		       (unsigned long long)waited / 1000);
		snprintf(what, sizeof(what), "%s: the holder is blamed for the waits",
			 kind->name);
		check(waited > 200 * MS && seen.mine > 0.95 * waited &&
			      seen.mine < 1.05 * waited && seen.mine > 0.95 * c.weight &&
			      seen.framed == seen.mine,
		      what);
	}
}

/* ---- one that waits, for something that another thread holds ---- */

static struct {
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	pthread_cond_t cond;
	sem_t sem;
	pthread_barrier_t barrier;
	uint32_t *word;
	volatile bool ready;
} it;

static void futex(uint32_t *word, int op, uint32_t value)
{
	syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

static void *wait_mutex(void *unused)
{
	pthread_mutex_lock(&it.mutex);
	pthread_mutex_unlock(&it.mutex);
	return unused;
}

static void *wait_read(void *unused)
{
	pthread_rwlock_rdlock(&it.rwlock);
	pthread_rwlock_unlock(&it.rwlock);
	return unused;
}

static void *wait_write(void *unused)
{
	pthread_rwlock_wrlock(&it.rwlock);
	pthread_rwlock_unlock(&it.rwlock);
	return unused;
}

static void *wait_cond(void *unused)
{
	pthread_mutex_lock(&it.mutex);
	while (!it.ready)
		pthread_cond_wait(&it.cond, &it.mutex);
	pthread_mutex_unlock(&it.mutex);
	return unused;
}

static void *wait_sem(void *unused)
{
	while (sem_wait(&it.sem))
		;
	return unused;
}

static void *wait_barrier(void *unused)
{
	pthread_barrier_wait(&it.barrier);
	return unused;
}

static void *wait_word(void *unused)
{
	while (*(volatile uint32_t *)it.word == 2)
		futex(it.word, FUTEX_WAIT_PRIVATE, 2);
	return unused;
}

static void *wait_timed(void *unused)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 50 * MS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	if (!pthread_mutex_timedlock(&it.mutex, &until))
		reader_die("timedlock");
	return unused;
}

static void release_read(void)
{
	pthread_rwlock_unlock(&it.rwlock);
}

static void release_cond(void)
{
	pthread_mutex_lock(&it.mutex);
	it.ready = true;
	pthread_mutex_unlock(&it.mutex);
	pthread_cond_broadcast(&it.cond);
}

static void release_sem(void)
{
	for (int i = 0; i < WAITERS; i++)
		sem_post(&it.sem);
}

static void release_barrier(void)
{
	pthread_barrier_wait(&it.barrier);
}

static void release_word(void)
{
	*(volatile uint32_t *)it.word = 0;
	/* One after the other, as mutexes are. */
	for (int i = 0; i < WAITERS; i++)
		futex(it.word, FUTEX_WAKE_PRIVATE, 1);
}

static void release_mutex(void)
{
	pthread_mutex_unlock(&it.mutex);
}

/* Threads begin to wait, and are released 30 ms later. Returns the event's counters. */
static struct ember_event_counters waits(void *(*wait)(void *), void (*release)(void))
{
	pthread_t thread[WAITERS];

	begin();
	seen.tid = tid();
	for (int i = 0; i < WAITERS; i++)
		if (pthread_create(&thread[i], NULL, wait, NULL))
			reader_die("thread");
	nap(80 * MS);
	release();
	for (int i = 0; i < WAITERS; i++)
		pthread_join(thread[i], NULL);
	return end();
}

static void nobody(const char *what, void *(*wait)(void *), void (*release)(void))
{
	unsigned long before = unknown("other");
	struct ember_event_counters c = waits(wait, release);

	/* Those who wake up at once may meet at a mutex within, for a moment. */
	check(seen.ns < 5 * MS && c.weight < 5 * MS && unknown("other") >= before + WAITERS,
	      what);
}

/* At a page's end: behind it there may be nothing. */
static uint32_t *word_at(bool end)
{
	long page = sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	if (at == MAP_FAILED || munmap(at + page, page))
		reader_die("mmap");
	return (uint32_t *)(at + (end ? page - 4 : 256));
}

static void of_others(void)
{
	uint32_t *word;

	pthread_rwlock_init(&it.rwlock, NULL);
	pthread_rwlock_wrlock(&it.rwlock);
	nobody("nobody is blamed for waits of readers for a rwlock", wait_read, release_read);
	pthread_rwlock_rdlock(&it.rwlock);
	nobody("nor of writers", wait_write, release_read);
	pthread_mutex_init(&it.mutex, NULL);
	pthread_cond_init(&it.cond, NULL);
	nobody("nor for a condition variable", wait_cond, release_cond);
	sem_init(&it.sem, 0, 0);
	nobody("nor for a semaphore", wait_sem, release_sem);
	pthread_barrier_init(&it.barrier, NULL, WAITERS + 1);
	nobody("nor at a barrier", wait_barrier, release_barrier);
	/* All words around it are what a glibc mutex has, but for one of them each time. */
	for (unsigned int wrong = 0; wrong < 5; wrong++) {
		bool wide = sizeof(long) == 8;
		uint32_t mutex[] = { 2, 0, tid(), wide, !wide };

		/* lock (waited for as 2 nevertheless), count, owner, users, kind */
		if (wrong == 0)
			mutex[2] = INT_MAX;
		else if (wrong == 1)
			mutex[1] = 7;
		else if (wrong == 2)
			mutex[2] = 0;
		else if (wrong == 3)
			mutex[wide ? 3 : 4] = 0;
		else
			mutex[wide ? 4 : 3] = 0x1004;
		word = it.word = word_at(false);
		memcpy(word, mutex, sizeof(mutex));
		nobody("nor at a word that isn't quite a mutex", wait_word, release_word);
	}
}

/* ---- locks that lie, and threads that end ---- */

static void *die_with_it(void *unused)
{
	pthread_mutex_lock(&it.mutex);
	*(volatile pid_t *)unused = tid();
	nap(60 * MS);
	return NULL;
}

#ifdef __GLIBC__
static void *idle(void *at)
{
	*(volatile pid_t *)at = tid();
	nap(300 * MS);
	return NULL;
}

static void of_lies(void)
{
	unsigned long before;
	volatile pid_t other = 0;
	struct ember_event_counters c;
	pthread_t thread;

	before = unknown("lies");
	pthread_mutex_init(&it.mutex, NULL);
	pthread_mutex_lock(&it.mutex);
	it.mutex.__data.__owner = 4194303;
	c = waits(wait_mutex, release_mutex);
	check(!seen.ns && unknown("lies") > before, "an owner that isn't there: nobody");
	pthread_mutex_init(&it.mutex, NULL);
	pthread_mutex_lock(&it.mutex);
	it.mutex.__data.__owner = 1;
	c = waits(wait_mutex, release_mutex);
	check(!seen.ns && unknown("lies") > before + WAITERS,
	      "an owner of another process: nobody");
	if (pthread_create(&thread, NULL, idle, (void *)&other))
		reader_die("thread");
	while (!other)
		nap(MS);
	before = unknown("stranger");
	pthread_mutex_init(&it.mutex, NULL);
	pthread_mutex_lock(&it.mutex);
	it.mutex.__data.__owner = other;
	c = waits(wait_mutex, release_mutex);
	check(seen.ns < 5 * MS && unknown("stranger") > before && c.lost &&
		      tally.event_lost_weight > 100 * MS,
	      "an owner that is another thread: nobody, and the time is lost");
	pthread_join(thread, NULL);
}
#endif

static void of_ends(void)
{
	struct ember_event_counters c;
	pthread_mutexattr_t attr;
	unsigned long before;
	volatile pid_t dead = 0;
	pthread_t thread, waiter;
	pid_t child;

	before = unknown("left");
	pthread_mutex_init(&it.mutex, NULL);
	pthread_mutex_lock(&it.mutex);
	c = waits(wait_timed, release_mutex);
	check(!seen.ns && c.lost && unknown("left") >= before + WAITERS,
	      "waits that time out are lost");

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&it.mutex, &attr);
	begin();
	if (pthread_create(&thread, NULL, die_with_it, (void *)&dead))
		reader_die("thread");
	while (!dead)
		nap(MS);
	seen.tid = dead;
	if (pthread_create(&waiter, NULL, wait_mutex, NULL))
		reader_die("thread");
	pthread_join(thread, NULL);
	pthread_join(waiter, NULL);
	end();
	check(seen.mine > 40 * MS && seen.mine == seen.ns,
	      "who dies with a robust mutex is blamed");

	before = unknown("left");
	begin();
	child = fork();
	if (!child) {
		pthread_mutex_init(&it.mutex, NULL);
		pthread_mutex_lock(&it.mutex);
		for (int i = 0; i < 20; i++)
			if (pthread_create(&waiter, NULL, wait_mutex, NULL))
				reader_die("thread");
		pause();
	}
	nap(150 * MS);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	c = end();
	check(tally.event_samples == 0 && unknown("left") >= before + 20 &&
		      tally.event_lost_weight > 20 * 80 * MS &&
		      tally.event_lost_weight < 20 * 300ull * MS,
	      "threads that are killed while they wait leave nothing behind but lost time");

	/* The word's neighbours can't be read. */
	before = unknown("unread");
	it.word = word_at(true);
	*it.word = 2;
	c = waits(wait_word, release_word);
	check(!c.occurred && unknown("unread") >= before + WAITERS,
	      "a word at the end of its memory");
}

/* ---- as often as can be ---- */

static uint64_t hammered_until;

static void *hammer(void *unused)
{
	while (reader_now() < hammered_until)
		for (int i = 0; i < 50; i++) {
			pthread_mutex_lock(&it.mutex);
			if (!(i % 10))
				sched_yield();
			pthread_mutex_unlock(&it.mutex);
		}
	return unused;
}

static void of_many(void)
{
	struct ember_event_counters c;
	pthread_t thread[16];

	pthread_mutex_init(&it.mutex, NULL);
	begin();
	hammered_until = reader_now() + 1500 * MS;
	for (int i = 0; i < 16; i++)
		if (pthread_create(&thread[i], NULL, hammer, NULL))
			reader_die("thread");
	for (int i = 0; i < 16; i++)
		pthread_join(thread[i], NULL);
	c = end();
	/* 16 threads wait for 1.5 s at most, and nobody else does. */
	check(c.occurred > 300 && c.weight < 16ull * 1600 * MS &&
		      c.sampled_weight + tally.event_lost_weight > 0.98 * c.weight,
	      "threads that do nothing but contend");
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[1], "alone")) {
		run(&pair, NULL, atof(argv[2]));
		printf("%llu %llu %lu %lu %lu %lu\n", (unsigned long long)pair.waited_a,
		       (unsigned long long)pair.waited_b, (unsigned long)__start_in_hold_a,
		       (unsigned long)__stop_in_hold_a, (unsigned long)__start_in_hold_b,
		       (unsigned long)__stop_in_hold_b);
		return 0;
	}
	if (!(reader_features() & EMBER_FEATURE_MUTEX)) {
		check(reader_lacks(EMBER_EVENT_MUTEX, MS),
		      "mutex is refused where the kernel doesn't report wakeups");
		return failures != 0;
	}
	if (argc == 2) {
		of_many();
		return failures != 0;
	}
	of_kinds();
	of_others();
#ifdef __GLIBC__
	of_lies();
#endif
	of_ends();
	return failures != 0;
}
