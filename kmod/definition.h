/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Definitions that are found in process context, on their way to the last ring.
 *
 * They go through a backlog, so that whoever finds them never waits for the reader.
 * What belongs together is one transaction: put, put, ... commit, or abort. All of
 * it with spaces->lock held.
 */
#ifndef EMBER_DEFINITION_H
#define EMBER_DEFINITION_H

#include <linux/types.h>

#define EMBER_BACKLOG_BYTES	(192 * 1024)

struct ember_spaces;

struct ember_backlog {
	u8 *data;		/* [EMBER_BACKLOG_BYTES] */
	u32 begin;		/* what comes next into the ring */
	u32 committed;
	u32 end;		/* with the transaction so far */
	u32 delay;		/* ms: until it's tried again */
};

int ember_definitions_init(struct ember_spaces *spaces);	/* 0 or -ENOMEM */
void ember_definitions_exit(struct ember_spaces *spaces);

/* Room for one record of `size` bytes, zeroed behind its header, or NULL: then the
 * transaction is to be aborted.
 */
void *ember_definition_put(struct ember_spaces *spaces, u16 type, u32 size);
/* Goes to the ring now, as far as there is room, else as soon as there is. */
void ember_definitions_commit(struct ember_spaces *spaces);
/* Counts a lost definition. */
void ember_definitions_abort(struct ember_spaces *spaces);

/* The largest record that the ring takes. */
u32 ember_definition_most(const struct ember_spaces *spaces);

/* Takes the lock. The reader may have made room: writes what waits for it, as far as
 * it fits, and returns how many bytes still wait.
 */
u32 ember_definitions_drain(struct ember_spaces *spaces);

#endif
