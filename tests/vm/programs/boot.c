// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The boot session: boot GROUP. `early` is work before there is a reader; `seam` adopts the session
 * in the midst of work and counts its samples, `exact` too, where no point is skipped; `full` adopts one whose rings were full; `refused`
 * makes each call of ADOPT with one thing wrong; `holder` has it until it's killed; `insert` is
 * followed by insmod's arguments and says what that took.
 */
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "reader.h"
#include "session.h"

#define NOWHERE	   ((void *)8)
#define NUMBERS	   (1 << 20)
#define SAMPLES	   (1 << 16)
#define SPACES_MAX 4096

static struct ember_adopt good(void)
{
	return (struct ember_adopt){ .size = sizeof(struct ember_adopt),
				     .abi_version = EMBER_ABI_VERSION };
}

__attribute__((noinline)) static void burn_early(uint64_t until)
{
	burn(until);
	burn_sink++;
}

/* What a reader has seen of all rings. */
struct seen {
	struct reader reader;
	uint64_t samples[READER_RINGS], lost, skipped, undefined, unmapped;
	uint64_t first, last; /* sample, ns */
	uint8_t *stack, *space; /* by number (of one ring), by space */
	uint32_t *thread; /* by number (of one ring): its space + 1; 0: not defined */
	uint32_t nr_spaces, mine[SAMPLES], nr_mine; /* mine: us since `since` */
	uint64_t since;
	uint32_t self;
	uint8_t *own;
};

static void look(void *context, unsigned int ring, const struct ember_record *record)
{
	const struct ember_rec_sample *sample = (const void *)record;
	const struct ember_rec_thread *thread = (const void *)record;
	const struct ember_rec_stack *stack = (const void *)record;
	const struct ember_rec_lost *lost = (const void *)record;
	const struct ember_rec_space_end *space = (const void *)record;
	struct seen *seen = context;
	uint32_t of = ring * 65536;
	uint64_t when;

	switch (record->type) {
	case EMBER_REC_STACK: seen->stack[of + (stack->stack & 65535)] = 1; break;
	case EMBER_REC_THREAD:
		seen->thread[of + (thread->thread & 65535)] = thread->space + 1;
		seen->own[of + (thread->thread & 65535)] = thread->tid == seen->self;
		break;
	case EMBER_REC_SPACE_END: seen->space[space->space % SPACES_MAX] = 1; break;
	case EMBER_REC_LOST:
		seen->lost += lost->lost;
		seen->skipped += lost->skipped;
		break;
	case EMBER_REC_SAMPLE:
		when = reader_time(&seen->reader, ring, sample);
		seen->samples[ring]++;
		if (!seen->first || when < seen->first)
			seen->first = when;
		if (when > seen->last)
			seen->last = when;
		of += sample->thread & 65535;
		seen->undefined += !seen->thread[of] ||
				   !seen->stack[ring * 65536 + (sample->stack & 65535)];
		if (seen->thread[of] > 1 && !seen->space[seen->thread[of] - 1])
			seen->unmapped++;
		if (seen->own[of] && when >= seen->since && seen->nr_mine < SAMPLES)
			seen->mine[seen->nr_mine++] = (when - seen->since) / 1000;
		break;
	}
}

/* Adopt, map, and read the last ring first: what is mapped is known then. */
static struct seen *adopt(int fd, struct ember_adopt *a, uint64_t since)
{
	struct seen *seen = calloc(1, sizeof(*seen));
	struct reader *r = &seen->reader;
	size_t page = sysconf(_SC_PAGESIZE);

	seen->stack = calloc(NUMBERS, 1);
	seen->own = calloc(NUMBERS, 1);
	seen->space = calloc(SPACES_MAX, 1);
	seen->thread = calloc(NUMBERS, sizeof(*seen->thread));
	seen->since = since;
	seen->self = getpid();
	if (ioctl(fd, EMBER_IOC_ADOPT, a)) {
		perror("# adopt");
		exit(1);
	}
	r->fd = fd;
	r->config.nr_rings = a->nr_rings;
	for (uint32_t i = 0; i < a->nr_rings && i < 16; i++) {
		r->control[i] = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				     i * a->ring_stride);
		r->head[i] = mmap(NULL, page + a->ring_bytes, PROT_READ, MAP_SHARED, fd,
				  i * a->ring_stride + a->data_offset);
		if (r->control[i] == MAP_FAILED || r->head[i] == MAP_FAILED) {
			perror("# mmap");
			exit(1);
		}
	}
	return seen;
}

