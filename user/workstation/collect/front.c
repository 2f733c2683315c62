// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/front.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "workstation/collect/front_backend.h"

#define EMBER_FRONT_AGAIN_S 1 /* before a process that broke is begun again */

int ember_front_open(struct ember_front *f)
{
	f->fd = -1;
	if (!f->address && f->token_file) {
		ember_error("--http-token: needs --http ADDR:PORT");
		return 2;
	}
	if (!f->address)
		return 0;
	return ember_http_open(&f->http, f->address, f->token_file, f->command);
}

/* ---- its processes ---- */

/* Serve until the collector has gone. */
static void ember_front_serve(struct ember_front *f, struct ember_front_backend *b)
{
	struct ember_loop loop = EMBER_LOOP(NULL);
	char bytes[64];
	ssize_t n = 1;

	ember_http_serve(f->http, &b->http);
	while (n) {
		uint32_t place;

		ember_loop_begin(&loop);
		place = ember_loop_fd(&loop, b->fd, POLLIN);
		ember_http_wait(f->http, &loop);
		if (ember_loop_wait(&loop))
			_exit(1);
		if (ember_loop_ready(&loop, place)) {
			n = recv(b->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
			n = n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
			b->answered += n > 0 ? n : 0;
		}
		ember_http_turn(f->http, &loop);
	}
	ember_http_close(f->http);
	ember_loop_free(&loop);
}

static void ember_front_signals(void)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP };
	unsigned int i;
	sigset_t none;

	/* The collector gets them, and its end is theirs. */
	for (i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		signal(ours[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Begin the server's process again whenever it breaks. */
static void __attribute__((noreturn))
ember_front_keep(struct ember_front *f, struct ember_front_backend *b)
{
	pid_t pid, keeper = getpid();
	int status;

	for (;;) {
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == keeper)
				ember_front_serve(f, b);
			_exit(0);
		}
		while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (pid > 0 && WIFEXITED(status) && !WEXITSTATUS(status))
			_exit(0);
		if (pid < 0)
			ember_warning("--http: cannot start its process: %s", strerror(errno));
		else if (WIFSIGNALED(status))
			ember_warning(
				"--http: its process ended by signal %d: starting it again",
				WTERMSIG(status));
		else
			ember_warning("--http: its process failed: starting it again");
		/* What the broken one was answered is nothing to the next one. */
		b->answered = b->asked = 0;
		sleep(EMBER_FRONT_AGAIN_S);
	}
}

int ember_front_start(struct ember_front *f, const char *folder,
		      const struct ember_names *names, struct ember_sources *sources, int lock)
{
	static struct ember_front_backend backend;
	pid_t collector = getpid(), pid;
	int ends[2];

	if (!f->http)
		return 0;
	f->shared = mmap(NULL, sizeof(*f->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f->shared == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		return ember_error("--http: %s", strerror(errno));
	ember_front_backend_set(&backend, f, folder, names, ends[1]);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != collector)
			_exit(0);
		close(ends[0]);
		close(lock);
		ember_sources_free(sources);
		ember_front_signals();
		ember_message_never_wait();
		ember_front_keep(f, &backend);
	}
	close(ends[1]);
	ember_http_close(f->http);
	f->http = NULL;
	if (pid < 0) {
		close(ends[0]);
		return ember_error("--http: cannot start its process: %s", strerror(errno));
	}
	f->fd = ends[0];
	return 0;
}

/* ---- in the collector ---- */

void ember_front_wait(struct ember_front *f, struct ember_loop *loop)
{
	f->place = ember_loop_fd(loop, f->fd, POLLIN);
}

void ember_front_turn(struct ember_front *f, const struct ember_loop *loop)
{
	char bytes[64];
	ssize_t n;

	if (f->fd < 0)
		return;
	if (ember_loop_ready(loop, f->place)) {
		n = recv(f->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		f->asked += n > 0 ? n : 0;
		if (!n) {
			ember_warning(
				"--http: its processes have ended: profiles are not served any more");
			close(f->fd);
			f->fd = -1;
		}
	}
}

void ember_front_begun(struct ember_front *f)
{
	f->flying = f->asked;
	f->asked = 0;
}

void ember_front_written(struct ember_front *f, bool safe)
{
	static const char bytes[64];
	ssize_t n;

	if (f->shared)
		f->shared->failing = !safe;
	while (f->fd >= 0 && f->flying) {
		n = send(f->fd, bytes, f->flying < sizeof(bytes) ? f->flying : sizeof(bytes),
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		/* Who does not read waits for as long as a request has patience. */
		f->flying = n > 0 ? f->flying - n : 0;
	}
}

void ember_front_count(struct ember_front *f, const char *const *name, const uint64_t *value,
		       uint32_t nr)
{
	uint32_t i;

	if (!f->shared)
		return;
	for (i = 0; i < nr && i < EMBER_FRONT_COUNTERS; i++) {
		f->shared->value[i] = value[i];
		/* Literals are at the same place in all processes. */
		f->shared->name[i] = name[i];
	}
	f->shared->nr = i;
	f->shared->seen_ns = ember_clock_ns(CLOCK_MONOTONIC);
}

void ember_front_close(struct ember_front *f)
{
	ember_http_close(f->http);
	f->http = NULL;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}
