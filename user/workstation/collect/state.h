/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a collector must not forget, in DIR/state.db (SQLite): which chunks of each stream
 * came, which counters of each sealed session, and the bytes that were written to logs but
 * may not be on the disk yet. One transaction makes all of that safe at once, in place of a
 * sync of each log; after a crash the bytes are written to their logs once more.
 */
#ifndef EMBER_STATE_H
#define EMBER_STATE_H

#include "workstation/collect/faults.h"
#include "link/ack_window.h"
#include "link/seal.h"
#include "log/stream_header.h"

/* A stream. Two keys may use the same number. */
struct ember_state_stream {
	uint8_t key[EMBER_SEAL_ID];	/* of its key; zeroed: not sealed */
	uint32_t stream;
	char board[EMBER_BOARD_MAX], boot[EMBER_BOOT_MAX];
	bool named;			/* it has sent a HELLO */
	struct ember_ack_window arrived;
	uint64_t sent;			/* samples, by its last chunk */
	const char *log;		/* below the store's folder; NULL: none yet, and `kept` */
	uint64_t log_bytes;		/* of the log, that are whole */
	const void *kept;		/* chunks that wait for the first samples */
	uint32_t kept_bytes;
	uint64_t begun_s, heard_s;	/* CLOCK_REALTIME: when its log was begun; its last chunk */
};

struct ember_state_session {
	uint8_t key[EMBER_SEAL_ID], session[EMBER_SEAL_SESSION];
	uint64_t end;			/* the highest counter + 1 */
	uint64_t heard_s;		/* CLOCK_REALTIME */
};

/* Bytes of a log. */
struct ember_state_piece {
	const char *log;		/* below the store's folder */
	uint64_t at;			/* bytes that are before these */
	const void *bytes;
	uint32_t n;
};

typedef void ember_state_stream_fn(void *context, const struct ember_state_stream *stream);
typedef void ember_state_session_fn(void *context, const struct ember_state_session *session);
/* False: the piece stays. */
typedef bool ember_state_piece_fn(void *context, const struct ember_state_piece *piece);

typedef void ember_state_log_fn(void *context, const char *log);

struct ember_state;

/* Opens or makes it in the folder; one that is spoiled is put aside. NULL: it can't (said). */
struct ember_state *ember_state_open(const char *folder);
void ember_state_close(struct ember_state *state);

/* Each, the latest ones first, `most` at most; older ones are forgotten. False: failed (said). */
bool ember_state_streams(struct ember_state *state, uint32_t most, ember_state_stream_fn *fn,
			 void *context);
bool ember_state_sessions(struct ember_state *state, uint32_t most,
			  ember_state_session_fn *fn, void *context);
/* Each piece, in the order in which they came. */
bool ember_state_pieces(struct ember_state *state, ember_state_piece_fn *fn, void *context);
/* Each log that has pieces. */
bool ember_state_logs(struct ember_state *state, ember_state_log_fn *fn, void *context);

/*
 * A transaction: begin, any of the puts, commit. A put that fails makes the commit fail, which
 * then undoes all of it and returns false (said once until one succeeds).
 */
void ember_state_begin(struct ember_state *state);
void ember_state_put_piece(struct ember_state *state, const struct ember_state_piece *piece);
/* A log has another name now. */
void ember_state_move_pieces(struct ember_state *state, const char *from, const char *to);
/* A log was removed: its pieces are not to bring it back. */
void ember_state_drop_log(struct ember_state *state, const char *log);
void ember_state_put_stream(struct ember_state *state, const struct ember_state_stream *stream);
void ember_state_drop_stream(struct ember_state *state, const uint8_t key[EMBER_SEAL_ID],
			     uint32_t stream);
void ember_state_put_session(struct ember_state *state,
			     const struct ember_state_session *session);
void ember_state_put_counter(struct ember_state *state, const char *name, uint64_t value);
bool ember_state_commit(struct ember_state *state);

/* The number of the last piece that was put; 0: none. */
uint64_t ember_state_last_piece(const struct ember_state *state);
/* Logs up to that piece are on the disk: forgets those pieces. Within a transaction. */
void ember_state_settled(struct ember_state *state, uint64_t piece);

/* Prints the counters of the collector in a folder. 0, or 1 (said). */
int ember_state_print(const char *folder, bool json);

#endif
