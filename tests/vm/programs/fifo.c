// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A real-time task that never gives its CPU up stops nobody who controls a session: START,
 * STOP, close, the end of a killed recorder and the module's unloading take their usual
 * time, and what was sampled on that CPU isn't held. KTAP on stdout.
 *   fifo              the tests
 *   fifo PRIORITY     such a task on CPU 1
 */
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "session.h"

#define IN_TIME_MS 2000
#define MOUNT	   "/tmp/mount"

static unsigned int number, failures;

static void result(bool good, const char *what, uint64_t ns)
{
	printf("# %s: %llu ms\n", what, (unsigned long long)(ns / 1000000));
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, what);
	failures += !good;
}

static void pin(unsigned int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static int spin(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	pin(1);
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		return 1;
	for (;;)
		burn_sink++;
}

/* Begins to run at once, and at the priority of the program that it becomes. */
static pid_t spinner(const char *program, const char *priority)
{
	struct sched_param param = { .sched_priority = atoi(priority) };
	pid_t pid = fork();

	if (pid) {
		sleep_ms(100);
		return pid;
	}
	sched_setscheduler(0, SCHED_FIFO, &param);
	execl(program, program, priority, NULL);
	_exit(1);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A process that does what it's asked for, a step at a time, and says that it did. */
struct recorder {
	pid_t pid;
	int ask[2], say[2];
};

static int step(struct session *s, char what, const uint8_t *cpus)
{
	switch (what) {
	case 'o':
		*s = (struct session){
			.config = { .hz = 1000, .cpus = (uintptr_t)cpus, .cpus_bytes = !!cpus }
		};
		return session_open(s);
	case '+': return ioctl(s->fd, EMBER_IOC_START);
	case '-': return ioctl(s->fd, EMBER_IOC_STOP);
	case 'c': session_close(s); return 0;
	case 'u': return syscall(SYS_delete_module, "emberprof", O_NONBLOCK);
	}
	return -1;
}

static void recorder_begin(struct recorder *r, const uint8_t *cpus)
{
	struct session s;
	char what, good;

	if (pipe(r->ask) || pipe(r->say))
		exit(1);
	fflush(stdout);
	r->pid = fork();
	if (r->pid)
		return;
	while (read(r->ask[0], &what, 1) == 1) {
		good = !step(&s, what, cpus);
		if (write(r->say[1], &good, 1) != 1)
			break;
	}
	_exit(0);
}

static void recorder_step(struct recorder *r, char what, const char *name)
{
	struct pollfd said = { .fd = r->say[0], .events = POLLIN };
	uint64_t begun = now();
	char good = 0;

	if (write(r->ask[1], &what, 1) == 1 && poll(&said, 1, IN_TIME_MS) == 1 &&
	    read(r->say[0], &good, 1) != 1)
		good = 0;
	result(good, name, now() - begun);
	if (good)
		return;
	/* What hangs can't be killed, maybe: no more of this guest. */
	kill(r->pid, SIGKILL);
	printf("1..%u\n", number);
	exit(1);
}

/* By SIGKILL: gone, with its session, in time. */
static void recorder_kill(struct recorder *r, const char *name)
{
	int fd = open(EMBER_DEVICE, O_RDWR | O_CLOEXEC);
	uint64_t begun = now();
	pid_t gone = 0;

	kill(r->pid, SIGKILL);
	while (now() - begun < IN_TIME_MS * 1000000ull) {
		if (!gone)
			gone = waitpid(r->pid, NULL, WNOHANG);
		if (gone && !query(fd).nr_sessions)
			break;
		sleep_ms(10);
	}
	result(gone && !query(fd).nr_sessions, name, now() - begun);
	close(fd);
	for (int i = 0; i < 2; i++)
		close(r->ask[i]), close(r->say[i]);
}

static bool copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	struct stat st;
	bool good = in >= 0 && out >= 0 && !fstat(in, &st) &&
		    sendfile(out, in, NULL, st.st_size) == st.st_size;

	close(in);
	close(out);
	return good;
}

/* A program sampled above a task that stays: its files are free as soon as it has ended. */
static void held(const char *self)
{
	uint64_t begun;
	bool free;
	pid_t pid;

	mkdir(MOUNT, 0700);
	if (mount("none", MOUNT, "tmpfs", 0, NULL) || !copy(self, MOUNT "/fifo")) {
		result(false, "a program on a file system of its own", 0);
		return;
	}
	pid = spinner(MOUNT "/fifo", "60");
	sleep_ms(300);
	end(pid);
	begun = now();
	do {
		free = !umount(MOUNT);
		if (!free)
			sleep_ms(10);
	} while (!free && now() - begun < IN_TIME_MS * 1000000ull);
	result(free, "what it held is free", now() - begun);
}

/*
 * No module goes without RCU, which on CPU 1 needs softirqs to be run, and those of
 * ksoftirqd's wait below the task: so that one goes above it.
 */
static bool softirqs_above(void)
{
	struct sched_param param = { .sched_priority = 90 };
	char path[32], name[32];
	FILE *file;

	for (int pid = 1; pid < 200; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (!fgets(name, sizeof(name), file))
			name[0] = 0;
		fclose(file);
		if (!strcmp(name, "ksoftirqd/1\n"))
			return !sched_setscheduler(pid, SCHED_FIFO, &param);
	}
	return false;
}

int main(int argc, char **argv)
{
	struct recorder all, first;
	uint8_t mask = 1;
	pid_t pid;

	if (argc > 1)
		return spin(atoi(argv[1]));
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Else we might be put behind the very task. */
	pin(0);

	recorder_begin(&all, NULL);
	recorder_step(&all, 'o', "a session");
	recorder_step(&all, '+', "START");
	recorder_step(&all, 'c', "close");
	recorder_step(&all, 'o', "another session");
	recorder_step(&all, '+', "its START");
	pid = spinner(argv[0], "40");
	held(argv[0]);
	recorder_step(&all, '-', "STOP beside a task that stays");
	recorder_step(&all, '+', "START beside it");
	recorder_step(&all, '-', "STOP again");
	recorder_step(&all, '+', "START again");
	recorder_step(&all, 'c', "close while running");
	recorder_step(&all, 'o', "a third session");
	recorder_step(&all, '+', "its START, too");
	recorder_kill(&all, "SIGKILL");
	end(pid);

	result(softirqs_above(), "softirqs run above it", 0);
	pid = spinner(argv[0], "40");
	recorder_begin(&first, &mask);
	recorder_step(&first, 'o', "a session on CPU 0");
	recorder_step(&first, '+', "START on CPU 0");
	recorder_step(&first, '-', "STOP on CPU 0");
	recorder_step(&first, 'c', "close on CPU 0");
#ifdef __arm__
	/* Not beside the task: the kernel's grace periods took up to four seconds there, and more. */
	end(pid);
#endif
	recorder_step(&first, 'u', "unloading");
	end(first.pid);
#ifndef __arm__
	end(pid);
#endif
	printf("1..%u\n", number);
	return failures != 0;
}
