// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: growth [alone MEGABYTES]
 * In the guest: memory that known functions touch, and what the event `growth` says of it.
 * TAP on stdout. alone: touches that many megabytes, 50 : 30 : 20, and nothing else.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "session.h"
#include "tally.h"

#define PERIOD	  (64 * 1024)
#define MEGABYTES 64ull
#define CHILDREN  100
#define THREADS	  4

static int number, failures;

static bool check(bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, what);
	failures += !good;
	return good;
}

static long page;

/* In pages of code of their own, so that a frame's address says which it is. */
#define TOUCH_BYTES 1024
#define TOUCH	    __attribute__((noinline, aligned(TOUCH_BYTES)))

static inline __attribute__((always_inline)) void touch(volatile char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += page)
		at[i] = 1;
}

TOUCH void touch_half(char *at, size_t bytes)
{
	touch(at, bytes);
	__asm__ volatile("");
}

TOUCH void touch_third(char *at, size_t bytes)
{
	touch(at + 1, bytes);
	__asm__ volatile("");
}

TOUCH void touch_fifth(char *at, size_t bytes)
{
	touch(at + 2, bytes);
	__asm__ volatile("");
}

static char *fresh(size_t bytes, int advice)
{
	char *at =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		reader_die("mmap");
	madvise(at, bytes, advice);
	return at;
}

static void grow(size_t bytes, int advice)
{
	char *at = fresh(bytes, advice);
	size_t half = bytes / 2, third = bytes * 3 / 10 / page * page;

	touch_half(at, half);
	touch_third(at + half, third);
	touch_fifth(at + half + third, bytes - half - third);
	munmap(at, bytes);
}

struct seen {
	uint64_t all, by[3], kind[4], mine, named;
	pid_t tgid;
};
static struct seen seen;

static void on_weighted(struct tally *t, const struct ember_rec_weighted *weighted,
			const struct ember_rec_event *event,
			const struct ember_rec_thread *thread,
			const struct ember_rec_stack *stack)
{
	static const uintptr_t begin[] = { (uintptr_t)touch_half, (uintptr_t)touch_third,
					   (uintptr_t)touch_fifth };
	unsigned int i, k;

	(void)t;
	seen.all += weighted->weight;
	if (event->type != EMBER_EVENT_GROWTH || event->unit != EMBER_UNIT_BYTES) {
		t->bad++;
		return;
	}
	if ((pid_t)thread->tgid != seen.tgid)
		return;
	seen.mine += weighted->weight;
	seen.kind[weighted->detail & 3] += weighted->weight;
	for (i = stack->nr_kernel; i < (unsigned int)stack->nr_kernel + stack->nr_user; i++)
		for (k = 0; k < 3; k++)
			if (stack->frames[i] - begin[k] < TOUCH_BYTES) {
				seen.by[k] += weighted->weight;
				return;
			}
}

/* Ready to touch: a tally that runs. NULL ids: everything. */
static struct tally tally;

static struct ember_event growth = { .type = EMBER_EVENT_GROWTH, .period = PERIOD };

static void begin(unsigned int hz, uint32_t *id, unsigned int ring_bytes)
{
	const struct ember_config config = tally_config(hz, id, ring_bytes, &growth, 1);

	tally_open(&tally, &config, NULL);
	tally.weighted = on_weighted;
	memset(&seen, 0, sizeof(seen));
	seen.tgid = getpid();
	tally_start(&tally);
	/* The first report of a process says what it has already. */
	touch(fresh(512 * page, MADV_NOHUGEPAGE), 512 * page);
	tally_read(&tally);
	memset(&seen, 0, sizeof(seen));
	seen.tgid = getpid();
}

static struct ember_event_counters end(void)
{
	struct ember_status st;

	tally_stop(&tally);
	tally_status(&tally, EMBER_STATUS_CPU_ALL, &st);
	return st.events[0];
}

static bool within(uint64_t got, uint64_t want, double part)
{
	return got >= want * (1 - part) && got <= want * (1 + part);
}

/* points: how far off a share may be. */
static bool shares(int points)
{
	static const int want[] = { 50, 30, 20 };
	uint64_t sum = seen.by[0] + seen.by[1] + seen.by[2];
	bool good = sum;

	printf("# %llu KiB of %llu in the three functions,", (unsigned long long)sum >> 10,
	       (unsigned long long)seen.mine >> 10);
	for (int k = 0; k < 3; k++) {
		double got = sum ? seen.by[k] * 100.0 / sum : 0;

		printf(" %.2f%%", got);
		good = good && got > want[k] - points && got < want[k] + points;
	}
	printf("\n");
	return good && within(sum, MEGABYTES << 20, 0.05);
}

