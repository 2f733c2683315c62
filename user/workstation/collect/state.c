// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/path.h"
#include "workstation/collect/state_db.h"

#define EMBER_STATE_FILE "state.db"
/* Changed tables get another number. */
#define EMBER_STATE_VERSION "1"

static const char ember_state_schema[] =
	"PRAGMA page_size=16384;"
	"PRAGMA journal_mode=WAL;"
	"PRAGMA synchronous=FULL;"
	"PRAGMA secure_delete=OFF;"
	"PRAGMA wal_autocheckpoint=1024;" /* pages: 16 MiB */
	"CREATE TABLE IF NOT EXISTS piece("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, log TEXT NOT NULL, at INTEGER NOT NULL,"
	" bytes BLOB NOT NULL);"
	"CREATE INDEX IF NOT EXISTS piece_log ON piece(log);"
	"CREATE TABLE IF NOT EXISTS stream("
	" key BLOB NOT NULL, stream INTEGER NOT NULL, board TEXT, boot TEXT NOT NULL,"
	" base INTEGER NOT NULL, end INTEGER NOT NULL, came BLOB NOT NULL,"
	" sent INTEGER NOT NULL, log TEXT, log_bytes INTEGER NOT NULL, kept BLOB,"
	" begun_s INTEGER NOT NULL, heard_s INTEGER NOT NULL, PRIMARY KEY(key, stream));"
	"CREATE TABLE IF NOT EXISTS session("
	" key BLOB NOT NULL, session BLOB NOT NULL, end INTEGER NOT NULL,"
	" heard_s INTEGER NOT NULL, PRIMARY KEY(key, session)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS counter("
	" name TEXT PRIMARY KEY, value INTEGER NOT NULL);"
	"PRAGMA user_version=" EMBER_STATE_VERSION ";";

static const char *const ember_state_sql[EMBER_PUTS] = {
	[EMBER_PUT_PIECE] = "INSERT INTO piece(log, at, bytes) VALUES(?1, ?2, ?3)",
	[EMBER_PUT_STREAM] =
		"INSERT OR REPLACE INTO stream VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
	[EMBER_DROP_STREAM] = "DELETE FROM stream WHERE key = ?1 AND stream = ?2",
	[EMBER_PUT_SESSION] = "INSERT OR REPLACE INTO session VALUES(?1, ?2, ?3, ?4)",
	[EMBER_PUT_COUNTER] = "INSERT OR REPLACE INTO counter VALUES(?1, ?2)",
	[EMBER_DROP_PIECES] = "DELETE FROM piece WHERE id <= ?1",
	[EMBER_DROP_LOG] = "DELETE FROM piece WHERE log = ?1",
	[EMBER_MOVE_PIECES] = "UPDATE piece SET log = ?2 WHERE log = ?1",
};

static struct ember_state *ember_state_at(const char *folder, int flags)
{
	struct ember_state *s = ember_xrealloc(NULL, 1, sizeof(*s));

	memset(s, 0, sizeof(*s));
	s->path = ember_path_in(folder, EMBER_STATE_FILE);
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(s->db, 5000);
		/* Closing need not wait for the disk: what is in the log of SQLite is safe. */
		sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	}
	return s;
}

/* The tables, and that they are what they seem: a cheap look at each page's form. */
static bool ember_state_is_sound(struct ember_state *s)
{
	sqlite3_stmt *check = NULL;
	bool sound;

	if (sqlite3_exec(s->db, ember_state_schema, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &check, NULL) != SQLITE_OK)
		return false;
	sound = sqlite3_step(check) == SQLITE_ROW &&
		!strcmp((const char *)sqlite3_column_text(check, 0), "ok");
	sqlite3_finalize(check);
	return sound;
}

