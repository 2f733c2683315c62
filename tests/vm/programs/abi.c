// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contract's refusals: abi GROUP. Each refused call differs from one that is
 * accepted in that one thing, and the accepted one is made on the same file at the end.
 */
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "session.h"

#define NOWHERE ((void *)8)

static int device(void)
{
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		perror("# " EMBER_DEVICE);
		exit(1);
	}
	return fd;
}

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
		unsigned int r;

		for (r = 0; r < sizeof(st.reserved) / sizeof(*st.reserved); r++) {
			st = good;
			st.reserved[r] = 1u << (r * 16);
			refused(ioctl(fd, EMBER_IOC_STATUS, &st), EINVAL, "reserved");
		}
		st = good;
		st.cpu = query(fd).nr_cpus;
		refused(ioctl(fd, EMBER_IOC_STATUS, &st), EINVAL, "no such CPU");
		st = good;
		st.index = i;
		refused(ioctl(other, EMBER_IOC_STATUS, &st), ENOENT, "past the last");
		st = good;
		ok(!ioctl(fd, EMBER_IOC_STATUS, &st), "status");
		ok(st.state == i && st.owner == (uint32_t)getpid() && st.session &&
			   !st.counters.points,
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

static int map(int fd, size_t length, int protection, int flags, uint64_t offset)
{
	void *at = mmap64(NULL, length, protection, flags, fd, offset);

	if (at == MAP_FAILED)
		return -1;
	munmap(at, length);
	return 0;
}

static void group_mmap(void)
{
	uint8_t first = 1;
	struct ember_config c = { .size = sizeof(c),
				  .hz = 99,
				  .ring_bytes = 64 * 1024,
				  .cpus = (uintptr_t)&first,
				  .cpus_bytes = 1 };
	const int both = PROT_READ | PROT_WRITE;
	int fd = device();
	size_t page = sysconf(_SC_PAGESIZE), all = page + c.ring_bytes;
	struct ember_query q = query(fd);
	uint64_t data, stride;

	ok(!ioctl(fd, EMBER_IOC_CONFIG, &c), "config");
	data = c.data_offset;
	stride = c.ring_stride;
	refused(map(fd, 2 * page, both, MAP_SHARED, 0), EINVAL, "control: two pages");
	refused(map(fd, page, both, MAP_SHARED, stride - page), EINVAL, "between two rings");
	refused(map(fd, page, both, MAP_SHARED, (q.nr_cpus + 1) * stride), EINVAL,
		"past the last ring");
	refused(map(fd, page, both, MAP_SHARED, 1ull << 31), EINVAL, "far past the last ring");
	refused(map(fd, page, both, MAP_PRIVATE, 0), EINVAL, "control: private");
	refused(map(fd, page, PROT_READ, MAP_SHARED, 0), EINVAL, "control: read-only");
	refused(map(fd, page, PROT_NONE, MAP_SHARED, 0), EINVAL, "control: no access");
	refused(map(fd, page, both | PROT_EXEC, MAP_SHARED, 0), EINVAL, "control: executable");
	refused(map(fd, all - page, PROT_READ, MAP_SHARED, data), EINVAL, "data: a page less");
	refused(map(fd, all + page, PROT_READ, MAP_SHARED, data), EINVAL, "data: a page more");
	refused(map(fd, c.ring_bytes, PROT_READ, MAP_SHARED, data + page), EINVAL,
		"data: without the head page");
	refused(map(fd, all, both, MAP_SHARED, data), EPERM, "data: writable");
	refused(map(fd, all, PROT_WRITE, MAP_SHARED, data), EPERM, "data: write only");
	refused(map(fd, all, PROT_READ | PROT_EXEC, MAP_SHARED, data), EINVAL,
		"data: executable");
	refused(map(fd, all, PROT_READ, MAP_PRIVATE, data), EINVAL, "data: private");
	if (q.nr_cpus > 1) {
		refused(map(fd, page, both, MAP_SHARED, stride), ENXIO,
			"control of a CPU that isn't sampled");
		refused(map(fd, all, PROT_READ, MAP_SHARED, stride + data), ENXIO,
			"data of a CPU that isn't sampled");
	}
	ok(!map(fd, page, both, MAP_SHARED, 0), "control");
	ok(!map(fd, all, PROT_READ, MAP_SHARED, data), "data");
	ok(!map(fd, page, both, MAP_SHARED, q.nr_cpus * stride), "the last ring's control");
	ok(!map(fd, all, PROT_READ, MAP_SHARED, q.nr_cpus * stride + data),
	   "the last ring's data");
	close(fd);
}

static sigjmp_buf fault;

static void on_fault(int signal)
{
	siglongjmp(fault, signal);
}

/* The signal that reading or writing a byte there brings, or 0. */
static int touch(volatile char *at, bool write)
{
	int signal = sigsetjmp(fault, 1);

	if (signal)
		return signal;
	if (write)
		*at = 1;
	else
		(void)*at;
	return 0;
}

static bool child_faults(volatile char *at)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(touch(at, false) == SIGSEGV ? 0 : 1);
	waitpid(pid, &status, 0);
	return !status;
}