/* A mapping would keep the file. */
static void let_go(struct seen *seen)
{
	struct reader *r = &seen->reader;
	size_t page = sysconf(_SC_PAGESIZE);

	for (uint32_t i = 0; i < r->config.nr_rings; i++) {
		munmap(r->head[i], page + r->head[i]->ring_bytes);
		munmap(r->control[i], page);
	}
	close(r->fd);
}

static uint64_t samples(const struct seen *seen)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < READER_RINGS; i++)
		sum += seen->samples[i];
	return sum;
}

static void read_all(struct seen *seen)
{
	reader_drain(&seen->reader, seen->reader.config.nr_rings - 1, look, seen);
	reader_read(&seen->reader, look, seen);
}

/* STOP, and all that is left; samples and losses have to be what STATUS counts. */
static struct ember_status settle(struct seen *seen, int fd)
{
	struct ember_status all, st;

	ok(!ioctl(fd, EMBER_IOC_STOP), "STOP");
	do {
		read_all(seen);
		all = status(fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL);
	} while (all.definitions_waiting);
	read_all(seen);
	for (uint32_t cpu = 0; cpu + 1 < seen->reader.config.nr_rings; cpu++) {
		st = status(fd, EMBER_STATUS_SELF, cpu);
		printf("# cpu %u: %llu points: %llu sampled, %llu read; %llu lost, %llu idle, %llu skipped\n",
		       cpu, (unsigned long long)st.counters.points,
		       (unsigned long long)st.counters.points_sampled,
		       (unsigned long long)seen->samples[cpu],
		       (unsigned long long)st.counters.points_lost,
		       (unsigned long long)st.counters.points_idle,
		       (unsigned long long)st.counters.points_skipped);
		ok(st.counters.points_sampled == seen->samples[cpu],
		   "samples read are those counted");
		ok(settled(&st.counters), "each point has one counter");
	}
	ok(seen->lost == all.counters.points_lost, "losses are those counted");
	ok(!seen->undefined, "each sample's stack and thread are defined");
	ok(!all.counters.definitions_lost && !all.definitions_dropped,
	   "no definition was lost");
	printf("# %llu samples, %llu of threads whose space has no mappings\n",
	       (unsigned long long)samples(seen), (unsigned long long)seen->unmapped);
	/* Some processes ended before anybody could look. */
	ok(seen->unmapped * 20 <= samples(seen), "mappings are known");
	return all;
}

static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	ok(!sched_setaffinity(0, sizeof(set), &set), "on CPU 0");
}

/*
 * Work on one CPU from before ADOPT until after: one point in each period, across the seam. What
 * isn't our own sample is somebody else's, or skipped.
 */
static void seam(bool exact)
{
	uint64_t since = now(), end, taken, cells;
	struct ember_adopt a = good();
	struct ember_status st;
	struct seen *seen;
	uint32_t i, widest = 0;
	int fd = device();

	pin();
	burn(since + 500000000);
	seen = adopt(fd, &a, since);
	taken = now();
	ok(a.hz && a.nr_rings == query(fd).nr_cpus + 1 && a.ring_bytes &&
		   a.period_ns == 1000000000 / a.hz && a.max_frames && a.session && a.started,
	   "what it was made with");
	ok(a.started < since, "it began before us");
	ok(a.state == EMBER_STATE_RUNNING, "it runs");
	st = status(fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL);
	ok(st.boot == EMBER_BOOT_ADOPTED && st.owner == (uint32_t)getpid() &&
		   st.session == a.session && st.state == EMBER_STATE_RUNNING,
	   "its status names us");
	burn(now() + 500000000);
	end = now();
	st = settle(seen, fd);
	ok(!st.counters.points_lost, "no sample was lost");
	ok(seen->first < since, "samples from before us are there");
	ok(seen->first < a.started + 500000000, "from its first half second on");
	cells = (end - since) / a.period_ns;
	for (i = 1; i < seen->nr_mine; i++)
		if (seen->mine[i] - seen->mine[i - 1] > widest)
			widest = seen->mine[i] - seen->mine[i - 1];
	printf("# adopted %llu ms after its start, %llu ms after ours; %u samples of ours in %llu periods, %u us apart at most\n",
	       (unsigned long long)(taken - a.started) / 1000000,
	       (unsigned long long)(taken - since) / 1000000, seen->nr_mine,
	       (unsigned long long)cells, widest);
	/* Of others on this CPU there may be some, and skipped points. */
	ok(seen->nr_mine <= cells + 2 &&
		   seen->nr_mine + cells / 10 + 2 + seen->skipped >= cells,
	   "one of ours in each period");
	ok((seen->skipped && !exact) || widest <= 2000000 / a.hz + 1,
	   "none missing at the seam");
	let_go(seen);
	fd = device();
	ok(!query(fd).nr_sessions && !query(fd).used_bytes, "nothing is left of it");
	a = good();
	refused(ioctl(fd, EMBER_IOC_ADOPT, &a), ENOENT, "ADOPT once more");
	close(fd);
}

