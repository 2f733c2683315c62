/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The database that a collector's state is in. */
#ifndef EMBER_STATE_DB_H
#define EMBER_STATE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>


enum ember_state_put {
	EMBER_PUT_PIECE,
	EMBER_PUT_STREAM,
	EMBER_DROP_STREAM,
	EMBER_PUT_SESSION,
	EMBER_PUT_COUNTER,
	EMBER_DROP_PIECES,
	EMBER_MOVE_PIECES,
	EMBER_DROP_LOG,
	EMBER_PUTS
};

struct ember_state {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *put[EMBER_PUTS];
	uint64_t last_piece;
	bool bad; /* in this transaction */
	bool failing; /* said */
};

/* Report that it can't be read or written, once, and note that this transaction is lost. */
void ember_state_failed(struct ember_state *state);
/* Run statements that return no rows. False: one failed (said). */
bool ember_state_do(struct ember_state *state, const char *sql);
/* Begin a statement that returns rows; NULL: it can't be (said). */
sqlite3_stmt *ember_state_ask(struct ember_state *state, const char *sql);
/* End one (NULL: none was begun). Return whether there was no error (said). */
bool ember_state_asked(struct ember_state *state, sqlite3_stmt *all);

#endif
