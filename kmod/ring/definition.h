/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queue definitions made in process context for the last ring.
 *
 * A backlog holds them while the ring is full, so that no worker waits for the reader.
 * Records that belong together are one transaction: put, put, ... commit, or abort. All
 * calls need spaces->lock held, unless noted.
 */
#ifndef EMBER_DEFINITION_H
#define EMBER_DEFINITION_H

#include <linux/types.h>

#define EMBER_BACKLOG_BYTES	(192 * 1024)
/* A transaction that is larger leaves a quarter of the room to others. */
#define EMBER_BACKLOG_LARGE	(EMBER_BACKLOG_BYTES / 16)

struct ember_mms;

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

int ember_definitions_init(struct ember_mms *spaces);	/* 0 or -ENOMEM */
void ember_definitions_exit(struct ember_mms *spaces);

/* Room for one record of `size` bytes, zeroed behind its header, or NULL: then the
 * transaction is to be aborted.
 */
void *ember_definition_put(struct ember_mms *spaces, u16 type, u32 size);
/* Goes to the ring now, as far as there is room, else as soon as there is. Returns where it
 * ends.
 */
u32 ember_definitions_commit(struct ember_mms *spaces);
/* Counts what had no room. True: by its own doing. */
bool ember_definitions_abort(struct ember_mms *spaces);
/* Whether a transaction that ended there still waits for room in the ring. If so the next one
 * of the same space isn't to be put: it's to be aborted as its own doing.
 */
bool ember_definitions_wait(struct ember_mms *spaces, u32 at);

/* The largest record that the ring takes. */
u32 ember_definition_most(const struct ember_mms *spaces);

/* Takes the lock. The reader may have made room: writes what waits for it, as far as
 * it fits, and returns how many bytes still wait.
 */
u32 ember_definitions_drain(struct ember_mms *spaces);

#endif
