/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boards' keys, and which of their sealed chunks came: a chunk that came once is refused the
 * next time, after a restart too. A session is known by its key and its number together, so
 * that no board can touch another one's.
 */
#ifndef EMBER_KEYS_H
#define EMBER_KEYS_H

#include "workstation/collect/state.h"
#include "link/seal.h"
#include "log/stream_header.h"
#include "model/index.h"

#define EMBER_KEYS_SESSIONS	65536	/* that are remembered, the latest ones */
#define EMBER_KEYS_FIRST	(1ull << 40)	/* a new session's counter is below this, */
#define EMBER_KEYS_AHEAD	(1ull << 24)	/* and a known one's no further ahead than this */

struct ember_keys_session {
	uint32_t key;			/* its number */
	uint8_t session[EMBER_SEAL_SESSION];
	struct ember_seal_window window;
	uint64_t heard_s;		/* CLOCK_REALTIME */
	bool changed;			/* since ember_keys_changed() */
};

struct ember_board_key {
	struct ember_key key;
	char board[EMBER_BOARD_MAX];	/* whose alone it is; "": any board's without a key */
	struct ember_seal answers;
};

struct ember_keys {			/* begins zeroed: there are none */
	struct ember_board_key *key;
	uint32_t nr, size;
	struct ember_index by_id, by_board;
	struct ember_keys_session *session;
	uint32_t nr_session, session_size;
	struct ember_index session_index;
	struct ember_buf plain;
};

/* Lines of a key's digits and, if it is one board's, its id. 0, or 1 (said). */
int ember_keys_read(struct ember_keys *keys, const char *path);
/* The sessions that the state has. False: it can't be read (said). */
bool ember_keys_load(struct ember_keys *keys, struct ember_state *state);
/*
 * The chunk in a sealed one, until the next call, and its key's number; NULL: *fault says
 * why it is refused.
 */
const uint8_t *ember_keys_take(struct ember_keys *keys, const struct ember_sealed *sealed,
			       uint32_t *n, uint32_t *key, enum ember_fault *fault);
/* Whether a key may speak for a board: its own, or, without one, any that has no key. */
bool ember_keys_may(const struct ember_keys *keys, uint32_t key, const char *board);
/* Number of a key by its id; EMBER_NO_NUMBER: none. */
uint32_t ember_keys_find(const struct ember_keys *keys, const uint8_t id[EMBER_SEAL_ID]);
/*
 * Appends what changed since the last call to an array as of struct ember_disk_batch. What
 * did not become safe after all is to be marked again.
 */
void ember_keys_changed(struct ember_keys *keys, struct ember_state_session **session,
			uint32_t *nr, uint32_t *size);
void ember_keys_again(struct ember_keys *keys, const struct ember_state_session *session);
void ember_keys_free(struct ember_keys *keys);

#endif
