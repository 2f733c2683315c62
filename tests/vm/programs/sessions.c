// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of sessions: sessions GROUP. Whatever a reader does or suffers, what it
 * had is released, and nobody else's samples change.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "session.h"

#define HIGH_HZ 10000

static int watcher; /* a file of our own, never configured */

/* A snapshot in the making keeps its reader's memory, and so its rings, a while. */
static bool all_released(void)
{
	uint64_t end = now() + 20000000000ull; /* on a busy host */
	struct ember_query q;

	do
		q = query(watcher);
	while ((q.used_bytes || q.nr_sessions) && now() < end && !sched_yield());
	return !q.used_bytes && !q.nr_sessions;
}

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

/* Where in its period most of a session's points on CPU 0 lie, ns. */
static uint64_t phase(const struct session *s)
{
	const struct ember_ring_head *head = s->head[0];
	uint32_t at = 0, votes = 0;
	uint64_t time = 0, most = 0;

	while (at != head->head) {
		const struct ember_record *r =
			(const void *)((const uint8_t *)head + head->page_bytes + at);
		const struct ember_rec_sample *sample = (const void *)r;

		at += r->size;
		if (r->type == EMBER_REC_TIME)
			time = ((const struct ember_rec_time *)r)->time;
		if (r->type != EMBER_REC_SAMPLE)
			continue;
		time += (uint32_t)(sample->time - (uint32_t)time);
		if (!votes)
			most = time % s->config.period_ns;
		votes += most == time % s->config.period_ns ? 1 : -1;
	}
	return most;
}

/*
 * Two of one rate that are started at once: never due at once. Under icount, where ticks
 * come in time.
 */
static void group_apart(void)
{
	uint8_t first = 1;
	struct session s[2];
	uint64_t distance, period;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		s[i] = (struct session){ .config = { .hz = 100,
						     .flags = EMBER_CONFIG_NO_JITTER,
						     .ring_bytes = 256 * 1024,
						     .cpus = (uintptr_t)&first,
						     .cpus_bytes = 1 } };
		if (!ok(!session_open(&s[i]), "a session"))
			return;
	}
	ok(!ioctl(s[0].fd, EMBER_IOC_START) && !ioctl(s[1].fd, EMBER_IOC_START), "start both");
	for (i = 0; i < 2 * query(watcher).nr_cpus; i++)
		if (!fork()) {
			burn(now() + 1000000000);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	ok(!ioctl(s[0].fd, EMBER_IOC_STOP) && !ioctl(s[1].fd, EMBER_IOC_STOP), "stop both");
	period = s[0].config.period_ns;
	distance = (phase(&s[0]) + period - phase(&s[1])) % period;
	printf("# %llu and %llu of %llu ns\n", (unsigned long long)phase(&s[0]),
	       (unsigned long long)phase(&s[1]), (unsigned long long)period);
	ok(distance >= period / 8 && distance <= period - period / 8, "an eighth apart");
	for (i = 0; i < 2; i++)
		session_close(&s[i]);
}

