// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contract's refusals: abi GROUP. Each refused call differs from one that is
 * accepted in that one thing, and the accepted one is made on the same file at the end.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "session.h"

#define NOWHERE ((void *)8)

/* A struct of `size` bytes at the very end of a page with nothing after it. */
static void *at_edge(const void *from, size_t size, int protection)
{
	long page = sysconf(_SC_PAGESIZE);
	char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	munmap(two + page, page);
	memcpy(two + page - size, from, size);
	mprotect(two, page, protection);
	return two + page - size;
}

/* What all three structs have in common: `good` is accepted as it is. `first` bytes of it
 * were published at first.
 */
static void sizes(unsigned long command, const void *good, size_t known, size_t first)
{
	int (*fresh)(void) = device;
	long page = sysconf(_SC_PAGESIZE);
	char *buffer = calloc(1, 2 * page);
	uint32_t *size = (uint32_t *)buffer;
	int fd = fresh();

	memcpy(buffer, good, known);
	*size = first - 1;
	refused(ioctl(fd, command, buffer), EINVAL, "one byte smaller than the first");
	*size = 0;
	refused(ioctl(fd, command, buffer), EINVAL, "size 0");
	*size = page + 1;
	refused(ioctl(fd, command, buffer), E2BIG, "larger than a page");
	*size = UINT32_MAX;
	refused(ioctl(fd, command, buffer), E2BIG, "size 2^32 - 1");
	*size = known + 8;
	buffer[known] = 1;
	refused(ioctl(fd, command, buffer), E2BIG, "non-zero tail, first byte");
	buffer[known] = 0;
	buffer[known + 7] = 1;
	refused(ioctl(fd, command, buffer), E2BIG, "non-zero tail, last byte");
	buffer[known + 7] = 0;
	refused(ioctl(fd, command, NOWHERE), EFAULT, "bad pointer");
	refused(ioctl(fd, command, NULL), EFAULT, "null pointer");
	*size = known + 8;
	refused(ioctl(fd, command, at_edge(buffer, known, PROT_READ | PROT_WRITE)), EFAULT,
		"the tail isn't mapped");
	*size = known;
	refused(ioctl(fd, command, at_edge(buffer, known, PROT_READ)), EFAULT,
		"an answer that can't be written");
	ok(!ioctl(fd, command, at_edge(buffer, known, PROT_READ | PROT_WRITE)),
	   "up to the edge of a mapping");
	close(fd);
	fd = fresh();
	*size = first;
	buffer[first] = 1;
	ok(!ioctl(fd, command, buffer), "as published at first");
	ok(buffer[first] == 1, "no more of it is written");
	buffer[first] = 0;
	close(fd);
	fd = fresh();
	memcpy(buffer, good, known);
	*size = known + 8;
	ok(!ioctl(fd, command, buffer), "larger, with a zero tail");
	ok(*size == known + 8, "the caller's size is kept");
	close(fd);
	fd = fresh();
	memcpy(buffer, good, known);
	*size = page;
	ok(!ioctl(fd, command, buffer), "a whole page, with a zero tail");
	close(fd);
	free(buffer);
}

static void unknown(int fd)
{
	struct ember_query q = { .size = sizeof(q) };

	refused(ioctl(fd, _IO(EMBER_IOC_MAGIC, 99), &q), ENOTTY, "an unknown number");
	refused(ioctl(fd, _IOWR('E', 0, struct ember_query), &q), ENOTTY, "another's magic");
	refused(ioctl(fd, _IOR(EMBER_IOC_MAGIC, 0, struct ember_query), &q), ENOTTY,
		"another direction");
	refused(ioctl(fd, _IOWR(EMBER_IOC_MAGIC, 0, struct ember_config), &q), ENOTTY,
		"another size in the number");
	ok(!ioctl(fd, EMBER_IOC_QUERY, &q), "the known one");
}