/* The child has the mapping too where its parent says so. */
static bool child_reads(char *at, size_t bytes)
{
	int status;
	pid_t pid;

	if (madvise(at, bytes, MADV_DOFORK))
		return false;
	pid = fork();
	if (!pid)
		_exit(touch(at, false) || touch(at, true) != SIGSEGV);
	waitpid(pid, &status, 0);
	return !status && !madvise(at, bytes, MADV_DONTFORK);
}

/* Pages of the ring in a pipe: they outlive the mapping and the session. */
static void piped(const struct session *s, int pipes[2])
{
	struct iovec part = { (char *)s->head[0], s->page };

	ok(!pipe(pipes) && vmsplice(pipes[1], &part, 1, 0) == (ssize_t)s->page,
	   "a page of it goes into a pipe");
}

static void group_mapped(void)
{
	struct session s = { .config = { .hz = 999, .ring_bytes = 64 * 1024 } };
	char *data, *control, *moved;
	struct ember_ring_head head;
	int pipes[2];
	size_t page, all;
	char byte = 1;
	int memory;

	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);
	if (!ok(!session_open(&s), "a session"))
		return;
	page = s.page;
	all = page + s.config.ring_bytes;
	data = (char *)s.head[0];
	control = (char *)s.control[0];
	ok(!ioctl(s.fd, EMBER_IOC_START), "start");

	refused(mprotect(data, page, PROT_READ | PROT_WRITE), EACCES, "head made writable");
	refused(mprotect(data + page, page, PROT_READ | PROT_WRITE), EACCES,
		"data made writable");
	refused(mprotect(data, all, PROT_READ | PROT_EXEC), EACCES, "data made executable");
	refused(mprotect(control, page, PROT_READ | PROT_EXEC), EACCES,
		"control made executable");
	ok(touch(data, true) == SIGSEGV, "a write to the head faults");
	ok(touch(data + page, true) == SIGSEGV, "a write to the data faults");
	memory = open("/proc/self/mem", O_RDWR);
	ok(pwrite64(memory, &byte, 1, (uintptr_t)data) < 0, "nor through /proc/self/mem");
	ok(pwrite64(memory, &byte, 1, (uintptr_t)data + page) < 0, "nor the data");
	close(memory);
	refused(mremap(data, all, all + page, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0, EFAULT,
		"mremap: grown");
	refused(mremap(control, page, 2 * page, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0, EFAULT,
		"mremap: control grown");
	ok(child_faults(data) && child_faults(control), "a child has no mappings");
	ok(child_reads(data, all), "but where it's asked for, and reads only");
	ok(child_faults(data), "and not for longer");
	moved = mmap(NULL, all + (1 << 20), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	moved = (char *)(((uintptr_t)moved + 0xffff) & ~0xfffful);
	ok(mremap(data, all, all, MREMAP_MAYMOVE | MREMAP_FIXED, moved) == moved,
	   "mremap: moved");
	s.head[0] = (struct ember_ring_head *)moved;
	ok(s.head[0]->ring_bytes == s.config.ring_bytes, "and is the same there");
	burn(now() + 300000000);
	ok(!ioctl(s.fd, EMBER_IOC_STOP), "stop");
	drain(&s);
	ok(s.samples > 0 && !s.bad, "records are read there");
	piped(&s, pipes);
	ok(!madvise(moved, page, MADV_DONTNEED) && touch(moved, false) == SIGBUS,
	   "thrown away is thrown away");
	ok(!munmap(moved + page, page), "a hole in the data");
	ok(touch(control, true) == 0, "control is writable");
	ok(!ioctl(s.fd, EMBER_IOC_START), "start again");
	burn(now() + 100000000);
	/* The mappings outlive the file's descriptor. */
	close(s.fd);
	burn(now() + 100000000);
	ok(touch(control, true) == 0, "mapped after close");
	munmap(control, page);
	munmap(moved, all);
	for (size_t i = 1; i < s.config.nr_rings; i++)
		if (s.head[i]) {
			munmap(s.control[i], page);
			munmap(s.head[i], all);
		}
	s.fd = device();
	ok(!query(s.fd).used_bytes, "all is gone");
	ok(read(pipes[0], &head, sizeof(head)) == sizeof(head) &&
		   head.ring_bytes == s.config.ring_bytes,
	   "but for the page in the pipe");
}

static void group_caps(void)
{
	int fd[64] = { -1 }, extra = device();
	struct ember_config good = { .size = sizeof(good), .hz = 99 }, c = good;
	struct ember_query q = query(extra);
	struct ember_status st;
	unsigned int i;

	for (i = 0; i < q.max_sessions; i++) {
		fd[i] = device();
		c = good;
		ok(!ioctl(fd[i], EMBER_IOC_CONFIG, &c), "up to the cap");
	}
	c = good;
	refused(ioctl(extra, EMBER_IOC_CONFIG, &c), EBUSY, "one more");
	ok(query(extra).nr_sessions == q.max_sessions, "query, with all taken");
	for (i = 0; i < q.max_sessions; i++) {
		st = status(extra, i, EMBER_STATUS_CPU_ALL);
		ok(st.state == EMBER_STATE_STOPPED && st.hz == 99, "status, with all taken");
	}
	close(fd[0]);
	c = good;
	ok(!ioctl(extra, EMBER_IOC_CONFIG, &c), "in the place of one that went");
	close(extra);
	for (i = 1; i < q.max_sessions; i++)
		close(fd[i]);
	/* Memory: as much as fits, then less. */
	extra = device();
	fd[0] = device();
	c = good;
	c.ring_bytes = q.max_ring_bytes;
	while (ioctl(fd[0], EMBER_IOC_CONFIG, &c)) {
		if (!ok(errno == EBUSY && c.ring_bytes > q.min_ring_bytes, "too much: EBUSY"))
			break;
		c.ring_bytes /= 2;
	}
	good.ring_bytes = c.ring_bytes;
	for (i = 1; i < 64; i++) {
		c = good;
		if (ioctl(extra, EMBER_IOC_CONFIG, &c)) {
			ok(errno == EBUSY, "the rest isn't enough: EBUSY");
			break;
		}
		fd[i] = extra;
		extra = device();
	}
	ok(query(extra).used_bytes <= q.max_bytes, "never more than the cap");
	while (i--)
		close(fd[i]);
	q = query(extra);
	ok(!q.used_bytes && !q.nr_sessions, "nothing is left");
	close(extra);
}

/* Caps beyond what the machine has. */
static void group_memory(void)
{
	struct ember_config good = { .size = sizeof(good), .hz = 99 }, c = good;
	int fd = device();

	c.ring_bytes = 1 << 30;
	refused(ioctl(fd, EMBER_IOC_CONFIG, &c), ENOMEM, "rings of 1 GiB");
	ok(!query(fd).used_bytes, "nothing is kept of it");
	c = good;
	ok(!ioctl(fd, EMBER_IOC_CONFIG, &c), "a session of the usual size");
	close(fd);
}

/* The module with small caps, as the suite gives them. */
static void group_small(void)
{
	struct ember_config good = { .size = sizeof(good), .hz = 500 }, c = good;
	int fd = device(), other = device();
	struct ember_query q = query(fd);

	ok(q.max_hz == 500 && q.max_sessions == 1 && q.max_bytes == 1048576, "limits");
	ok(q.max_ring_bytes <= 20000 && !(q.max_ring_bytes & (q.max_ring_bytes - 1)),
	   "the largest ring is a power of two");
	c.hz = 501;
	refused(ioctl(fd, EMBER_IOC_CONFIG, &c), EINVAL, "a rate above the cap");
	c = good;
	c.stack_slots = 1 << 17;
	refused(ioctl(fd, EMBER_IOC_CONFIG, &c), EBUSY, "more memory than there may be");
	c = good;
	c.stack_slots = c.thread_slots = 16;
	ok(!ioctl(fd, EMBER_IOC_CONFIG, &c), "the default ring fits");
	ok(c.ring_bytes <= q.max_ring_bytes, "since it's smaller than usual");
	c = good;
	c.stack_slots = c.thread_slots = 16;
	refused(ioctl(other, EMBER_IOC_CONFIG, &c), EBUSY, "a second session");
	close(fd);
	ok(!ioctl(other, EMBER_IOC_CONFIG, &c), "after the first");
	close(other);
}

/* The calling process becomes nobody, with these capabilities. */
static int nobody(uint64_t capabilities)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ capabilities, capabilities, 0 },
		{ capabilities >> 32, capabilities >> 32, 0 },
	};

	prctl(PR_SET_KEEPCAPS, 1);
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return -1;
	return syscall(SYS_capset, &header, data);
}

