// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/signals.h"

#include <string.h>

static const int ember_ending[] = { SIGINT, SIGTERM, SIGHUP };

static volatile sig_atomic_t ember_signal, ember_signal_count, ember_signal_sender;

static void ember_on_end(int signal, siginfo_t *info, void *context)
{
	(void)context;
	ember_signal = signal;
	ember_signal_count++;
	if (ember_signal_count > 2) {
		struct sigaction action = { .sa_handler = SIG_DFL };

		sigaction(signal, &action, NULL);
		raise(signal); /* as soon as we return */
	}
	ember_signal_sender = info->si_code == SI_USER ? info->si_pid : 0;
}

static volatile sig_atomic_t ember_signal_reload;

static void ember_on_reload(int signal)
{
	(void)signal;
	ember_signal_reload = 1;
}

/* Its coming is enough: it ends the poll. */
static void ember_on_child(int signal)
{
	(void)signal;
}

static void ember_signals_set(struct ember_signals *s, int signal,
			      const struct sigaction *action)
{
	sigaction(signal, action, &s->old[signal]);
}

void ember_signals_take(struct ember_signals *s)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };
	unsigned int i;
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	for (i = 0; i < sizeof(ember_ending) / sizeof(*ember_ending); i++)
		sigaddset(&block, ember_ending[i]);
	sigprocmask(SIG_BLOCK, &block, &s->mask);

	sigfillset(&action.sa_mask);
	action.sa_sigaction = ember_on_end;
	for (i = 0; i < sizeof(ember_ending) / sizeof(*ember_ending); i++)
		ember_signals_set(s, ember_ending[i], &action);
	/* A shell starts what runs in the background with SIGINT ignored: still taken. */
	if (s->old[SIGHUP].sa_handler == SIG_IGN)
		sigaction(SIGHUP, &s->old[SIGHUP], NULL);
	action = (struct sigaction){ .sa_handler = ember_on_child, .sa_flags = SA_NOCLDSTOP };
	ember_signals_set(s, SIGCHLD, &action);
	action = (struct sigaction){ .sa_handler = SIG_IGN };
	ember_signals_set(s, SIGPIPE, &action);
}

void ember_signals_reload(void)
{
	struct sigaction action = { .sa_handler = ember_on_reload };

	sigaction(SIGHUP, &action, NULL);
}

bool ember_signals_reloads(void)
{
	bool reloads = ember_signal_reload;

	ember_signal_reload = 0;
	return reloads;
}

void ember_signals_restore(const struct ember_signals *s)
{
	unsigned int i;

	for (i = 0; i < sizeof(ember_ending) / sizeof(*ember_ending); i++)
		sigaction(ember_ending[i], &s->old[ember_ending[i]], NULL);
	sigaction(SIGCHLD, &s->old[SIGCHLD], NULL);
	sigaction(SIGPIPE, &s->old[SIGPIPE], NULL);
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

/* The ones that we wait for, whatever our starter blocked. */
static sigset_t ember_signals_waiting(const struct ember_signals *s)
{
	sigset_t mask = s->mask;
	unsigned int i;

	for (i = 0; i < sizeof(ember_ending) / sizeof(*ember_ending); i++)
		sigdelset(&mask, ember_ending[i]);
	sigdelset(&mask, SIGCHLD);
	return mask;
}

int ember_signals_poll(const struct ember_signals *s, struct pollfd *fds, unsigned int nr,
		       const struct timespec *timeout)
{
	static const struct timespec zero;
	sigset_t mask = ember_signals_waiting(s);
	int n = ppoll(fds, nr, timeout, &mask);

	/* Where a descriptor is ready ppoll() does not look for signals: who floods us holds them up. */
	if (n > 0)
		ppoll(NULL, 0, &zero, &mask);
	return n;
}

void ember_signals_open(const struct ember_signals *s)
{
	sigset_t mask = ember_signals_waiting(s);

	sigprocmask(SIG_SETMASK, &mask, NULL);
}

int ember_signals_end(void)
{
	return ember_signal;
}

unsigned int ember_signals_ends(void)
{
	return ember_signal_count;
}

pid_t ember_signals_sender(void)
{
	return ember_signal_sender;
}