static void group_seam(void)
{
	seam(false);
}

/* No point is skipped where each instruction takes the same time. */
static void group_exact(void)
{
	seam(true);
}

/* Its rings were full before: it has stopped, with nothing lost, and can go on. */
static void group_full(void)
{
	struct ember_adopt a = good();
	int fd = device();
	struct ember_status st = status(fd, 0, EMBER_STATUS_CPU_ALL);
	struct seen *seen;
	uint64_t before;
	unsigned int i;

	ok(st.boot == EMBER_BOOT_WAITS && !st.owner, "nobody's");
	ok(st.state == EMBER_STATE_STOPPED, "stopped");
	ok(!st.cpus_online, "on all CPUs");
	seen = adopt(fd, &a, 0);
	ok(a.state == EMBER_STATE_STOPPED, "ADOPT says so");
	ok(a.started + st.running_ns < now(), "and how long it ran");
	read_all(seen);
	before = samples(seen);
	printf("# %llu samples in %llu ms\n", (unsigned long long)before,
	       (unsigned long long)st.running_ns / 1000000);
	ok(seen->last && seen->last <= a.started + st.running_ns, "no sample after its stop");
	ok(!ioctl(fd, EMBER_IOC_START), "START");
	for (i = 0; i < 30; i++) {
		burn(now() + 10000000);
		read_all(seen);
	}
	st = settle(seen, fd);
	ok(!st.counters.points_lost, "no sample was lost");
	ok(samples(seen) > before, "and there are more");
	let_go(seen);
}

/* The calling process becomes nobody, without capabilities. */
static int nobody(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return -1;
	return syscall(SYS_capset, &header, data);
}

static bool waits(void)
{
	int fd = device();
	struct ember_status st = status(fd, 0, EMBER_STATUS_CPU_ALL);

	close(fd);
	return st.boot == EMBER_BOOT_WAITS && st.state == EMBER_STATE_RUNNING;
}

static void refused_structs(int fd)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *two =
		mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct ember_adopt a, *edge = (void *)(two + page - sizeof(a));
	char large[sizeof(a) + 8];

#define CASE(error, what)                                              \
	do {                                                           \
		a = good();                                            \
		what;                                                  \
		refused(ioctl(fd, EMBER_IOC_ADOPT, &a), error, #what); \
	} while (0)
	CASE(EINVAL, a.size = 0);
	CASE(EINVAL, a.size = sizeof(a) - 1);
	CASE(E2BIG, a.size = page + 1);
	CASE(EPROTO, a.abi_version = 0);
	CASE(EPROTO, a.abi_version = EMBER_ABI_VERSION + 1);
	CASE(EINVAL, a.watermark_bytes = 1u << 31);
	CASE(EINVAL, a.latency_ms = 3600 * 1000 + 1);
	CASE(EINVAL, a.flags = 1);
	CASE(EINVAL, a.hz = 99);
	CASE(EINVAL, a.ring_bytes = 65536);
	CASE(EINVAL, a.session = 1);
	CASE(EINVAL, a.period_ns = 1);
	CASE(EINVAL, a.started = 1);
	CASE(EINVAL, a.state = 1);
	CASE(EINVAL, a.reserved[0] = 1);
	CASE(EINVAL, a.reserved[4] = 1);
#undef CASE
	a = good();
	memcpy(large, &a, sizeof(a));
	memset(large + sizeof(a), 1, 8);
	*(uint32_t *)large = sizeof(large);
	refused(ioctl(fd, EMBER_IOC_ADOPT, large), E2BIG, "a tail that isn't zero");
	refused(ioctl(fd, EMBER_IOC_ADOPT, NULL), EFAULT, "null pointer");
	refused(ioctl(fd, EMBER_IOC_ADOPT, NOWHERE), EFAULT, "bad pointer");
	memcpy(edge, &a, sizeof(a));
	mprotect(two, page, PROT_READ);
	refused(ioctl(fd, EMBER_IOC_ADOPT, edge), EFAULT, "an answer that can't be written");
	refused(ioctl(fd, EMBER_IOC_START), EINVAL, "START after that");
	ok(waits(), "the boot session waits as before");
	munmap(two, page);
}

