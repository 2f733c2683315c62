// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"
#include "workstation/collect/line_config.h"

struct ember_keys_wanted {
	const struct ember_keys *keys;
	const void *what;
	uint32_t key;
};

static bool ember_keys_same_id(const void *context, uint32_t item)
{
	const struct ember_keys_wanted *w = context;

	return !memcmp(w->keys->key[item].key.id, w->what, EMBER_SEAL_ID);
}

static bool ember_keys_same_board(const void *context, uint32_t item)
{
	const struct ember_keys_wanted *w = context;

	return !strcmp(w->keys->key[item].board, w->what);
}

static uint64_t ember_keys_hash(const void *what, size_t n)
{
	return ember_mix_bytes(0, what, n);
}

uint32_t ember_keys_find(const struct ember_keys *k, const uint8_t id[EMBER_SEAL_ID])
{
	struct ember_keys_wanted w = { k, id, 0 };

	return ember_index_find(&k->by_id, ember_keys_hash(id, EMBER_SEAL_ID),
				ember_keys_same_id, &w);
}

static uint32_t ember_keys_of_board(const struct ember_keys *k, const char *board)
{
	struct ember_keys_wanted w = { k, board, 0 };

	return ember_index_find(&k->by_board, ember_keys_hash(board, strlen(board)),
				ember_keys_same_board, &w);
}

/* An ember_line_config_take. */
static bool ember_keys_line(void *context, const char *digits, const char *board)
{
	struct ember_keys *k = context;
	struct ember_board_key key = {};

	if (!ember_key_parse(&key.key, digits) ||
	    (board && strlen(board) >= EMBER_BOARD_MAX) ||
	    ember_keys_find(k, key.key.id) != EMBER_NO_NUMBER ||
	    ember_seal_begin(&key.answers, &key.key))
		return false;
	strcpy(key.board, board ? board : "");
	k->key = ember_array_reserve(k->key, k->nr, &k->size, sizeof(*k->key));
	k->key[k->nr] = key;
	ember_index_add(&k->by_id, ember_keys_hash(key.key.id, EMBER_SEAL_ID), k->nr);
	if (*key.board)
		ember_index_add(&k->by_board, ember_keys_hash(key.board, strlen(key.board)),
				k->nr);
	k->nr++;
	explicit_bzero(&key, sizeof(key));
	return true;
}

int ember_keys_read(struct ember_keys *k, const char *path)
{
	if (ember_line_config_read(
		    path,
		    "a key of 64 digits 0-9, a-f, in one line alone, and a board's id, if it's that one's alone",
		    ember_keys_line, k))
		return 1;
	return k->nr ? 0 : ember_error("%s: has no keys", path);
}

bool ember_keys_may(const struct ember_keys *k, uint32_t key, const char *board)
{
	const char *own = k->key[key].board;

	return *own ? !strcmp(own, board) : ember_keys_of_board(k, board) == EMBER_NO_NUMBER;
}

/* ---- sessions ---- */

static uint64_t ember_session_hash(uint32_t key, const uint8_t *session)
{
	return ember_mix_bytes(ember_mix_first(key), session, EMBER_SEAL_SESSION);
}

static bool ember_session_same(const void *context, uint32_t item)
{
	const struct ember_keys_wanted *w = context;
	const struct ember_keys_session *s = &w->keys->session[item];

	return s->key == w->key && !memcmp(s->session, w->what, EMBER_SEAL_SESSION);
}

static struct ember_keys_session *ember_session_find(const struct ember_keys *k, uint32_t key,
						     const uint8_t *session)
{
	struct ember_keys_wanted w = { k, session, key };
	uint32_t number = ember_index_find(&k->session_index, ember_session_hash(key, session),
					   ember_session_same, &w);

	return number == EMBER_NO_NUMBER ? NULL : &k->session[number];
}

static int ember_session_order(const void *a, const void *b)
{
	const struct ember_keys_session *x = a, *y = b;

	return x->heard_s > y->heard_s ? -1 : x->heard_s < y->heard_s;
}

/*
 * Forgets an eighth: of the key that has the most, so that a board that begins sessions
 * without end forgets its own ones alone.
 */