static void group_two(void)
{
	struct session a = { .config = { .hz = 199, .ring_bytes = 256 * 1024 } };
	struct session b = { .config = { .hz = 997, .ring_bytes = 256 * 1024 } };
	struct ember_counters ca, cb;
	uint64_t a0, a1, a2, a3, b0, b1, b2, b3;
	unsigned int cpu, cpus = query(watcher).nr_cpus;

	if (!ok(!session_open(&a) && !session_open(&b), "two sessions"))
		return;
	a0 = now();
	ok(!ioctl(a.fd, EMBER_IOC_START), "start the one");
	a1 = now();
	burn(now() + 300000000);
	b0 = now();
	ok(!ioctl(b.fd, EMBER_IOC_START), "start the other");
	b1 = now();
	burn(now() + 1500000000);
	sleep_ms(300);
	a2 = now();
	ok(!ioctl(a.fd, EMBER_IOC_STOP), "stop the one");
	a3 = now();
	burn(now() + 300000000);
	b2 = now();
	ok(!ioctl(b.fd, EMBER_IOC_STOP), "stop the other");
	b3 = now();
	for (cpu = 0; cpu < cpus; cpu++) {
		if (!a.head[cpu])
			continue;
		ca = counters(&a, cpu);
		cb = counters(&b, cpu);
		/* Started between x0 and x1, stopped between x2 and x3; 1 for the phase. */
		ok(ca.points + 2 >= (a2 - a1) / a.config.period_ns &&
			   ca.points <= (a3 - a0) / a.config.period_ns + 2,
		   "points at 199 Hz");
		ok(cb.points + 2 >= (b2 - b1) / b.config.period_ns &&
			   cb.points <= (b3 - b0) / b.config.period_ns + 2,
		   "points at 997 Hz");
		ok(settled(&ca) && settled(&cb), "each in one counter");
		printf("# cpu %u: %llu and %llu points, %llu and %llu sampled\n", cpu,
		       (unsigned long long)ca.points, (unsigned long long)cb.points,
		       (unsigned long long)ca.points_sampled,
		       (unsigned long long)cb.points_sampled);
	}
	drain(&a);
	drain(&b);
	ca = counters(&a, EMBER_STATUS_CPU_ALL);
	cb = counters(&b, EMBER_STATUS_CPU_ALL);
	ok(a.samples == ca.points_sampled && !a.bad, "the one's records");
	ok(b.samples == cb.points_sampled && !b.bad, "the other's records");
	ok(ca.points_sampled > 30 && cb.points_sampled > 100, "there are some");
	session_close(&a);
	ok(query(watcher).nr_sessions == 1, "one is left");
	session_close(&b);
	ok(all_released(), "all released");
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

/* A family tree that is deeper than any climb: who descends from somebody that was sampled is
 * of the same tree.
 */
#define DEEP 300

static void descend(void)
{
	unsigned int left = DEEP;

	do {
		burn(now() + 4000000);
		if (fork()) {
			wait(NULL);
			_exit(0);
		}
	} while (--left);
	prctl(PR_SET_NAME, "leaf");
	burn(now() + 300000000);
	_exit(0);
}

static bool sampled(const struct session *s, const char *comm)
{
	const struct ember_ring_head *head = s->head[0];
	uint32_t at = 0;

	while (at != head->head) {
		const struct ember_record *r =
			(const void *)((const uint8_t *)head + head->page_bytes + at);

		if (r->type == EMBER_REC_THREAD &&
		    !strcmp(((const struct ember_rec_thread *)r)->comm, comm))
			return true;
		at += r->size;
	}
	return false;
}

static void group_deep(void)
{
	uint8_t first = 1;
	int go[2];
	uint32_t id[100];
	char byte = 0;
	struct session s = { .config = { .hz = 2000,
					 .filter = EMBER_FILTER_TREE,
					 .nr_ids = 100,
					 .ids = (uintptr_t)id,
					 .ring_bytes = 1 << 20,
					 .cpus = (uintptr_t)&first,
					 .cpus_bytes = 1 } };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	if (!ok(!pipe(go), "a pipe"))
		return;
	id[0] = fork();
	if (!id[0]) {
		if (read(go[0], &byte, 1) == 1)
			descend();
		_exit(1);
	}
	/* The same one twice is one. */
	for (unsigned int i = 1; i < 100; i++)
		id[i] = id[0];
	if (!ok(!session_open(&s) && !ioctl(s.fd, EMBER_IOC_START), "a session"))
		return;
	ok(write(go[1], &byte, 1) == 1 && wait(NULL) > 0, "a deep tree");
	ok(!ioctl(s.fd, EMBER_IOC_STOP), "stop");
	ok(sampled(&s, "leaf"), "who is 300 generations down");
	ok(status(s.fd, EMBER_STATUS_SELF, EMBER_STATUS_CPU_ALL).nr_ids == 100,
	   "ids as given");
	session_close(&s);
	ok(all_released(), "all released");
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

static bool readable(const struct session *s, int ms)
{
	struct pollfd wait = { .fd = s->fd, .events = POLLIN };

	return poll(&wait, 1, ms) == 1 && wait.revents == POLLIN;
}

/* A process to be sampled that burns, or sleeps. */
static pid_t other(bool burns)
{
	pid_t pid = fork();

	while (!pid)
		burns ? burn(now() + 1000000000) : (void)pause();
	return pid;
}

static void group_poll(void)
{
	struct session s = { .config = { .hz = 997,
					 .filter = EMBER_FILTER_PROCESSES,
					 .nr_ids = 1,
					 .ring_bytes = 64 * 1024,
					 .watermark_bytes = 2048 } };
	struct session late = s;
	uint32_t burns, sleeps, files;
	uint64_t began;

	burns = other(true);
	sleeps = other(false);
	s.config.ids = (uintptr_t)&burns;
	late.config.ids = (uintptr_t)&burns;
	late.config.watermark_bytes = 0;
	late.config.latency_ms = 50;
	s.fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	ok(!readable(&s, 100), "a new session has nothing to read");
	close(s.fd);
	if (!ok(!session_open(&s) && !session_open(&late), "sessions"))
		return;
	ok(!readable(&s, 100), "nor has one that isn't running");
	began = now();
	ok(!ioctl(s.fd, EMBER_IOC_START), "start");
	/* Newly defined files make the session readable, too, but only once. */
	for (files = 0; files < 10 && !(readable(&s, 10000) && readable(&s, 0)); files++)
		;
	ok(files < 10, "readable at the watermark");
	printf("# %llu ms to 2048 bytes\n", (unsigned long long)(now() - began) / 1000000);
	ok(readable(&s, 0) && readable(&s, 0), "level-triggered");
	ok(!ioctl(s.fd, EMBER_IOC_STOP) && readable(&s, 0), "and at the end");
	drain(&s);
	readable(&s, 0);
	ok(!readable(&s, 100), "not when all is read");
	session_close(&s);
	ok(!ioctl(late.fd, EMBER_IOC_START), "start");
	ok(readable(&late, 10000), "readable after the latency");
	drain(&late);
	ok(s.samples > 0, "there is something to read");
	session_close(&late);

	s = (struct session){ .config = { .hz = 997,
					  .filter = EMBER_FILTER_PROCESSES,
					  .ids = (uintptr_t)&sleeps,
					  .nr_ids = 1,
					  .latency_ms = 50 } };
	ok(!session_open(&s) && !ioctl(s.fd, EMBER_IOC_START), "start");
	ok(!readable(&s, 1000), "nobody is woken up for a process that sleeps");
	session_close(&s);
	kill(burns, SIGKILL);
	kill(sleeps, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	ok(all_released(), "all released");
}

/* As many as there may be, as fast as they may: more than a CPU can do, perhaps. */
static void group_storm(void)
{
	static struct session s[64];
	struct ember_query q = query(watcher);
	unsigned int i, n = q.max_sessions;
	struct ember_counters c;
	uint64_t began, points, least = UINT64_MAX, most = 0;
	uint32_t cpu;

	for (i = 0; i < n; i++) {
		s[i].config.hz = q.max_hz;
		s[i].config.ring_bytes = 65536;
		if (!ok(!session_open(&s[i]), "a session"))
			return;
	}
	began = now();
	for (i = 0; i < n; i++)
		ok(!ioctl(s[i].fd, EMBER_IOC_START), "start");
	burn(now() + 500000000);
	for (i = 0; i < n; i++)
		drain(&s[i]);
	burn(now() + 500000000);
	for (i = 0; i < n; i++)
		ok(!ioctl(s[i].fd, EMBER_IOC_STOP), "stop");
	points = (now() - began) / s[0].config.period_ns;
	for (i = 0; i < n; i++) {
		for (cpu = 0; cpu < q.nr_cpus; cpu++) {
			c = counters(&s[i], cpu);
			ok(settled(&c), "each point in one counter");
			ok(c.points <= points + 2, "no more points than time");
			least = c.points < least ? c.points : least;
			most = c.points > most ? c.points : most;
		}
		drain(&s[i]);
		c = counters(&s[i], EMBER_STATUS_CPU_ALL);
		ok(c.points_sampled && s[i].samples == c.points_sampled && !s[i].bad,
		   "samples read as counted");
	}
	printf("# %u sessions at %u Hz: %llu to %llu points of %llu a CPU\n", n, q.max_hz,
	       (unsigned long long)least, (unsigned long long)most,
	       (unsigned long long)points);
	for (i = 0; i < n; i++)
		session_close(&s[i]);
	ok(all_released(), "all released");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} groups[] = {
		{ "two", group_two },	  { "close", group_close }, { "kill", group_kill },
		{ "fork", group_fork },	  { "pass", group_pass },   { "race", group_race },
		{ "deep", group_deep },	  { "poll", group_poll },   { "storm", group_storm },
		{ "apart", group_apart },
	};
	unsigned int i;

	if (argc == 2 && !strcmp(argv[1], "child")) {
		burn(now() + 3000000);
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	watcher = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	for (i = 0; argc == 2 && i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!strcmp(argv[1], groups[i].name)) {
			if (ok(watcher >= 0, EMBER_DEVICE))
				groups[i].run();
			return cases_end(argv[1]);
		}
	fprintf(stderr,
		"usage: sessions two|close|kill|fork|pass|race|deep|poll|storm|apart\n");
	return 2;
}
