/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command that is recorded: our child. */
#ifndef EMBER_COMMAND_H
#define EMBER_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/signals.h"

struct ember_command {
	pid_t pid;			/* 0: there is none */
	bool ended;
	int status;			/* as waitpid() returns it, once ended */
	int go, failed;			/* pipes, -1 when closed */
};

/*
 * Forks; what becomes of `argv` is held back until ember_command_go(). 0, or 1 (said).
 * Orphans of the command become our children, to be reaped.
 */
int ember_command_hold(struct ember_command *command, char **argv,
		       const struct ember_signals *signals);

/* Lets it go. 0, or 126 or 127 as shells do if it can't be run (said). */
int ember_command_go(struct ember_command *command, char **argv);

/* Reaps whatever ended; never waits. True once the command itself has ended. */
bool ember_command_reap(struct ember_command *command);

/* The exit status that stands for it: its own, or 128 and the signal that killed it. */
int ember_command_status(const struct ember_command *command);

/* One that was never let go is gone afterwards; a running one isn't touched. */
void ember_command_drop(struct ember_command *command);

#endif