static void ember_session_room(struct ember_keys *k)
{
	uint32_t *of = ember_xrealloc(NULL, k->nr, sizeof(*of)), i, most = 0, kept = 0,
		 gone = 0;

	memset(of, 0, k->nr * sizeof(*of));
	for (i = 0; i < k->nr_session; i++)
		if (++of[k->session[i].key] > of[most])
			most = k->session[i].key;
	qsort(k->session, k->nr_session, sizeof(*k->session), ember_session_order);
	ember_index_free(&k->session_index);
	for (i = 0; i < k->nr_session; i++) {
		const struct ember_keys_session *s = &k->session[i];

		/* The latest half of its own stays. */
		if (s->key == most && ++gone > of[most] / 2)
			continue;
		k->session[kept] = *s;
		ember_index_add(&k->session_index, ember_session_hash(s->key, s->session),
				kept++);
	}
	k->nr_session = kept;
	free(of);
}

static struct ember_keys_session *ember_session_add(struct ember_keys *k, uint32_t key,
						    const uint8_t *session)
{
	struct ember_keys_session *s;

	if (k->nr_session == EMBER_KEYS_SESSIONS)
		ember_session_room(k);
	k->session = ember_array_reserve(k->session, k->nr_session, &k->session_size,
					 sizeof(*k->session));
	s = &k->session[k->nr_session];
	*s = (struct ember_keys_session){ .key = key };
	memcpy(s->session, session, sizeof(s->session));
	ember_index_add(&k->session_index, ember_session_hash(key, session), k->nr_session++);
	return s;
}

/* An ember_state_session_fn. */
static void ember_keys_loaded(void *context, const struct ember_state_session *row)
{
	struct ember_keys *k = context;
	uint32_t key = ember_keys_find(k, row->key);
	struct ember_keys_session *s;

	if (key == EMBER_NO_NUMBER || ember_session_find(k, key, row->session))
		return;
	s = ember_session_add(k, key, row->session);
	/* Of what was still on its way then it isn't known whether it came. */
	s->window.end = row->end;
	s->window.came = UINT64_MAX;
	s->heard_s = row->heard_s;
}

bool ember_keys_load(struct ember_keys *k, struct ember_state *state)
{
	return ember_state_sessions(state, EMBER_KEYS_SESSIONS, ember_keys_loaded, k);
}

const uint8_t *ember_keys_take(struct ember_keys *k, const struct ember_sealed *sealed,
			       uint32_t *n, uint32_t *key, enum ember_fault *fault)
{
	struct ember_keys_session *s;

	*key = ember_keys_find(k, sealed->id);
	k->plain.used = 0;
	*fault = EMBER_FAULT_FORGED;
	if (*key == EMBER_NO_NUMBER || !ember_seal_open(&k->key[*key].key, sealed, &k->plain))
		return NULL;
	s = ember_session_find(k, *key, sealed->session);
	*fault = EMBER_FAULT_AHEAD;
	if (sealed->counter >= (s ? s->window.end + EMBER_KEYS_AHEAD : EMBER_KEYS_FIRST))
		return NULL;
	if (!s)
		s = ember_session_add(k, *key, sealed->session);
	*fault = EMBER_FAULT_REPLAYED;
	if (!ember_seal_fresh(&s->window, sealed->counter))
		return NULL;
	s->changed = true;
	s->heard_s = ember_clock_ns(CLOCK_REALTIME) / 1000000000;
	*n = k->plain.used;
	return k->plain.bytes;
}

void ember_keys_changed(struct ember_keys *k, struct ember_state_session **session,
			uint32_t *nr, uint32_t *size)
{
	uint32_t i;

	for (i = 0; i < k->nr_session; i++) {
		struct ember_keys_session *s = &k->session[i];
		struct ember_state_session row = { .end = s->window.end,
						   .heard_s = s->heard_s };

		if (!s->changed)
			continue;
		s->changed = false;
		memcpy(row.key, k->key[s->key].key.id, sizeof(row.key));
		memcpy(row.session, s->session, sizeof(row.session));
		*session = ember_array_reserve(*session, *nr, size, sizeof(row));
		(*session)[(*nr)++] = row;
	}
}

void ember_keys_again(struct ember_keys *k, const struct ember_state_session *row)
{
	uint32_t key = ember_keys_find(k, row->key);
	struct ember_keys_session *s =
		key == EMBER_NO_NUMBER ? NULL : ember_session_find(k, key, row->session);

	if (s)
		s->changed = true;
}

void ember_keys_free(struct ember_keys *k)
{
	if (k->key)
		explicit_bzero(k->key, k->nr * sizeof(*k->key));
	free(k->key);
	free(k->session);
	ember_index_free(&k->by_id);
	ember_index_free(&k->by_board);
	ember_index_free(&k->session_index);
	free(k->plain.bytes);
	memset(k, 0, sizeof(*k));
}
