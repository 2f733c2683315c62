/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads of a Threads message, one after the other. */
#ifndef EMBER_LOG_THREADS_H
#define EMBER_LOG_THREADS_H

#include "log/columns.h"
#include "model/dictionary.h"

struct ember_threads {
	struct ember_columns columns;
	struct ember_message names;
	uint64_t number;		/* of the thread that was read last */
	uint64_t labels;		/* its set: a number + 1; 0: none */
	uint64_t tgid, start;		/* sums of the differences */
};

/* Returns false if it is no message. */
bool ember_threads_begin(struct ember_threads *threads, const struct ember_field *message);
/* Reads the next thread, without its board and labels. Returns false at the end, or if it is bad. */
bool ember_threads_next(struct ember_threads *threads, struct ember_thread *thread);
/* Returns whether all of the message was read. */
bool ember_threads_good(const struct ember_threads *threads);

#endif
