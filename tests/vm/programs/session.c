// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In the guest: one session by hand, two seconds of known work, and every record of
 * every ring read. TAP on stdout.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "emberprof.h"

#define HZ   999
#define CPUS 64

static int number, failures;

static void ok(bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, what);
	failures += !good;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static volatile unsigned int sink;

__attribute__((noinline)) static void burn(uint64_t until)
{
	while (now() < until)
		for (int i = 0; i < 20000; i++)
			sink += i;
}

__attribute__((noinline)) static void caller(uint64_t until)
{
	burn(until);
	sink++;
}

struct seen {
	unsigned int records, samples, stacks, threads, spaces, maps, files, bad;
	unsigned int user_deep, mine, build_ids;
	uint64_t lost, skipped;
};

static struct seen seen;
static uint8_t stack_mine[1 << 16];

static void look(const struct ember_record *r)
{
	const struct ember_rec_stack *st = (const void *)r;
	const struct ember_rec_lost *lost = (const void *)r;
	uint64_t low = (uintptr_t)burn & ~1ull;

	seen.records++;
	switch (r->type) {
	case EMBER_REC_PAD:
	case EMBER_REC_TIME:
	case EMBER_REC_SPACE_LOST:
	case EMBER_REC_SPACE: break;
	case EMBER_REC_SAMPLE:
		seen.samples++;
		seen.mine += stack_mine[((const struct ember_rec_sample *)r)->stack & 0xffff];
		break;
	case EMBER_REC_STACK:
		seen.stacks++;
		seen.bad += r->size != sizeof(*st) + 8 * (st->nr_kernel + st->nr_user);
		seen.user_deep += st->nr_user >= 3;
		stack_mine[st->stack & 0xffff] = st->nr_user &&
						 st->frames[st->nr_kernel] >= low &&
						 st->frames[st->nr_kernel] < low + 512;
		break;
	case EMBER_REC_THREAD: seen.threads++; break;
	case EMBER_REC_LOST:
		seen.lost += lost->lost;
		seen.skipped += lost->skipped;
		break;
	case EMBER_REC_FILE:
		seen.files++;
		seen.build_ids += ((const struct ember_rec_file *)r)->build_id_bytes == 20;
		break;
	case EMBER_REC_MAP: seen.maps++; break;
	case EMBER_REC_SPACE_END: seen.spaces++; break;
	default: seen.bad++;
	}
}

static void drain(const struct ember_ring_head *head, struct ember_ring_control *control)
{
	const uint8_t *data = (const uint8_t *)head + head->page_bytes;
	uint32_t end = __atomic_load_n(&head->head, __ATOMIC_ACQUIRE);
	uint32_t at = control->tail;

	while (at != end) {
		uint32_t place = at & (head->ring_bytes - 1);
		const struct ember_record *r = (const void *)(data + place);
		uint32_t size = r->size ? r->size : head->ring_bytes - place;

		if (size % 8 || size > end - at || size > head->ring_bytes - place) {
			seen.bad++;
			break;
		}
		look(r);
		at += size;
	}
	__atomic_store_n(&control->tail, end, __ATOMIC_RELEASE);
}

