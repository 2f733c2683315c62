/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boards' keys, and which of their sealed chunks have come: what came once is refused the
 * next time, in the collector's next life, too.
 */
#ifndef EMBER_KEYS_H
#define EMBER_KEYS_H

#include "link/seal.h"
#include "log/hello.h"
#include "model/index.h"

struct ember_keys_session {
	uint8_t session[EMBER_SEAL_SESSION];
	struct ember_seal_window window;
	bool changed;			/* since it was written down */
};

struct ember_board_key {
	struct ember_key key;
	char board[EMBER_BOARD_MAX];	/* whose alone it is; "": any board's */
	struct ember_seal answers;
};

struct sqlite3;

struct ember_keys {			/* begins zeroed: there are none */
	struct ember_board_key *key;
	uint32_t nr, size;
	struct ember_keys_session *session;
	uint32_t nr_session, session_size;
	struct ember_index session_index;
	struct sqlite3 *db;
	uint64_t clear;			/* chunks that came without a seal, */
	uint64_t forged;		/* were sealed by no key of ours, or changed, */
	uint64_t replayed;		/* or had come before */
	struct ember_proto plain;
};

/* Lines of a key's digits and, if it's one board's, its id. 0, or 1 (said). */
int ember_keys_read(struct ember_keys *keys, const char *path);
/* What came before is written down in the folder. 0, or 1 (said). */
int ember_keys_open(struct ember_keys *keys, const char *folder);
/* The chunk in a sealed one, until the next call, and its key's number; NULL: it's none. */
const uint8_t *ember_keys_take(struct ember_keys *keys, const struct ember_sealed *sealed,
			       uint32_t *n, uint32_t *key);
/* To the disk. False: it can't be (said once), and nothing must be acknowledged. */
bool ember_keys_flush(struct ember_keys *keys);
void ember_keys_free(struct ember_keys *keys);

#endif
