// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/keys.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define EMBER_KEYS_FILE "sessions.db"

static const char ember_keys_schema[] = "PRAGMA synchronous=FULL;"
					"CREATE TABLE IF NOT EXISTS session("
					" session BLOB PRIMARY KEY, end INTEGER NOT NULL);";

/* 0, 1: it's empty or a comment, -1: it makes no sense. */
static int ember_keys_line(char *line, struct ember_board_key *key)
{
	const char *space = " \t\r\n";
	char *digits = strtok_r(line, space, &line), *board = strtok_r(NULL, space, &line);

	memset(key, 0, sizeof(*key));
	if (!digits || *digits == '#')
		return 1;
	if (!ember_key_parse(&key->key, digits) ||
	    (board && strlen(board) >= EMBER_BOARD_MAX) || strtok_r(NULL, space, &line) ||
	    ember_seal_begin(&key->answers, &key->key))
		return -1;
	strcpy(key->board, board ? board : "");
	return 0;
}

int ember_keys_read(struct ember_keys *k, const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int number = 0;
	char line[512];
	int what, err = 0;

	if (!file)
		return ember_error("%s: %s", path, strerror(errno));
	while (!err && fgets(line, sizeof(line), file)) {
		struct ember_board_key key;

		number++;
		what = ember_keys_line(line, &key);
		if (what < 0)
			err = ember_error(
				"%s, line %u: a key of 64 digits 0-9, a-f, and a board's id, if it's that one's alone",
				path, number);
		if (what)
			continue;
		k->key = ember_room(k->key, k->nr, &k->size, sizeof(*k->key));
		k->key[k->nr++] = key;
	}
	explicit_bzero(line, sizeof(line));
	fclose(file);
	if (!err && !k->nr)
		err = ember_error("%s: has no keys", path);
	return err;
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
	char *path = ember_grow(NULL, strlen(folder) + sizeof(EMBER_KEYS_FILE) + 1, 1);
	sqlite3_stmt *all = NULL;

	sprintf(path, "%s/" EMBER_KEYS_FILE, folder);
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
	session->key = i;
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
