// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/state_db.h"

#include "base/message.h"

void ember_state_failed(struct ember_state *s)
{
	s->bad = true;
	if (!s->failing)
		ember_error("%s: %s", s->path, sqlite3_errmsg(s->db));
	s->failing = true;
}

bool ember_state_do(struct ember_state *s, const char *sql)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	ember_state_failed(s);
	return false;
}

sqlite3_stmt *ember_state_ask(struct ember_state *s, const char *sql)
{
	sqlite3_stmt *all = NULL;

	if (sqlite3_prepare_v2(s->db, sql, -1, &all, NULL) != SQLITE_OK)
		ember_state_failed(s);
	return all;
}

bool ember_state_asked(struct ember_state *s, sqlite3_stmt *all)
{
	bool good = all && sqlite3_finalize(all) == SQLITE_OK;

	if (all && !good)
		ember_state_failed(s);
	return good;
}

/* A blob of just so many bytes; false: it has others. */
