// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who holds a session's file, and how it lets go: holders GROUP. Whatever a reader does or
 * suffers, what it had is released.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "watcher.h"

#define HIGH_HZ 10000

/* Burns on the first CPU until something was written to its ring. */
static bool first_writes(const volatile struct ember_ring_head *head)
{
	unsigned int turn;
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	for (turn = 0; !head->head && turn < 100; turn++)
		burn(now() + 100000000);
	return head->head;
}

static void group_close(void)
{
	unsigned int turn;

	for (turn = 0; turn < 20; turn++) {
		struct session s = { .config = { .hz = HIGH_HZ,
						 .ring_bytes = turn & 1 ? 4096 : 65536 } };

		if (!ok(!session_open(&s), "a session"))
			return;
		ok(!ioctl(s.fd, EMBER_IOC_START), "start");
		burn(now() + turn * 2000000);
		if (turn & 2) {
			/* The mappings are all that is left of it. */
			close(s.fd);
			burn(now() + 2000000);
			ok(query(watcher).nr_sessions == 1, "mapped: it lives");
			s.fd = -1;
		}
		session_close(&s);
		ok(all_released(), "all released");
	}
}

/* Never returns: a reader that is to be killed. */
static void reader(unsigned int kind)
{
	struct session s = { .config = { .hz = HIGH_HZ, .ring_bytes = 64 * 1024 } };
	struct pollfd wait;

	if (kind == 1) /* in poll for good: nothing wakes it */
		s.config.watermark_bytes = s.config.ring_bytes;
	else if (kind == 0)
		s.config.latency_ms = 1;
	if (session_open(&s) || ioctl(s.fd, EMBER_IOC_START))
		_exit(1);
	wait = (struct pollfd){ .fd = s.fd, .events = POLLIN };
	for (;;) {
		switch (kind) {
		case 0: /* reads as it should */
			poll(&wait, 1, -1);
			drain(&s);
			break;
		case 1:
			wait.events = 0;
			poll(&wait, 1, -1);
			break;
		case 2: /* reads nothing; the rings are full */ burn(now() + 1000000); break;
		case 3: /* spaces that are new all the time, last ring full */
			if (!vfork()) {
				execl("/proc/self/exe", "sessions", "child", (char *)NULL);
				_exit(1);
			}
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
			break;
		case 4: /* on and off */
			ioctl(s.fd, EMBER_IOC_STOP);
			ioctl(s.fd, EMBER_IOC_START);
			break;
		}
	}
}

static void group_kill(void)
{
	uint64_t longest = 0;
	unsigned int turn;

	for (turn = 0; turn < 25; turn++) {
		pid_t pid = fork();
		int status;
		uint64_t killed;

		if (!pid)
			reader(turn % 5);
		while (query(watcher).nr_sessions == 0)
			sched_yield();
		burn(now() + 10000000 + turn * 4000000);
		kill(pid, SIGKILL);
		killed = now();
		waitpid(pid, &status, 0);
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "killed");
		if (!ok(all_released(), "all released"))
			printf("# kind %u\n", turn % 5);
		if (now() - killed > longest)
			longest = now() - killed;
	}
	printf("# %llu ms from the signal to the end at the longest\n",
	       (unsigned long long)longest / 1000000);
}

static void group_fork(void)
{
	struct session s = { .config = { .hz = 997 } };
	struct ember_status before, after;
	int go[2], ended;
	char byte;
	pid_t pid;

	if (!ok(!session_open(&s) && !pipe(go), "a session"))
		return;
	ok(!ioctl(s.fd, EMBER_IOC_START), "start");
	pid = fork();
	if (!pid) {
		close(go[1]);
		if (read(go[0], &byte, 1))
			_exit(1);
		burn(now() + 100000000);
		before = status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL);
		/* A child that inherits the file can map the rings. */
		s.head[0] = mmap(NULL, s.page + s.config.ring_bytes, PROT_READ, MAP_SHARED,
				 s.fd, s.config.data_offset);
		_exit(!(before.state == EMBER_STATE_RUNNING && s.head[0] != MAP_FAILED &&
			first_writes(s.head[0]) && !ioctl(s.fd, EMBER_IOC_STOP) &&
			!ioctl(s.fd, EMBER_IOC_START)));
	}
	session_close(&s);
	before = status(watcher, 0, EMBER_STATUS_CPU_ALL);
	burn(now() + 100000000);
	after = status(watcher, 0, EMBER_STATUS_CPU_ALL);
	ok(after.state == EMBER_STATE_RUNNING && after.owner == (uint32_t)getpid() &&
		   after.counters.points > before.counters.points,
	   "the child keeps it running");
	close(go[1]);
	waitpid(pid, &ended, 0);
	ok(!ended, "the child works with it");
	ok(all_released(), "all released with the child");
}

static int pass(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	if (fd < 0) {
		if (recvmsg(socket, &message, 0) != 1)
			return -1;
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
		return fd;
	}
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
}