int main(void)
{
	struct ember_query query = { .size = sizeof(query) };
	struct ember_config config = { .size = sizeof(config),
				       .hz = HZ,
				       .ring_bytes = 256 * 1024 };
	struct ember_status st = { .size = sizeof(st),
				   .index = EMBER_STATUS_SELF,
				   .cpu = EMBER_STATUS_CPU_ALL };
	struct ember_ring_control *control[CPUS];
	struct ember_ring_head *head[CPUS];
	struct ember_config wrong;
	uint64_t begin, elapsed, grid;
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	ok(fd >= 0, "open");
	ok(!ioctl(fd, EMBER_IOC_QUERY, &query) && query.abi_version == EMBER_ABI_VERSION,
	   "query");
	printf("# features %llx, %u cpus\n", (unsigned long long)query.features,
	       query.nr_cpus);
	ok(ioctl(fd, EMBER_IOC_START) && errno == EINVAL, "start before config: EINVAL");
	ok(ioctl(fd, _IO(EMBER_IOC_MAGIC, 99)) && errno == ENOTTY, "unknown: ENOTTY");
	wrong = config;
	wrong.flags = 1u << 31;
	ok(ioctl(fd, EMBER_IOC_CONFIG, &wrong) && errno == EINVAL, "unknown flag: EINVAL");
	wrong = config;
	wrong.reserved = 1;
	ok(ioctl(fd, EMBER_IOC_CONFIG, &wrong) && errno == EINVAL, "reserved: EINVAL");
	wrong = config;
	wrong.hz = 0;
	ok(ioctl(fd, EMBER_IOC_CONFIG, &wrong) && errno == EINVAL, "rate 0: EINVAL");
	ok(ioctl(fd, EMBER_IOC_CONFIG, (void *)8) && errno == EFAULT, "pointer: EFAULT");
	ok(!ioctl(fd, EMBER_IOC_CONFIG, &config), "config");
	ok(ioctl(fd, EMBER_IOC_CONFIG, &wrong) && errno == EBUSY, "config twice: EBUSY");
	for (i = 0; i < config.nr_rings && i < CPUS; i++) {
		control[i] = mmap(NULL, query.min_ring_bytes, PROT_READ | PROT_WRITE,
				  MAP_SHARED, fd, i * config.ring_stride);
		head[i] = mmap(NULL, query.min_ring_bytes + config.ring_bytes, PROT_READ,
			       MAP_SHARED, fd, i * config.ring_stride + config.data_offset);
		if (control[i] == MAP_FAILED || head[i] == MAP_FAILED) {
			ok(false, "mmap");
			return 1;
		}
	}
	ok(mprotect(head[0], 4096, PROT_READ | PROT_WRITE) && errno == EACCES,
	   "data stay read-only");
	ok(mmap(NULL, query.min_ring_bytes + config.ring_bytes, PROT_READ | PROT_WRITE,
		MAP_SHARED, fd, config.data_offset) == MAP_FAILED &&
		   errno == EPERM,
	   "data can't be mapped writable");
	ok(mmap(NULL, query.min_ring_bytes, PROT_READ, MAP_SHARED, fd,
		(config.nr_rings + 1) * config.ring_stride) == MAP_FAILED &&
		   errno == EINVAL,
	   "wrong offset: EINVAL");

	begin = now();
	ok(!ioctl(fd, EMBER_IOC_START), "start");
	ok(ioctl(fd, EMBER_IOC_START) && errno == EBUSY, "start twice: EBUSY");
	for (i = 0; i < 10; i++) {
		caller(now() + 200000000);
		for (unsigned int r = 0; r < config.nr_rings; r++)
			drain(head[r], control[r]);
	}
	ok(!ioctl(fd, EMBER_IOC_STOP), "stop");
	elapsed = now() - begin;
	for (i = 0; i < config.nr_rings; i++)
		drain(head[i], control[i]);
	ok(!ioctl(fd, EMBER_IOC_STATUS, &st), "status");

	grid = elapsed * HZ / 1000000000 * query.nr_cpus;
	printf("# %u records: %u samples (%u mine), %u stacks, %u threads, %u spaces, %u maps, %u files (%u build-ids)\n",
	       seen.records, seen.samples, seen.mine, seen.stacks, seen.threads, seen.spaces,
	       seen.maps, seen.files, seen.build_ids);
	printf("# points %llu of %llu: sampled %llu lost %llu filtered %llu idle %llu skipped %llu; handler %llu ns\n",
	       (unsigned long long)st.counters.points, (unsigned long long)grid,
	       (unsigned long long)st.counters.points_sampled,
	       (unsigned long long)st.counters.points_lost,
	       (unsigned long long)st.counters.points_filtered,
	       (unsigned long long)st.counters.points_idle,
	       (unsigned long long)st.counters.points_skipped,
	       (unsigned long long)st.counters.handler_ns);
	ok(!seen.bad, "every record parses");
	ok(seen.samples == st.counters.points_sampled, "samples read = samples counted");
	ok(seen.lost == st.counters.points_lost && seen.skipped == st.counters.points_skipped,
	   "losses reported = losses counted");
	ok(st.counters.points == st.counters.points_sampled + st.counters.points_lost +
					 st.counters.points_filtered +
					 st.counters.points_idle + st.counters.points_skipped,
	   "each point in one counter");
	ok(st.counters.points <= grid + 2 * query.nr_cpus &&
		   st.counters.points + grid / 20 + 2 * query.nr_cpus >= grid,
	   "as many points as the time holds");
	ok(seen.mine * 10 > seen.samples * 3, "the work was seen");
	ok(seen.user_deep > 0, "user stacks are deep");
	ok(seen.spaces > 0 && seen.maps > 0 && seen.build_ids > 0,
	   "mappings and build-ids arrived");
	close(fd);
	printf("1..%d\n", number);
	return failures != 0;
}