static void group_query(void)
{
	struct ember_query good = { .size = sizeof(good) }, q = good;
	int fd = device();

	unknown(fd);
	q.reserved = 1;
	refused(ioctl(fd, EMBER_IOC_QUERY, &q), EINVAL, "reserved");
	q = good;
	ok(!ioctl(fd, EMBER_IOC_QUERY, &q), "query");
	ok(q.abi_version == EMBER_ABI_VERSION && q.nr_cpus && q.max_hz >= 10000 &&
		   q.max_sessions && !q.nr_sessions && !q.used_bytes && q.max_bytes &&
		   q.min_ring_bytes == (uint32_t)sysconf(_SC_PAGESIZE) &&
		   q.max_frames == EMBER_FRAMES_MAX && !q.reserved,
	   "the limits and what is in use");
	close(fd);
	sizes(EMBER_IOC_QUERY, &good, sizeof(good), sizeof(good));
}

/* CONFIG with one member other than the good one's. */
#define BAD_CONFIG(error, ...)                                                 \
	do {                                                                   \
		struct ember_config c = good;                                  \
		__VA_ARGS__;                                                   \
		refused(ioctl(fd, EMBER_IOC_CONFIG, &c), error, #__VA_ARGS__); \
	} while (0)

static void config_rings(int fd, const struct ember_config good)
{
	struct ember_query q = query(fd);

	BAD_CONFIG(EINVAL, c.hz = 0);
	BAD_CONFIG(EINVAL, c.hz = q.max_hz + 1);
	BAD_CONFIG(EINVAL, c.ring_bytes = q.min_ring_bytes / 2);
	BAD_CONFIG(EINVAL, c.ring_bytes = q.min_ring_bytes + 8);
	BAD_CONFIG(EINVAL, c.ring_bytes = q.min_ring_bytes * 3);
	BAD_CONFIG(EINVAL, c.ring_bytes = q.max_ring_bytes * 2);
	BAD_CONFIG(EINVAL, c.ring_bytes = 1u << 31);
	BAD_CONFIG(EINVAL, c.max_frames = EMBER_FRAMES_MAX + 1);
	BAD_CONFIG(EINVAL, c.watermark_bytes = c.ring_bytes + 1);
	BAD_CONFIG(EINVAL, c.latency_ms = 3600 * 1000 + 1);
	BAD_CONFIG(EINVAL, c.stack_slots = 8);
	BAD_CONFIG(EINVAL, c.stack_slots = 1000);
	BAD_CONFIG(EINVAL, c.stack_slots = 1 << 21);
	BAD_CONFIG(EINVAL, c.thread_slots = 8);
	BAD_CONFIG(EINVAL, c.thread_slots = 1000);
	BAD_CONFIG(EINVAL, c.thread_slots = 1 << 21);
	/* More than max_bytes, and on a 32-bit kernel than 4 GiB. */
	BAD_CONFIG(EBUSY, c.thread_slots = 1 << 20);
	BAD_CONFIG(EBUSY, c.thread_slots = c.stack_slots = 1 << 20;
		   c.ring_bytes = q.max_ring_bytes);
}

static void config_answered(int fd, const struct ember_config good)
{
	BAD_CONFIG(EINVAL, c.nr_rings = 1);
	BAD_CONFIG(EINVAL, c.session = 1);
	BAD_CONFIG(EINVAL, c.period_ns = 1);
	BAD_CONFIG(EINVAL, c.period_ns = 1ull << 63);
	BAD_CONFIG(EINVAL, c.ring_stride = 1);
	BAD_CONFIG(EINVAL, c.ring_stride = 1ull << 32);
	BAD_CONFIG(EINVAL, c.data_offset = 1);
	BAD_CONFIG(EINVAL, c.reserved = 1);
}

static void config_whom(int fd, const struct ember_config good)
{
	static uint32_t ids[EMBER_IDS_MAX + 1];
	static uint8_t cpus[4097], none[512];
	uint32_t dead = 0x3ffffff;
	unsigned int i;

	for (i = 0; i < EMBER_IDS_MAX + 1; i++)
		ids[i] = getpid();
	memset(cpus, 0xff, sizeof(cpus));
	for (i = 4; i < 32; i++)
		BAD_CONFIG(EINVAL, c.flags = 1u << i);
	BAD_CONFIG(EINVAL, c.flags = EMBER_CONFIG_NO_KERNEL | EMBER_CONFIG_NO_USER);
	BAD_CONFIG(EINVAL, c.nr_ids = 1);
	BAD_CONFIG(EINVAL, c.ids = (uintptr_t)ids);
	BAD_CONFIG(EINVAL, c.cpus = (uintptr_t)cpus);
	BAD_CONFIG(EINVAL, c.cpus_bytes = 1);
	BAD_CONFIG(EINVAL, c.cpus = (uintptr_t)cpus; c.cpus_bytes = sizeof(cpus));
	BAD_CONFIG(EINVAL, c.cpus = (uintptr_t)none; c.cpus_bytes = sizeof(none));
	BAD_CONFIG(EFAULT, c.cpus = 8; c.cpus_bytes = 1);
	for (i = EMBER_FILTER_PROCESSES; i <= EMBER_FILTER_TREE; i++) {
		struct ember_config right = good;

		right.filter = i;
		right.ids = (uintptr_t)ids;
		right.nr_ids = EMBER_IDS_MAX;
		{
			const struct ember_config good = right;

			BAD_CONFIG(EINVAL, c.nr_ids = 0);
			BAD_CONFIG(EINVAL, c.nr_ids = EMBER_IDS_MAX + 1);
			BAD_CONFIG(EINVAL, c.filter = EMBER_FILTER_TREE + 1);
			BAD_CONFIG(EFAULT, c.ids = 0);
			BAD_CONFIG(EFAULT, c.ids = 8);
			BAD_CONFIG(ESRCH, c.ids = (uintptr_t)&dead; c.nr_ids = 1);
			ids[EMBER_IDS_MAX - 1] = 0;
			BAD_CONFIG(ESRCH, c.ids = (uintptr_t)ids);
			ids[EMBER_IDS_MAX - 1] = UINT32_MAX;
			BAD_CONFIG(ESRCH, c.ids = (uintptr_t)ids);
			ids[EMBER_IDS_MAX - 1] = getpid();
		}
		int other = device();
		ok(!ioctl(other, EMBER_IOC_CONFIG, &right), "config with a filter");
		close(other);
	}
	int other = device();
	struct ember_config c = good;
	c.cpus = (uintptr_t)cpus;
	c.cpus_bytes = 4096;
	ok(!ioctl(other, EMBER_IOC_CONFIG, &c), "config with a set of CPUs");
	close(other);
}

static void group_config(void)
{
	struct ember_config good = { .size = sizeof(good), .hz = 99, .ring_bytes = 64 * 1024 },
			    c;
	struct ember_query q;
	int fd = device();

	config_rings(fd, good);
	config_answered(fd, good);
	config_whom(fd, good);
	q = query(fd);
	ok(!q.used_bytes && !q.nr_sessions, "refusals keep nothing");
	c = good;
	ok(!ioctl(fd, EMBER_IOC_CONFIG, &c), "config");
	q = query(fd);
	ok(c.nr_rings == q.nr_cpus + 1 && c.period_ns == 1000000000 / 99 && c.session &&
		   c.ring_bytes == 64 * 1024 && c.max_frames == EMBER_FRAMES_MAX &&
		   c.watermark_bytes == 32 * 1024 && c.stack_slots && c.thread_slots &&
		   c.data_offset >= q.min_ring_bytes && c.ring_stride > c.ring_bytes,
	   "what it fills in");
	ok(q.nr_sessions == 1 && q.used_bytes > c.ring_bytes, "counted");
	close(fd);
	sizes(EMBER_IOC_CONFIG, &good, sizeof(good), sizeof(good));
	fd = device();
	q = query(fd);
	ok(!q.used_bytes && !q.nr_sessions, "nothing is left");
	close(fd);
}

static void group_status(void)
{
	struct ember_status good = { .size = sizeof(good),
				     .index = EMBER_STATUS_SELF,
				     .cpu = EMBER_STATUS_CPU_ALL },
			    st;
	struct ember_config c = { .size = sizeof(c), .hz = 99 };
	int fd = device(), other = device();
	unsigned int i;

	for (i = 0; i < 2; i++) { /* new, configured */
		st = good;
		st.boot = 1;
		refused(ioctl(fd, EMBER_IOC_STATUS, &st), EINVAL, "once reserved");
		st = good;
		st.cpu = query(fd).nr_cpus;
		refused(ioctl(fd, EMBER_IOC_STATUS, &st), EINVAL, "no such CPU");
		st = good;
		st.index = i;
		refused(ioctl(other, EMBER_IOC_STATUS, &st), ENOENT, "past the last");
		st = good;
		ok(!ioctl(fd, EMBER_IOC_STATUS, &st), "status");
		ok(st.state == i && st.owner == (uint32_t)getpid() && st.session &&
			   !st.counters.points && !st.boot,
		   "state, owner, session and counters");
		if (!i)
			ok(!ioctl(fd, EMBER_IOC_CONFIG, &c), "config");
	}
	ok(st.hz == 99 && st.ring_bytes == c.ring_bytes && st.session == c.session &&
		   st.memory_bytes == query(fd).used_bytes && !st.running_ns,
	   "all of it");
	st = good;
	st.index = 0;
	ok(!ioctl(other, EMBER_IOC_STATUS, &st) && st.session == c.session,
	   "another's status");
	close(fd);
	refused(ioctl(other, EMBER_IOC_STATUS, &st), ENOENT, "it's closed");
	close(other);
	sizes(EMBER_IOC_STATUS, &good, sizeof(good), EMBER_STATUS_SIZE_1);
}

/* Files opened one after another, configured the other way round. */
static void group_listed(void)
{
	int fd[3] = { device(), device(), device() };
	struct ember_config c[3];
	unsigned int i;

	for (i = 3; i-- > 0;) {
		c[i] = (struct ember_config){ .size = sizeof(*c), .hz = 99 };
		ok(!ioctl(fd[i], EMBER_IOC_CONFIG, &c[i]), "config");
	}
	ok(c[0].session < c[1].session && c[1].session < c[2].session, "numbered at open");
	for (i = 0; i < 3; i++)
		ok(status(fd[0], i, EMBER_STATUS_CPU_ALL).session == c[i].session,
		   "the n-th is the one with the n-th number");
	for (i = 0; i < 3; i++)
		close(fd[i]);
}

static void group_order(void)
{
	struct ember_config good = { .size = sizeof(good), .hz = 99 }, c = good;
	int fd = device();
	int i;

	refused(ioctl(fd, EMBER_IOC_START), EINVAL, "START before CONFIG");
	refused(ioctl(fd, EMBER_IOC_STOP), EINVAL, "STOP before CONFIG");
	refused(mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
				MAP_FAILED ?
			-1 :
			0,
		EINVAL, "mmap before CONFIG");
	ok(!ioctl(fd, EMBER_IOC_CONFIG, &c), "CONFIG");
	c = good;
	refused(ioctl(fd, EMBER_IOC_CONFIG, &c), EBUSY, "CONFIG twice");
	refused(ioctl(fd, EMBER_IOC_STOP), EINVAL, "STOP before START");
	for (i = 0; i < 3; i++) {
		ok(!ioctl(fd, EMBER_IOC_START), "START");
		refused(ioctl(fd, EMBER_IOC_START), EBUSY, "START twice");
		refused(ioctl(fd, EMBER_IOC_CONFIG, &c), EBUSY, "CONFIG while running");
		ok(status(fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).state ==
			   EMBER_STATE_RUNNING,
		   "running");
		ok(!ioctl(fd, EMBER_IOC_STOP), "STOP");
		refused(ioctl(fd, EMBER_IOC_STOP), EINVAL, "STOP twice");
	}
	close(fd);
	refused(lseek(device(), 8, SEEK_SET), ESPIPE, "seek");
	refused(read(device(), &c, 8), EINVAL, "read");
	refused(write(device(), &c, 8), EINVAL, "write");
}

int main(int argc, char **argv)
{
	static const struct group groups[] = {
		{ "query", group_query },   { "config", group_config },
		{ "status", group_status }, { "listed", group_listed },
		{ "order", group_order },
	};

	return groups_main(argc, argv, groups, sizeof(groups) / sizeof(groups[0]));
}