/* The file without the rights that it was opened with: all but CONFIG. */
static void dropped(void)
{
	struct session s = { .config = { .hz = 997 } };
	struct ember_config config = { .size = sizeof(config), .hz = 997 };
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC), ended;
	pid_t pid;

	if (!ok(fd >= 0 && !session_open(&s), "two files"))
		return;
	pid = fork();
	if (!pid) {
		cases = cases_failed = 0;
		if (!ok(!setresuid(65534, 65534, 65534), "rights dropped"))
			_exit(1);
		refused(open(EMBER_DEVICE, O_RDWR), EPERM, "open without rights");
		refused(ioctl(fd, EMBER_IOC_CONFIG, &config), EPERM, "config without rights");
		ok(!ioctl(s.fd, EMBER_IOC_START), "start without rights");
		ok(status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).state ==
			   EMBER_STATE_RUNNING,
		   "status without rights");
		ok(!ioctl(s.fd, EMBER_IOC_STOP), "stop without rights");
		fflush(stdout);
		_exit(cases_failed);
	}
	ok(waitpid(pid, &ended, 0) == pid && !ended, "a process without rights");
	ok(!ioctl(fd, EMBER_IOC_CONFIG, &config), "config with rights");
	close(fd);
	session_close(&s);
}

static void group_pass(void)
{
	struct session s = { .config = { .hz = 997 } };
	const struct ember_ring_head *head;
	int pair[2], answer[2], ended;
	uint32_t seen = 0;
	pid_t pid;

	if (!ok(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && !pipe(answer), "a socket"))
		return;
	pid = fork(); /* before there is a session */
	if (!pid) {
		if (setresuid(65534, 65534, 65534))
			_exit(1);
		s.fd = pass(pair[1], -1);
		if (s.fd < 0 ||
		    read(pair[1], &s.config, sizeof(s.config)) < (ssize_t)sizeof(s.config))
			_exit(1);
		head = mmap(NULL, sysconf(_SC_PAGESIZE) + s.config.ring_bytes, PROT_READ,
			    MAP_SHARED, s.fd, s.config.data_offset);
		seen = head != MAP_FAILED && first_writes(head);
		if (write(answer[1], &seen, sizeof(seen)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	s.config.latency_ms = 10;
	if (!ok(!session_open(&s) && !ioctl(s.fd, EMBER_IOC_START), "a session"))
		return;
	ok(!pass(pair[0], s.fd) && write(pair[0], &s.config, sizeof(s.config)) > 0,
	   "passed on");
	session_close(&s);
	ok(read(answer[0], &seen, sizeof(seen)) == sizeof(seen) && seen,
	   "an unprivileged process goes on with it");
	ok(query(watcher).nr_sessions == 1, "it lives there");
	kill(pid, SIGKILL);
	waitpid(pid, &ended, 0);
	ok(all_released(), "all released with the other process");
	dropped();
}

/* One file in the hands of several threads that don't know of each other. */
static int shared;
static uint64_t shared_end;
static struct ember_config shared_config;

static void *meddle(void *number)
{
	static const unsigned long calls[] = { EMBER_IOC_START, EMBER_IOC_STOP };
	uintptr_t turn = (uintptr_t)number;

	while (now() < shared_end) {
		struct ember_status st = { .size = sizeof(st),
					   .index = turn & 1 ? EMBER_STATUS_SELF : 0,
					   .cpu = turn % 3 - 1 };
		struct ember_config c = { .size = sizeof(c),
					  .hz = HIGH_HZ,
					  .ring_bytes = 16384 };
		struct pollfd wait = { .fd = shared, .events = POLLIN };
		void *at;

		ioctl(shared, EMBER_IOC_CONFIG, &c);
		ioctl(shared, calls[turn % 2]);
		ioctl(shared, EMBER_IOC_STATUS, &st);
		at = mmap(NULL, 4096 + 16384, PROT_READ, MAP_SHARED, shared,
			  shared_config.data_offset);
		if (at != MAP_FAILED)
			munmap(at, 4096 + 16384);
		poll(&wait, 1, 0);
		turn++;
	}
	return NULL;
}

static void group_race(void)
{
	struct session probe = { .config = { .hz = HIGH_HZ, .ring_bytes = 16384 } };
	pthread_t thread[4];
	unsigned int turn, i;

	if (!ok(!session_open(&probe), "a session"))
		return;
	shared_config = probe.config;
	session_close(&probe);
	for (turn = 0; turn < 15; turn++) {
		shared = open(EMBER_DEVICE, O_RDWR);
		shared_end = now() + 100000000;
		for (i = 0; i < 4; i++)
			pthread_create(&thread[i], NULL, meddle, (void *)(uintptr_t)i);
		for (i = 0; i < 4; i++)
			pthread_join(thread[i], NULL);
		close(shared);
		ok(all_released(), "all released");
	}
}

int main(int argc, char **argv)
{
	static const struct group groups[] = {
		{ "close", group_close }, { "kill", group_kill }, { "fork", group_fork },
		{ "pass", group_pass },	  { "race", group_race },
	};

	if (argc == 2 && !strcmp(argv[1], "child")) {
		burn(now() + 3000000);
		return 0;
	}
	watcher = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	if (watcher < 0) {
		perror("# " EMBER_DEVICE);
		return 1;
	}
	return groups_main(argc, argv, groups, sizeof(groups) / sizeof(groups[0]));
}
