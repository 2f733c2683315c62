/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests on disk until a server has them, within a bound: the oldest go first.
 *
 *	DIR/state		cursors of streams, and the number of the next request
 *	DIR/NUMBER.req		a request that is to be sent
 *	DIR/NUMBER.sent		one whose answer isn't known
 *
 * Requests count once the state that names them is written: what a crash leaves behind it is made
 * once more. A .sent file of an earlier life may have been taken: it counts as uncertain.
 */
#ifndef EMBER_RELAY_SPOOL_H
#define EMBER_RELAY_SPOOL_H

#include <stdio.h>

#include "relay/request.h"

#define EMBER_SPOOL_LEAST	(256u << 10)	/* bytes */

struct ember_spooled {
	uint64_t number, bytes, samples;
};

struct ember_spool {
	const char *path;
	enum ember_relay_form form;
	uint64_t limit, bytes;
	int folder;			/* descriptors of the folder and its lock; -1: none */
	int lock;
	uint64_t next, committed;	/* numbers from `committed` on aren't in the state yet */
	struct ember_spooled *item;	/* in order; the first `at` are gone */
	uint32_t nr, size, at;
	struct ember_spool_lost {
		uint64_t profiles, samples;
	} dropped, uncertain;		/* for want of room; of an earlier life */
	uint64_t said_ns;		/* CLOCK_MONOTONIC of the last line of a failure */
};

/* Called with each line of the state but its first two and its last. Return false: it makes no sense. */
typedef bool ember_spool_line(void *context, const char *line);
/* Writes such lines. */
typedef void ember_spool_lines(void *context, FILE *out);

/* Open, and read the state. Return 0, or 1 (said). */
int ember_spool_open(struct ember_spool *spool, const char *path, uint64_t limit,
		     enum ember_relay_form form, ember_spool_line *line, void *context);
/* Add a request, which stays the caller's. Return 0, or 1 (said). */
int ember_spool_add(struct ember_spool *spool, const struct ember_relay_request *request);
/* Write the state: all that was added counts from then on. Return 0, or 1 (said). */
int ember_spool_commit(struct ember_spool *spool, ember_spool_lines *lines, void *context);
/* Forget what was added since the last commit. */
void ember_spool_undo(struct ember_spool *spool);

/* Return the oldest request that counts; NULL: there is none. */
const struct ember_spooled *ember_spool_oldest(const struct ember_spool *spool);
/*
 * Read it, and mark it as sent, on disk, before a byte of it goes out. Return 0; 1: it can't be
 * read and is dropped; -1: the disk refuses the mark (said).
 */
int ember_spool_begin(struct ember_spool *spool, struct ember_relay_request *request);
/* Its fate is known: again: it is to be sent once more, else it is gone. */
void ember_spool_end(struct ember_spool *spool, bool again);
void ember_spool_close(struct ember_spool *spool);

#endif
