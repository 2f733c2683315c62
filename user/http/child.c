// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/message.h"

#define EMBER_HTTP_ALIVE 3 /* the child's descriptor that hangs up with it */
#define EMBER_HTTP_DESCRIPTORS \
	4096 /* to be closed one by one, where there is no close_range() */
#define EMBER_HTTP_CPU_GRACE 5 /* seconds between SIGXCPU and SIGKILL */
#define EMBER_HTTP_NICE	     10

/* An ember_message_sink: the first error is the answer. */
static void ember_http_child_said(void *context, enum ember_message_level level,
				  const char *line)
{
	bool *said = context;

	if (level != EMBER_LEVEL_ERROR || *said)
		return;
	*said = true;
	__fpurge(stdout);
	if (!ftruncate(STDOUT_FILENO, 0) && !lseek(STDOUT_FILENO, 0, SEEK_SET) &&
	    write(STDOUT_FILENO, line, strlen(line)) < 0)
		_exit(1);
}

static void ember_http_child_limit(int which, uint64_t most, uint64_t grace)
{
	struct rlimit limit;

	if (getrlimit(which, &limit))
		return;
	if (limit.rlim_max > most + grace)
		limit.rlim_max = most + grace;
	limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
	setrlimit(which, &limit);
}

static void ember_http_child_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	/* A file that is full is an error, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Sockets, sessions and locks are the server's. */
static void ember_http_child_files(int out, int alive)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	/* The first error is the answer, and nobody needs the rest. */
	if (fd >= 0)
		dup2(fd, STDERR_FILENO);
	/* Neither may be overwritten by the other: both are above 2. */
	dup2(out, STDOUT_FILENO);
	if (alive != EMBER_HTTP_ALIVE)
		dup2(alive, EMBER_HTTP_ALIVE);
#ifdef SYS_close_range
	if (!syscall(SYS_close_range, EMBER_HTTP_ALIVE + 1, ~0u, 0))
		return;
#endif
	for (fd = EMBER_HTTP_ALIVE + 1; fd < EMBER_HTTP_DESCRIPTORS; fd++)
		close(fd);
}

/* The last one that the kernel would spare. */
static void ember_http_child_first_to_go(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "1000", 4) < 0)
		errno = 0;
	close(fd);
}

static void __attribute__((noreturn))
ember_http_child_run(const struct ember_http_limits *limits, pid_t server, int out, int alive,
		     ember_http_child_fn *fn, void *context)
{
	bool said = false;
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != server)
		_exit(1);
	ember_http_child_signals();
	ember_http_child_files(out, alive);
	ember_http_child_first_to_go();
	setpriority(PRIO_PROCESS, 0, EMBER_HTTP_NICE);
	ember_http_child_limit(RLIMIT_CORE, 0, 0);
	ember_http_child_limit(RLIMIT_AS, limits->bytes, 0);
	ember_http_child_limit(RLIMIT_FSIZE, limits->bytes / 4, 0);
	ember_http_child_limit(RLIMIT_CPU, limits->cpu_seconds, EMBER_HTTP_CPU_GRACE);
	/* What the server has not written yet is not the answer's. */
	__fpurge(stdout);
	ember_message_set(EMBER_LEVEL_ERROR, ember_http_child_said, &said);
	status = fn(context);
	if (!status && (fflush(stdout) || ferror(stdout)))
		status = ember_error(
			"the answer is too large: select less, as by from= and to=");
	_exit(status);
}

int ember_http_child_start(struct ember_http_child *child,
			   const struct ember_http_limits *limits, ember_http_child_fn *fn,
			   void *context)
{
	pid_t server = getpid();
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC))
		return errno;
	*child = (struct ember_http_child){ -1, ends[0],
					    memfd_create("emberprof-http", MFD_CLOEXEC) };
	if (child->out >= 0)
		child->pid = fork();
	if (child->pid < 0) {
		err = errno;
		close(ends[0]);
		close(ends[1]);
		if (child->out >= 0)
			close(child->out);
		return err;
	}
	if (!child->pid)
		ember_http_child_run(limits, server, child->out, ends[1], fn, context);
	close(ends[1]);
	return 0;
}

int ember_http_child_end(struct ember_http_child *child, bool end, uint64_t *cpu_ns)
{
	struct rusage used = {};
	int status = -1;
	pid_t pid;

	if (end)
		kill(child->pid, SIGKILL);
	do
		pid = wait4(child->pid, &status, 0, &used);
	while (pid < 0 && errno == EINTR);
	*cpu_ns = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000ull +
		  (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000ull;
	close(child->alive);
	*child = (struct ember_http_child){ -1, -1, child->out };
	return status;
}
