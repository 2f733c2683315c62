/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's socket in /run/emberprof: a client sends one word, and has an answer. And the
 * file there that one daemon holds at a time.
 */
#ifndef EMBER_DAEMON_CONTROL_H
#define EMBER_DAEMON_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/loop.h"

#define EMBER_CONTROL_FOLDER	"/run/emberprof"
#define EMBER_CONTROL_SOCKET	EMBER_CONTROL_FOLDER "/daemon.sock"
#define EMBER_CONTROL_PID	EMBER_CONTROL_FOLDER "/daemon.pid"
#define EMBER_CONTROL_CLIENTS	4
#define EMBER_CONTROL_WORD	32

/* Write the answer to a word. Returns false if the word is not known. */
typedef bool ember_control_answer(void *context, const char *word, FILE *out);

struct ember_control {			/* begins as EMBER_CONTROL */
	int lock, socket;
	struct ember_control_client {
		int fd;			/* -1: none */
		uint64_t until_ns;	/* CLOCK_MONOTONIC: it has to have asked by then */
		uint32_t place, used;
		char word[EMBER_CONTROL_WORD];
	} client[EMBER_CONTROL_CLIENTS];
	uint32_t place;
	ember_control_answer *answer;
	void *context;
};

#define EMBER_CONTROL	((struct ember_control){ .lock = -1, .socket = -1, \
						 .client = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 }, { .fd = -1 } } })

/* Returns 0, or 1 (said): another daemon runs. Without the folder it goes on without a socket (said). */
int ember_control_open(struct ember_control *control, ember_control_answer *answer,
		       void *context);
void ember_control_wait(struct ember_control *control, struct ember_loop *loop);
/* Answer the clients that have asked. */
void ember_control_turn(struct ember_control *control, struct ember_loop *loop);
void ember_control_close(struct ember_control *control);

/*
 * Ask the daemon that runs, and copy its answer to `out`. Returns 0; -1: none runs; or an errno.
 */
int ember_control_ask(const char *word, FILE *out);

#endif