static void ember_state_put_aside(const char *folder)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	unsigned int i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		char from[32], to[32], *old, *new;

		snprintf(from, sizeof(from), EMBER_STATE_FILE "%s", ends[i]);
		snprintf(to, sizeof(to), EMBER_STATE_FILE ".bad%s", ends[i]);
		old = ember_path_in(folder, from);
		new = ember_path_in(folder, to);
		rename(old, new);
		free(old);
		free(new);
	}
}

struct ember_state *ember_state_open(const char *folder)
{
	struct ember_state *s;
	int code, i;

	/* Its account of memory is one lock for all threads, of which one is at nice 19. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	s = ember_state_at(folder, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);

	if (!ember_state_is_sound(s)) {
		code = sqlite3_errcode(s->db);
		if (code != SQLITE_NOTADB && code != SQLITE_CORRUPT && code != SQLITE_OK &&
		    code != SQLITE_ROW && code != SQLITE_DONE && code != SQLITE_ERROR) {
			ember_state_failed(s);
			ember_state_close(s);
			return NULL;
		}
		ember_warning(
			"%s: spoiled: put aside as " EMBER_STATE_FILE
			".bad (what was received shortly before it was spoiled may be lost, and boards may send some chunks twice)",
			s->path);
		ember_state_close(s);
		ember_state_put_aside(folder);
		s = ember_state_at(folder, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
		if (!ember_state_do(s, ember_state_schema)) {
			ember_state_close(s);
			return NULL;
		}
	}
	for (i = 0; i < EMBER_PUTS; i++)
		if (sqlite3_prepare_v2(s->db, ember_state_sql[i], -1, &s->put[i], NULL) !=
		    SQLITE_OK) {
			ember_state_failed(s);
			ember_state_close(s);
			return NULL;
		}
	return s;
}

void ember_state_close(struct ember_state *s)
{
	unsigned int i;

	if (!s)
		return;
	for (i = 0; i < EMBER_PUTS; i++)
		sqlite3_finalize(s->put[i]);
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

/* ---- writing ---- */

void ember_state_begin(struct ember_state *s)
{
	s->bad = false;
	ember_state_do(s, "BEGIN IMMEDIATE");
}

static void ember_state_run(struct ember_state *s, enum ember_state_put put)
{
	/* After a failure nothing more is put: without a transaction it would stay. */
	if (!s->bad && sqlite3_step(s->put[put]) != SQLITE_DONE)
		ember_state_failed(s);
	sqlite3_reset(s->put[put]);
	sqlite3_clear_bindings(s->put[put]);
}

void ember_state_put_piece(struct ember_state *s, const struct ember_state_piece *piece)
{
	sqlite3_stmt *put = s->put[EMBER_PUT_PIECE];

	sqlite3_bind_text(put, 1, piece->log, -1, SQLITE_STATIC);
	sqlite3_bind_int64(put, 2, piece->at);
	sqlite3_bind_blob(put, 3, piece->bytes, piece->n, SQLITE_STATIC);
	ember_state_run(s, EMBER_PUT_PIECE);
	s->last_piece = sqlite3_last_insert_rowid(s->db);
}

void ember_state_move_pieces(struct ember_state *s, const char *from, const char *to)
{
	sqlite3_bind_text(s->put[EMBER_MOVE_PIECES], 1, from, -1, SQLITE_STATIC);
	sqlite3_bind_text(s->put[EMBER_MOVE_PIECES], 2, to, -1, SQLITE_STATIC);
	ember_state_run(s, EMBER_MOVE_PIECES);
}

void ember_state_drop_log(struct ember_state *s, const char *log)
{
	sqlite3_bind_text(s->put[EMBER_DROP_LOG], 1, log, -1, SQLITE_STATIC);
	ember_state_run(s, EMBER_DROP_LOG);
}

void ember_state_put_stream(struct ember_state *s, const struct ember_state_stream *stream)
{
	sqlite3_stmt *put = s->put[EMBER_PUT_STREAM];

	sqlite3_bind_blob(put, 1, stream->key, sizeof(stream->key), SQLITE_STATIC);
	sqlite3_bind_int64(put, 2, stream->stream);
	/* Ids are bytes, not always UTF-8. */
	if (stream->named)
		sqlite3_bind_blob(put, 3, stream->board, strlen(stream->board), SQLITE_STATIC);
	sqlite3_bind_blob(put, 4, stream->boot, strlen(stream->boot), SQLITE_STATIC);
	sqlite3_bind_int64(put, 5, stream->arrived.base);
	sqlite3_bind_int64(put, 6, stream->arrived.end);
	sqlite3_bind_blob(put, 7, stream->arrived.bit, sizeof(stream->arrived.bit),
			  SQLITE_STATIC);
	sqlite3_bind_int64(put, 8, stream->sent);
	sqlite3_bind_text(put, 9, stream->log, -1, SQLITE_STATIC);
	sqlite3_bind_int64(put, 10, stream->log_bytes);
	if (stream->kept_bytes)
		sqlite3_bind_blob(put, 11, stream->kept, stream->kept_bytes, SQLITE_STATIC);
	sqlite3_bind_int64(put, 12, stream->begun_s);
	sqlite3_bind_int64(put, 13, stream->heard_s);
	ember_state_run(s, EMBER_PUT_STREAM);
}

void ember_state_drop_stream(struct ember_state *s, const uint8_t key[EMBER_SEAL_ID],
			     uint32_t stream)
{
	sqlite3_bind_blob(s->put[EMBER_DROP_STREAM], 1, key, EMBER_SEAL_ID, SQLITE_STATIC);
	sqlite3_bind_int64(s->put[EMBER_DROP_STREAM], 2, stream);
	ember_state_run(s, EMBER_DROP_STREAM);
}

void ember_state_put_session(struct ember_state *s, const struct ember_state_session *session)
{
	sqlite3_stmt *put = s->put[EMBER_PUT_SESSION];

	sqlite3_bind_blob(put, 1, session->key, sizeof(session->key), SQLITE_STATIC);
	sqlite3_bind_blob(put, 2, session->session, sizeof(session->session), SQLITE_STATIC);
	sqlite3_bind_int64(put, 3, session->end);
	sqlite3_bind_int64(put, 4, session->heard_s);
	ember_state_run(s, EMBER_PUT_SESSION);
}

void ember_state_put_counter(struct ember_state *s, const char *name, uint64_t value)
{
	sqlite3_bind_text(s->put[EMBER_PUT_COUNTER], 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s->put[EMBER_PUT_COUNTER], 2, value);
	ember_state_run(s, EMBER_PUT_COUNTER);
}

bool ember_state_commit(struct ember_state *s)
{
	if (!s->bad && ember_state_do(s, "COMMIT")) {
		s->failing = false;
		return true;
	}
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

uint64_t ember_state_last_piece(const struct ember_state *s)
{
	return s->last_piece;
}

void ember_state_settled(struct ember_state *s, uint64_t piece)
{
	sqlite3_bind_int64(s->put[EMBER_DROP_PIECES], 1, piece);
	ember_state_run(s, EMBER_DROP_PIECES);
}

/* ---- for people ---- */

int ember_state_print(const char *folder, bool json)
{
	struct ember_state *s = ember_state_at(folder, SQLITE_OPEN_READONLY);
	sqlite3_stmt *all =
		ember_state_ask(s, "SELECT name, value FROM counter ORDER BY rowid");
	bool any = false, good;

	while (all && sqlite3_step(all) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(all, 0);
		unsigned long long value = sqlite3_column_int64(all, 1);

		if (json)
			printf("%s\"%s\": %llu", any ? ", " : "{", name, value);
		else
			printf("%s: %llu\n", name, value);
		any = true;
	}
	if (json && all)
		puts(any ? "}" : "{}");
	good = ember_state_asked(s, all);
	ember_state_close(s);
	return !good;
}
