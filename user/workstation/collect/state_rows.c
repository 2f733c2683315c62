// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads what is in a collector's state, as state.h says. */
#include "workstation/collect/state.h"

#include <stdio.h>
#include <string.h>

#include "workstation/collect/state_db.h"

static bool ember_state_blob(sqlite3_stmt *row, int at, void *to, int n)
{
	if (sqlite3_column_bytes(row, at) != n)
		return false;
	memcpy(to, sqlite3_column_blob(row, at), n);
	return true;
}

static void ember_state_text(sqlite3_stmt *row, int at, char *to, size_t room)
{
	const void *text = sqlite3_column_blob(row, at);
	size_t n = sqlite3_column_bytes(row, at);

	if (n >= room)
		n = room - 1;
	if (n)
		memcpy(to, text, n);
	to[n] = 0;
}

static bool ember_state_row(sqlite3_stmt *row, struct ember_state_stream *s)
{
	*s = (struct ember_state_stream){
		.stream = sqlite3_column_int64(row, 1),
		.named = sqlite3_column_type(row, 2) != SQLITE_NULL,
		.arrived.base = sqlite3_column_int64(row, 4),
		.arrived.end = sqlite3_column_int64(row, 5),
		.sent = sqlite3_column_int64(row, 7),
		.log = (const char *)sqlite3_column_text(row, 8),
		.log_bytes = sqlite3_column_int64(row, 9),
		.kept = sqlite3_column_blob(row, 10),
		.kept_bytes = sqlite3_column_bytes(row, 10),
		.begun_s = sqlite3_column_int64(row, 11),
		.heard_s = sqlite3_column_int64(row, 12),
	};
	ember_state_text(row, 2, s->board, sizeof(s->board));
	ember_state_text(row, 3, s->boot, sizeof(s->boot));
	return ember_state_blob(row, 0, s->key, sizeof(s->key)) &&
	       ember_state_blob(row, 6, s->arrived.bit, sizeof(s->arrived.bit)) &&
	       s->arrived.base <= s->arrived.end &&
	       s->arrived.end - s->arrived.base <= EMBER_ACK_WINDOW_WINDOW;
}

bool ember_state_streams(struct ember_state *s, uint32_t most, ember_state_stream_fn *fn,
			 void *context)
{
	struct ember_state_stream stream;
	char drop[160];
	sqlite3_stmt *all;

	snprintf(
		drop, sizeof(drop),
		"DELETE FROM stream WHERE rowid IN"
		" (SELECT rowid FROM stream ORDER BY log IS NULL, heard_s DESC LIMIT -1 OFFSET %u)",
		most);
	if (!ember_state_do(s, drop))
		return false;
	all = ember_state_ask(s, "SELECT * FROM stream ORDER BY log IS NULL, heard_s DESC");
	while (all && sqlite3_step(all) == SQLITE_ROW)
		if (ember_state_row(all, &stream))
			fn(context, &stream);
	return ember_state_asked(s, all);
}

bool ember_state_sessions(struct ember_state *s, uint32_t most, ember_state_session_fn *fn,
			  void *context)
{
	struct ember_state_session session;
	char drop[200];
	sqlite3_stmt *all;

	snprintf(
		drop, sizeof(drop),
		"DELETE FROM session WHERE (key, session) IN"
		" (SELECT key, session FROM session ORDER BY heard_s DESC LIMIT -1 OFFSET %u)",
		most);
	if (!ember_state_do(s, drop))
		return false;
	all = ember_state_ask(s, "SELECT * FROM session ORDER BY heard_s DESC");
	while (all && sqlite3_step(all) == SQLITE_ROW) {
		session.end = sqlite3_column_int64(all, 2);
		session.heard_s = sqlite3_column_int64(all, 3);
		if (ember_state_blob(all, 0, session.key, sizeof(session.key)) &&
		    ember_state_blob(all, 1, session.session, sizeof(session.session)))
			fn(context, &session);
	}
	return ember_state_asked(s, all);
}

bool ember_state_logs(struct ember_state *s, ember_state_log_fn *fn, void *context)
{
	sqlite3_stmt *all = ember_state_ask(s, "SELECT DISTINCT log FROM piece");

	while (all && sqlite3_step(all) == SQLITE_ROW)
		fn(context, (const char *)sqlite3_column_text(all, 0));
	return ember_state_asked(s, all);
}

bool ember_state_pieces(struct ember_state *s, ember_state_piece_fn *fn, void *context)
{
	sqlite3_stmt *all =
		ember_state_ask(s, "SELECT id, log, at, bytes FROM piece ORDER BY id");
	uint64_t last = 0;
	bool good = true;

	while (all && good && sqlite3_step(all) == SQLITE_ROW) {
		struct ember_state_piece piece = {
			.log = (const char *)sqlite3_column_text(all, 1),
			.at = sqlite3_column_int64(all, 2),
			.bytes = sqlite3_column_blob(all, 3),
			.n = sqlite3_column_bytes(all, 3),
		};

		good = fn(context, &piece);
		last = sqlite3_column_int64(all, 0);
	}
	if (!ember_state_asked(s, all) || !good)
		return false;
	s->last_piece = last;
	return true;
}