static void group_capability(void)
{
	struct ember_config c = { .size = sizeof(c), .hz = 99 };
	int kept = device(), fd;
	int status;

	if (!fork()) {
		ok(!nobody(1ull << CAP_PERFMON), "CAP_PERFMON alone");
		fd = open(EMBER_DEVICE, O_RDWR);
		ok(fd >= 0 && !ioctl(fd, EMBER_IOC_CONFIG, &c), "is enough");
		_exit(cases_failed);
	}
	wait(&status);
	ok(!status, "a user with CAP_PERFMON");
	ok(!nobody(~(1ull << CAP_PERFMON | 1ull << CAP_SYS_ADMIN) & 0x1ffffffffff),
	   "all capabilities but two");
	refused(open(EMBER_DEVICE, O_RDWR), EPERM, "open without CAP_PERFMON");
	refused(open(EMBER_DEVICE, O_RDONLY), EPERM, "open read-only without it");
	ok(!nobody(0), "none");
	refused(open(EMBER_DEVICE, O_RDWR), EPERM, "open without any");
	refused(ioctl(kept, EMBER_IOC_CONFIG, &c), EPERM, "config of a file opened before");
	close(kept);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} groups[] = {
		{ "query", group_query },   { "config", group_config },
		{ "status", group_status }, { "order", group_order },
		{ "mmap", group_mmap },	    { "mapped", group_mapped },
		{ "caps", group_caps },	    { "capability", group_capability },
		{ "small", group_small },   { "memory", group_memory },
	};
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; argc == 2 && i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!strcmp(argv[1], groups[i].name)) {
			groups[i].run();
			return cases_end(argv[1]);
		}
	fprintf(stderr,
		"usage: abi query|config|status|order|mmap|mapped|caps|capability|small|memory\n");
	return 2;
}
