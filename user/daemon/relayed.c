// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/relayed.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/subcommand.h"
#include "daemon/control.h"

#define EMBER_RELAYED_LEAST_NS 1000000000ull
#define EMBER_RELAYED_MOST_NS  300000000000ull
#define EMBER_RELAYED_LONG_NS  60000000000ull /* one that ran as long starts at once again */
#define EMBER_RELAYED_END_MS   5000 /* it may take to end */
#define EMBER_RELAYED_SPOOL    EMBER_CONTROL_FOLDER "/relay"
#define EMBER_RELAYED_ARGS     16

bool ember_relayed_possible(void)
{
	return ember_relay_commands[0].name != NULL;
}

/* In the child: become the relay. */
static void ember_relayed_run(const struct ember_daemon_config *c,
			      const struct ember_signals *signals, pid_t daemon)
{
	const struct ember_relay_config *r = &c->relay;
	const char *spool = r->spool ? r->spool : EMBER_RELAYED_SPOOL;
	char interval[24];
	const char *argv[EMBER_RELAYED_ARGS] = {
		"emberprof", "relay", "-q",	 "--follow", c->store ? c->store : c->fallback,
		"--to",	     r->url,  "--spool", spool,	     NULL
	};
	int n = 9;

	if (r->user) {
		argv[n++] = "--user";
		argv[n++] = r->user;
	}
	if (r->password_file) {
		argv[n++] = "--password-file";
		argv[n++] = r->password_file;
	}
	if (r->interval_ns) {
		snprintf(interval, sizeof(interval), "%llus",
			 (unsigned long long)(r->interval_ns / 1000000000));
		argv[n++] = "--interval";
		argv[n++] = interval;
	}
	ember_signals_restore(signals);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == daemon)
		execv("/proc/self/exe", (char **)argv);
	_exit(1);
}

static void ember_relayed_later(struct ember_relayed *relayed, uint64_t now)
{
	if (now - relayed->begun_ns >= EMBER_RELAYED_LONG_NS)
		relayed->backoff_ns = 0;
	relayed->backoff_ns = relayed->backoff_ns ? 2 * relayed->backoff_ns :
						    EMBER_RELAYED_LEAST_NS;
	if (relayed->backoff_ns > EMBER_RELAYED_MOST_NS)
		relayed->backoff_ns = EMBER_RELAYED_MOST_NS;
	relayed->again_ns = now + relayed->backoff_ns;
}

/* It has ended: by itself it does only when something is wrong. */
static void ember_relayed_ended(struct ember_relayed *relayed, int status, uint64_t now)
{
	relayed->pid = 0;
	relayed->wrong = WIFEXITED(status) && WEXITSTATUS(status) == 2;
	if (relayed->wrong) {
		ember_error("[relay]: nothing is sent until the configuration is another one");
		return;
	}
	ember_relayed_later(relayed, now);
	ember_warning("[relay]: ended with %s %d: starts again in %.0f s",
		      WIFSIGNALED(status) ? "signal" : "status",
		      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		      relayed->backoff_ns / 1e9);
}

void ember_relayed_turn(struct ember_relayed *relayed, const struct ember_daemon_config *c,
			struct ember_loop *loop)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	pid_t daemon = getpid();
	int status;

	if (relayed->pid && waitpid(relayed->pid, &status, WNOHANG) == relayed->pid)
		ember_relayed_ended(relayed, status, now);
	if (relayed->pid || relayed->wrong || !c->relay.url || !ember_relayed_possible())
		return;
	if (now < relayed->again_ns) {
		ember_loop_due(loop, relayed->again_ns);
		return;
	}
	relayed->begun_ns = now;
	relayed->pid = fork();
	if (!relayed->pid)
		ember_relayed_run(c, loop->signals, daemon);
	if (relayed->pid > 0)
		return;
	ember_error("[relay]: %s", strerror(errno));
	relayed->pid = 0;
	ember_relayed_later(relayed, now);
	ember_loop_due(loop, relayed->again_ns);
}

void ember_relayed_close(struct ember_relayed *relayed)
{
	int i;

	if (relayed->pid) {
		kill(relayed->pid, SIGTERM);
		for (i = 0; i < EMBER_RELAYED_END_MS / 10; i++) {
			if (waitpid(relayed->pid, NULL, WNOHANG) == relayed->pid)
				break;
			usleep(10000);
		}
		if (i == EMBER_RELAYED_END_MS / 10) {
			kill(relayed->pid, SIGKILL);
			waitpid(relayed->pid, NULL, 0);
		}
	}
	*relayed = (struct ember_relayed){};
}