static void of_functions(unsigned int hz, int advice, const char *what)
{
	struct ember_event_counters c;
	struct ember_status st;

	begin(hz, NULL, 1 << 20);
	grow(MEGABYTES << 20, advice);
	c = end();
	check(shares(2), what);
	check(!tally.bad && c.type == EMBER_EVENT_GROWTH && c.period == PERIOD &&
		      c.sampled == tally.event_samples && !c.filtered &&
		      c.sampled_weight == tally.event_weight && c.lost == tally.event_lost,
	      "STATUS counts what the rings have");
	printf("# %llu occurred, %llu KiB; %llu sampled, %llu KiB; %llu lost\n",
	       (unsigned long long)c.occurred, (unsigned long long)c.weight >> 10,
	       (unsigned long long)c.sampled, (unsigned long long)c.sampled_weight >> 10,
	       (unsigned long long)c.lost);
	check(within(c.sampled_weight, c.weight, 0.02),
	      "weights of samples add up to those of all");
	tally_status(&tally, EMBER_STATUS_CPU_ALL, &st);
	check(settled(&st.counters) && (hz ? st.counters.points > 0 : !st.counters.points),
	      hz ? "the clock's points add up beside it" :
		   "without a rate the clock has no points");
	tally_close(&tally);
}

static void of_kinds(void)
{
	char *at;
	int fd;

	begin(0, NULL, 1 << 20);
	at = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	touch(at, 8 << 20);
	munmap(at, 8 << 20);
	end();
	printf("# shared: %llu KiB\n",
	       (unsigned long long)seen.kind[EMBER_GROWTH_SHARED] >> 10);
	check(within(seen.kind[EMBER_GROWTH_SHARED], 8 << 20, 0.1),
	      "shared memory is its own kind");
	tally_close(&tally);

	/* Resident files: read, not written. */
	fd = open("/tmp/growth.file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || ftruncate(fd, 8 << 20))
		reader_die("file");
	begin(0, NULL, 1 << 20);
	at = mmap(NULL, 8 << 20, PROT_READ, MAP_PRIVATE, fd, 0);
	for (size_t i = 0; i < 8 << 20; i += page)
		burn_sink += at[i];
	munmap(at, 8 << 20);
	end();
	close(fd);
	unlink("/tmp/growth.file");
	printf("# file: %llu KiB, shared: %llu KiB\n",
	       (unsigned long long)seen.kind[EMBER_GROWTH_FILE] >> 10,
	       (unsigned long long)seen.kind[EMBER_GROWTH_SHARED] >> 10);
	check(within(seen.kind[EMBER_GROWTH_FILE] + seen.kind[EMBER_GROWTH_SHARED], 8 << 20,
		     0.1),
	      "pages of a file that it only reads");
	tally_close(&tally);
}

static void *of_thread(void *unused)
{
	(void)unused;
	grow((MEGABYTES << 20) / THREADS, MADV_NOHUGEPAGE);
	return NULL;
}

static void of_threads(void)
{
	pthread_t thread[THREADS];

	begin(0, NULL, 1 << 20);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, of_thread, NULL))
			reader_die("thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	end();
	/* A thread that another one replaces before its interrupt comes loses its sample. */
	check(shares(4), "threads that touch at the same time");
	tally_close(&tally);
}

static void of_children(void)
{
	uint64_t want = CHILDREN * 1024ull * 1024;

	begin(0, NULL, 1 << 20);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (!pid) {
			touch(fresh(1 << 20, MADV_NOHUGEPAGE), 1 << 20);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		tally_read(&tally);
	}
	end();
	printf("# children: %llu KiB of %llu\n",
	       (unsigned long long)(seen.all - seen.mine) >> 10,
	       (unsigned long long)want >> 10);
	/* They also touch what they have in common with their parent. */
	check(seen.all - seen.mine >= want * 0.95 && seen.all - seen.mine <= want * 1.5,
	      "processes that live for a megabyte");
	tally_close(&tally);
}

