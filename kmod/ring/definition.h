/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queue definitions made in process context for the last ring.
 *
 * A backlog holds them while the ring is full, so that no worker waits for the reader.
 * Records that belong together are one transaction: put, put, ... commit, or abort. All
 * calls need defs->lock held, unless noted.
 */
#ifndef EMBER_DEFINITION_H
#define EMBER_DEFINITION_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "ring.h"

#define EMBER_BACKLOG_BYTES	(192 * 1024)
/* A transaction that is larger leaves a quarter of the room to others. */
#define EMBER_BACKLOG_LARGE	(EMBER_BACKLOG_BYTES / 16)

struct ember_counters;
struct ember_flight_ring;
struct ember_reader;

struct ember_backlog {
	u8 *data;		/* [EMBER_BACKLOG_BYTES] */
	u32 begin;		/* what comes next into the ring */
	u32 committed;
	u32 end;		/* with the transaction so far */
	u32 delay;		/* ms: until it's tried again */
	u32 moved;		/* bytes into the ring so far, modulo 2^32 */
	bool full;		/* the transaction has no room, */
	bool own;		/* which is its own doing */
	u64 dropped;		/* transactions of which it was */
};

/* The last ring, and what is on its way there. */
struct ember_definitions {
	struct mutex lock;		/* all of it, and the session's files; never held while
					 * anything is waited for */
	struct ember_reader *reader;
	u32 watermark;			/* bytes that wake the reader */
	bool stopping;			/* the session ends: nothing more is queued */
	bool unread;			/* nobody makes room in the ring, until ADOPT */
	bool again;			/* `flight` has lost some: all are to be repeated */
	struct ember_ring ring;
	struct ember_counters *counters;	/* in its head page */
	struct ember_flight_ring *flight;	/* gets them in place of the ring, or NULL */
	struct ember_backlog backlog;
	struct delayed_work drain;	/* backlog -> ring */
};

int ember_definitions_init(struct ember_definitions *defs);	/* 0 or -ENOMEM */
void ember_definitions_exit(struct ember_definitions *defs);

/* Room for one record of `size` bytes, zeroed behind its header, or NULL: then the
 * transaction is to be aborted.
 */
void *ember_definition_put(struct ember_definitions *defs, u16 type, u32 size);
/* Goes to the ring now, as far as there is room, else as soon as there is. Returns where it
 * ends.
 */
u32 ember_definitions_commit(struct ember_definitions *defs);
/* Counts what had no room. True: by its own doing. */
bool ember_definitions_abort(struct ember_definitions *defs);
/* Whether a transaction that ended there still waits for room in the ring. If so the next one
 * of the same space isn't to be put: it's to be aborted as its own doing.
 */
bool ember_definitions_wait(struct ember_definitions *defs, u32 at);

/* The largest record that the ring takes. */
u32 ember_definition_most(const struct ember_definitions *defs);

/* Takes the lock. The reader may have made room: writes what waits for it, as far as
 * it fits, and returns how many bytes still wait.
 */
u32 ember_definitions_drain(struct ember_definitions *defs);

#endif