static void group_refused(void)
{
	int fd = device(), configured = device(), kept = device(), result;
	struct ember_config c = { .size = sizeof(c), .hz = 99 };
	struct ember_adopt a = good();

	ok(query(fd).features & EMBER_FEATURE_ADOPT, "the feature");
	ok(waits(), "a boot session waits");
	refused_structs(fd);
	ok(!ioctl(configured, EMBER_IOC_CONFIG, &c), "CONFIG");
	refused(ioctl(configured, EMBER_IOC_ADOPT, &a), EBUSY, "ADOPT after CONFIG");
	fflush(stdout);
	if (!fork()) {
		a = good();
		ok(!nobody(), "nobody");
		refused(open(EMBER_DEVICE, O_RDWR), EPERM, "open by nobody");
		refused(ioctl(kept, EMBER_IOC_ADOPT, &a), EPERM, "ADOPT by nobody");
		fflush(stdout);
		_exit(cases_failed != 0);
	}
	wait(&result);
	ok(!result, "nobody is refused");
	ok(waits(), "the boot session waits as before");
	close(kept);
	a = good();
	ok(!ioctl(fd, EMBER_IOC_ADOPT, &a), "ADOPT");
	a = good();
	refused(ioctl(fd, EMBER_IOC_ADOPT, &a), EBUSY, "ADOPT twice");
	c = (struct ember_config){ .size = sizeof(c), .hz = 99 };
	refused(ioctl(fd, EMBER_IOC_CONFIG, &c), EBUSY, "CONFIG after ADOPT");
	refused(ioctl(fd, EMBER_IOC_START), EBUSY, "START while it runs");
	kept = device();
	refused(ioctl(kept, EMBER_IOC_ADOPT, &a), ENOENT, "ADOPT of what another file has");
	close(kept);
	close(configured);
	ok(!ioctl(fd, EMBER_IOC_STOP), "STOP");
	ok(!ioctl(fd, EMBER_IOC_START), "START");
	close(fd);
	fd = device();
	refused(ioctl(fd, EMBER_IOC_ADOPT, &a), ENOENT, "ADOPT when it has ended");
	ok(!query(fd).nr_sessions && !query(fd).used_bytes, "nothing is left");
	close(fd);
}

/* No boot session was asked for. */
static void group_none(void)
{
	struct ember_adopt a = good();
	int fd = device();

	refused(ioctl(fd, EMBER_IOC_ADOPT, &a), ENOENT, "ADOPT without a boot session");
	close(fd);
}

static void group_holder(void)
{
	struct ember_adopt a = good();
	int fd = device();

	ok(!ioctl(fd, EMBER_IOC_ADOPT, &a), "ADOPT");
	close(open("/tmp/held", O_CREAT | O_WRONLY, 0600));
	for (;;)
		pause();
}

static void group_early(void)
{
	burn_early(now() + 1000000000);
	ok(true, "burnt");
}

/* What insmod takes of the CPU, with all that the module does in it. */
static void insert(char **argv)
{
	struct rusage usage;
	uint64_t begun = now(), us;
	int result;

	*argv = "insmod";
	if (!fork()) {
		execv("/bin/insmod", argv);
		_exit(127);
	}
	wait(&result);
	getrusage(RUSAGE_CHILDREN, &usage);
	us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	     usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
	printf("# insmod: %llu us of CPU, %llu us in all\n", (unsigned long long)us,
	       (unsigned long long)(now() - begun) / 1000);
	ok(!result, "it's in");
	ok(us < 50000, "in less than 50 ms of CPU");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} groups[] = {
		{ "early", group_early },     { "seam", group_seam },
		{ "exact", group_exact },     { "full", group_full },
		{ "refused", group_refused }, { "none", group_none },
		{ "holder", group_holder },
	};
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 2 && !strcmp(argv[1], "insert")) {
		insert(argv + 1);
		return cases_end("insert");
	}
	for (i = 0; argc == 2 && i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!strcmp(argv[1], groups[i].name)) {
			groups[i].run();
			return cases_end(argv[1]);
		}
	fprintf(stderr, "usage: boot early|seam|exact|full|refused|none|holder|insert ARGS\n");
	return 2;
}