static void of_filter(void)
{
	struct ember_event_counters c;
	uint32_t init = 1, self = getpid();

	begin(0, &init, 1 << 20);
	grow(16 << 20, MADV_NOHUGEPAGE);
	c = end();
	check(!tally.event_samples && c.filtered && c.weight >= 16 << 20,
	      "a filter for another process leaves nothing");
	tally_close(&tally);
	begin(0, &self, 1 << 20);
	grow(16 << 20, MADV_NOHUGEPAGE);
	end();
	printf("# this process: %llu KiB of %llu, %llu lost\n",
	       (unsigned long long)seen.mine >> 10, (unsigned long long)seen.all >> 10,
	       (unsigned long long)tally.event_lost_weight >> 10);
	check(within(seen.mine + tally.event_lost_weight, 16 << 20, 0.05) &&
		      seen.all == seen.mine,
	      "a filter for this process leaves it alone");
	tally_close(&tally);
}

static void of_losses(void)
{
	struct ember_event_counters c;

	begin(0, NULL, page);
	grow(MEGABYTES << 20, MADV_NOHUGEPAGE);
	tally_read(&tally);
	c = end();
	printf("# %llu samples lost of %llu KiB, %llu in records\n",
	       (unsigned long long)c.lost, (unsigned long long)tally.event_lost_weight >> 10,
	       (unsigned long long)tally.event_lost);
	check(c.lost && c.lost == tally.event_lost && !tally.bad,
	      "what a full ring loses is in its records");
	check(within(tally.event_weight + tally.event_lost_weight, c.weight, 0.02),
	      "lost weight included the sum is whole");
	tally_close(&tally);
}

static void config_refused(struct ember_config config, int error, const char *what)
{
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC), got;

	config.size = sizeof(config);
	got = ioctl(fd, EMBER_IOC_CONFIG, &config) ? errno : 0;
	if (got != error)
		printf("# %s instead of %s\n", strerror(got), strerror(error));
	check(got == error, what);
	close(fd);
}

static void of_configs(void)
{
	struct ember_event events[EMBER_EVENTS_MAX + 1] = { growth, growth };
	struct ember_config good = { .events = (uintptr_t)events, .nr_events = 1 }, c;

	config_refused(good, 0, "CONFIG takes growth without a clock");
	c = good;
	c.events = 0;
	config_refused(c, EINVAL, "a count without a list");
	c = good;
	c.nr_events = 0;
	c.hz = 99;
	config_refused(c, EINVAL, "a list without a count");
	c = good;
	c.events = 8;
	config_refused(c, EFAULT, "a list that can't be read");
	c = good;
	c.nr_events = 2;
	config_refused(c, EINVAL, "an event twice");
	c.nr_events = EMBER_EVENTS_MAX + 1;
	config_refused(c, EINVAL, "too many events");
	c = good;
	c.reserved = 1;
	config_refused(c, EINVAL, "a reserved field");
	events[0].period = 0;
	config_refused(good, EINVAL, "a period of 0");
	events[0].period = 1ull << 32;
	config_refused(good, EINVAL, "a period of 4 GiB");
	events[0] = growth;
	events[0].flags = 1;
	config_refused(good, EINVAL, "a flag");
	events[0] = growth;
	events[0].reserved[1] = 1;
	config_refused(good, EINVAL, "a reserved field of an event");
	events[0] = growth;
	events[0].type = EMBER_EVENT_CPU;
	config_refused(good, EINVAL, "the clock in the list");
	events[0].type = 99;
	config_refused(good, EINVAL, "a type that nobody knows");
	c = (struct ember_config){ .hz = 0 };
	config_refused(c, EINVAL, "neither a rate nor an event");
}

int main(int argc, char **argv)
{
	uint64_t features;

	page = sysconf(_SC_PAGESIZE);
	if (argc == 3 && !strcmp(argv[1], "alone")) {
		grow((size_t)atoi(argv[2]) << 20, MADV_NOHUGEPAGE);
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	features = reader_features();
	check(features & EMBER_FEATURE_EVENTS, "the module knows events");
	if (!(features & EMBER_FEATURE_GROWTH)) {
		config_refused(
			(struct ember_config){ .events = (uintptr_t)&growth, .nr_events = 1 },
			EOPNOTSUPP, "growth is refused where the kernel doesn't report it");
		return failures != 0;
	}
	of_functions(0, MADV_NOHUGEPAGE, "64 MiB in three functions");
	of_functions(99, MADV_NOHUGEPAGE, "the same beside the clock");
	of_functions(0, MADV_HUGEPAGE, "the same in huge pages, where there are any");
	of_kinds();
	of_threads();
	of_children();
	of_filter();
	of_losses();
	of_configs();
	return failures != 0;
}
