// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/keys.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "collect/words.h"

#define EMBER_KEYS_FILE "sessions.db"

static const char ember_keys_schema[] = "PRAGMA synchronous=FULL;"
					"CREATE TABLE IF NOT EXISTS session("
					" session BLOB PRIMARY KEY, end INTEGER NOT NULL);";

/* An ember_words_take. */
static bool ember_keys_line(void *context, const char *digits, const char *board)
{
	struct ember_keys *k = context;
	struct ember_board_key key = {};

	if (!ember_key_parse(&key.key, digits) ||
	    (board && strlen(board) >= EMBER_BOARD_MAX) ||
	    ember_seal_begin(&key.answers, &key.key))
		return false;
	strcpy(key.board, board ? board : "");
	k->key = ember_room(k->key, k->nr, &k->size, sizeof(*k->key));
	k->key[k->nr++] = key;
	return true;
}

int ember_keys_read(struct ember_keys *k, const char *path)
{
	if (ember_words_read(
		    path,
		    "a key of 64 digits 0-9, a-f, and a board's id, if it's that one's alone",
		    ember_keys_line, k))
		return 1;
	return k->nr ? 0 : ember_error("%s: has no keys", path);
}

struct ember_session_key {
	const struct ember_keys *keys;
	const uint8_t *session;
};

static bool ember_session_same(const void *context, uint32_t item)
{
	const struct ember_session_key *key = context;

	return !memcmp(key->keys->session[item].session, key->session, EMBER_SEAL_SESSION);
}

static struct ember_keys_session *ember_keys_session(struct ember_keys *k,
						     const uint8_t *session)
{
	struct ember_session_key key = { k, session };
	uint64_t hash = ember_mix_bytes(0, session, EMBER_SEAL_SESSION);
	uint32_t number = ember_index_find(&k->session_index, hash, ember_session_same, &key);
	struct ember_keys_session *s;

	if (number != EMBER_NO_NUMBER)
		return &k->session[number];
	k->session =
		ember_room(k->session, k->nr_session, &k->session_size, sizeof(*k->session));
	s = &k->session[k->nr_session];
	memset(s, 0, sizeof(*s));
	memcpy(s->session, session, sizeof(s->session));
	ember_index_add(&k->session_index, hash, k->nr_session++);
	return s;
}

static bool ember_keys_failed(struct ember_keys *k, const char *folder)
{
	ember_error("%s%s" EMBER_KEYS_FILE ": %s", folder, *folder ? "/" : "",
		    sqlite3_errmsg(k->db));
	return false;
}

int ember_keys_open(struct ember_keys *k, const char *folder)
{
	char *path = ember_path_in(folder, EMBER_KEYS_FILE);
	sqlite3_stmt *all = NULL;

	if (sqlite3_open(path, &k->db) != SQLITE_OK ||
	    sqlite3_exec(k->db, ember_keys_schema, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(k->db, "SELECT session, end FROM session", -1, &all, NULL) !=
		    SQLITE_OK) {
		free(path);
		return !ember_keys_failed(k, folder);
	}
	free(path);
	while (sqlite3_step(all) == SQLITE_ROW) {
		struct ember_keys_session *s;

		if (sqlite3_column_bytes(all, 0) != EMBER_SEAL_SESSION)
			continue;
		s = ember_keys_session(k, sqlite3_column_blob(all, 0));
		/* Of what was still on its way then it isn't known whether it came. */
		s->window.end = sqlite3_column_int64(all, 1);
		s->window.came = UINT64_MAX;
	}
	sqlite3_finalize(all);
	return 0;
}

const uint8_t *ember_keys_take(struct ember_keys *k, const struct ember_sealed *sealed,
			       uint32_t *n, uint32_t *key)
{
	struct ember_keys_session *session;
	uint32_t i;

	k->plain.used = 0;
	for (i = 0; i < k->nr; i++)
		if (ember_seal_open(&k->key[i].key, sealed, &k->plain))
			break;
	if (i == k->nr) {
		k->forged++;
		return NULL;
	}
	session = ember_keys_session(k, sealed->session);
	if (!ember_seal_fresh(&session->window, sealed->counter)) {
		k->replayed++;
		return NULL;
	}
	session->changed = true;
	*n = k->plain.used;
	*key = i;
	return k->plain.bytes;
}

bool ember_keys_flush(struct ember_keys *k)
{
	sqlite3_stmt *put = NULL;
	bool good = true, any = false;
	uint32_t i;

	for (i = 0; i < k->nr_session; i++)
		any |= k->session[i].changed;
	if (!any)
		return true;
	if (sqlite3_exec(k->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(k->db, "INSERT OR REPLACE INTO session VALUES(?1, ?2)", -1,
			       &put, NULL) != SQLITE_OK)
		good = false;
	for (i = 0; good && i < k->nr_session; i++) {
		const struct ember_keys_session *s = &k->session[i];

		if (!s->changed)
			continue;
		sqlite3_bind_blob(put, 1, s->session, sizeof(s->session), SQLITE_STATIC);
		sqlite3_bind_int64(put, 2, s->window.end);
		good = sqlite3_step(put) == SQLITE_DONE;
		sqlite3_reset(put);
	}
	sqlite3_finalize(put);
	if (sqlite3_exec(k->db, good ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		good = false;
	for (i = 0; good && i < k->nr_session; i++)
		k->session[i].changed = false;
	return good || ember_keys_failed(k, "");
}

void ember_keys_free(struct ember_keys *k)
{
	if (k->key)
		explicit_bzero(k->key, k->nr * sizeof(*k->key));
	free(k->key);
	free(k->session);
	ember_index_free(&k->session_index);
	sqlite3_close(k->db);
	free(k->plain.bytes);
	memset(k, 0, sizeof(*k));
}
