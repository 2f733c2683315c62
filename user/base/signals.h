/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals that end a recording. They are blocked save while we wait, so none is
 * missed between a look and the wait, and nothing has to wake us up to look.
 */
#ifndef EMBER_SIGNALS_H
#define EMBER_SIGNALS_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

struct ember_signals {
	sigset_t mask;			/* what was blocked before us */
	struct sigaction old[NSIG];	/* of the ones we changed */
};

/*
 * Takes SIGINT, SIGTERM, SIGHUP (where it isn't ignored, as under nohup) and SIGCHLD;
 * SIGPIPE is ignored, so a write fails instead.
 */
void ember_signals_take(struct ember_signals *signals);

/*
 * From now on SIGHUP asks to read the configuration again, and ends nothing; it ends a wait.
 * Behind ember_signals_take().
 */
void ember_signals_reload(void);
/* Whether SIGHUP came since the last call. */
bool ember_signals_reloads(void);

/* As they were: in a child, before it becomes another program. */
void ember_signals_restore(const struct ember_signals *signals);

/* poll() that a signal ends, with -1 and EINTR. NULL: no time limit. */
int ember_signals_poll(const struct ember_signals *signals, struct pollfd *fds,
		       unsigned int nr, const struct timespec *timeout);

/* From now on they may come at any time, not in a poll only; a third one ends us. */
void ember_signals_open(const struct ember_signals *signals);

/* The latest signal that asks us to end, or 0; and how many did. */
int ember_signals_end(void);
unsigned int ember_signals_ends(void);

/* The process that sent it; 0: the terminal, to its whole foreground group. */
pid_t ember_signals_sender(void);

#endif
