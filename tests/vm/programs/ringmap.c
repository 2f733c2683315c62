// SPDX-License-Identifier: GPL-2.0-or-later
/* Mapping a session's rings: what is refused, and what is mapped then: ringmap GROUP. */
#include <setjmp.h>
#include <signal.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "session.h"

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

int main(int argc, char **argv)
{
	static const struct group groups[] = {
		{ "mmap", group_mmap },
		{ "mapped", group_mapped },
	};

	return groups_main(argc, argv, groups, sizeof(groups) / sizeof(groups[0]));
}
