// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/catalog.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "log/reader.h"
#include "source/file.h"

#define EMBER_CATALOG_FILE "index.db"

/* Of another version it's made again. */
#define EMBER_CATALOG_VERSION "1"

static const char ember_catalog_schema[] =
	"PRAGMA journal_mode=WAL;"
	"PRAGMA synchronous=NORMAL;"
	"CREATE TABLE IF NOT EXISTS log("
	" name TEXT PRIMARY KEY, bytes INTEGER NOT NULL, board TEXT NOT NULL,"
	" boot TEXT NOT NULL,"
	" from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL," /* since 1970; 0: unknown */
	" samples INTEGER NOT NULL, lost INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS process("
	" name TEXT NOT NULL REFERENCES log(name) ON DELETE CASCADE,"
	" tgid INTEGER NOT NULL, tid INTEGER NOT NULL, comm TEXT NOT NULL,"
	" samples INTEGER NOT NULL);"
	"CREATE INDEX IF NOT EXISTS log_board ON log(board, from_ns);"
	"CREATE INDEX IF NOT EXISTS process_name ON process(name);"
	"CREATE INDEX IF NOT EXISTS process_comm ON process(comm);"
	"PRAGMA foreign_keys=ON;"
	"PRAGMA user_version=" EMBER_CATALOG_VERSION ";";

struct ember_catalog {
	sqlite3 *db;
	char *folder;
	sqlite3_stmt *find, *put, *drop, *process;
	bool failing; /* said */
};

static void ember_catalog_failed(struct ember_catalog *c)
{
	if (!c->failing)
		ember_error("%s/" EMBER_CATALOG_FILE ": %s; --reindex makes it anew",
			    c->folder, sqlite3_errmsg(c->db));
	c->failing = true;
}

static bool ember_catalog_do(struct ember_catalog *c, const char *sql)
{
	if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	ember_catalog_failed(c);
	return false;
}

static sqlite3_stmt *ember_catalog_prepare(struct ember_catalog *c, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(c->db, sql, -1, &statement, NULL) != SQLITE_OK)
		ember_catalog_failed(c);
	return statement;
}

/* One that's of another version, or spoiled, is none. */
static bool ember_catalog_version(struct ember_catalog *c)
{
	sqlite3_stmt *s = NULL;
	bool good;

	if (sqlite3_prepare_v2(c->db, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK)
		return false;
	good = sqlite3_step(s) == SQLITE_ROW &&
	       !strcmp((const char *)sqlite3_column_text(s, 0), EMBER_CATALOG_VERSION);
	sqlite3_finalize(s);
	return good;
}

static struct ember_catalog *ember_catalog_at(const char *folder, int flags)
{
	struct ember_catalog *c = ember_grow(NULL, 1, sizeof(*c));
	char *path = ember_path_in(folder, EMBER_CATALOG_FILE);
	int status;

	memset(c, 0, sizeof(*c));
	c->folder = ember_grow(NULL, strlen(folder) + 1, 1);
	strcpy(c->folder, folder);
	status = sqlite3_open_v2(path, &c->db, flags, NULL);
	free(path);
	if (status == SQLITE_OK)
		sqlite3_busy_timeout(c->db, 5000);
	return c;
}

static void ember_catalog_remove(const char *folder)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	unsigned int i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		char name[32], *path;

		snprintf(name, sizeof(name), EMBER_CATALOG_FILE "%s", ends[i]);
		path = ember_path_in(folder, name);
		unlink(path);
		free(path);
	}
}

struct ember_catalog *ember_catalog_open(const char *folder, bool fresh)
{
	struct ember_catalog *c;
	unsigned int turn;

	for (turn = 0; turn < 2; turn++) {
		if (fresh || turn)
			ember_catalog_remove(folder);
		c = ember_catalog_at(folder, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
		/* One that can't be read is made anew: it's made of the logs alone. */
		c->failing = !turn;
		if (ember_catalog_do(c, ember_catalog_schema) && ember_catalog_version(c))
			break;
		if (turn)
			ember_catalog_failed(c);
		ember_catalog_close(c);
		c = NULL;
	}
	if (!c)
		return NULL;
	c->failing = false;
	c->find = ember_catalog_prepare(
		c, "SELECT bytes, board, from_ns, to_ns FROM log WHERE name = ?1");
	c->drop = ember_catalog_prepare(c, "DELETE FROM log WHERE name = ?1");
	c->put = ember_catalog_prepare(c, "INSERT INTO log VALUES(?1,?2,?3,?4,?5,?6,?7,?8)");
	c->process = ember_catalog_prepare(c, "INSERT INTO process VALUES(?1,?2,?3,?4,?5)");
	if (c->find && c->drop && c->put && c->process)
		return c;
	ember_catalog_close(c);
	return NULL;
}

struct ember_catalog *ember_catalog_ask(const char *folder)
{
	struct ember_catalog *c = ember_catalog_at(folder, SQLITE_OPEN_READONLY);

	c->failing = true; /* nobody needs to know */
	if (ember_catalog_version(c)) {
		c->find = ember_catalog_prepare(
			c, "SELECT bytes, board, from_ns, to_ns FROM log WHERE name = ?1");
		c->process = ember_catalog_prepare(
			c, "SELECT tgid, tid, comm FROM process WHERE name = ?1");
	}
	if (c->find && c->process)
		return c;
	ember_catalog_close(c);
	return NULL;
}

void ember_catalog_close(struct ember_catalog *c)
{
	if (!c)
		return;
	sqlite3_finalize(c->find);
	sqlite3_finalize(c->put);
	sqlite3_finalize(c->drop);
	sqlite3_finalize(c->process);
	sqlite3_close(c->db);
	free(c->folder);
	free(c);
}

void ember_catalog_begin(struct ember_catalog *c)
{
	ember_catalog_do(c, "BEGIN");
}

void ember_catalog_end(struct ember_catalog *c)
{
	ember_catalog_do(c, "COMMIT");
}

static void ember_catalog_text(sqlite3_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
}

static void ember_catalog_run(struct ember_catalog *c, sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_DONE)
		ember_catalog_failed(c);
	sqlite3_reset(s);
}

/* Whether it's there as it was. */
static bool ember_catalog_has(struct ember_catalog *c, const char *name, uint64_t bytes)
{
	bool has;

	ember_catalog_text(c->find, 1, name);
	has = sqlite3_step(c->find) == SQLITE_ROW &&
	      (uint64_t)sqlite3_column_int64(c->find, 0) == bytes;
	sqlite3_reset(c->find);
	return has;
}

static void ember_catalog_processes(struct ember_catalog *c, const char *name,
				    const struct ember_tally *t)
{
	uint64_t *samples = ember_grow(NULL, t->nr_thread + 1, sizeof(*samples));
	uint32_t i;

	memset(samples, 0, (t->nr_thread + 1) * sizeof(*samples));
	for (i = 0; i < t->nr_count; i++)
		samples[t->count[i].thread] += t->count[i].samples;
	for (i = 0; i < t->nr_thread; i++) {
		ember_catalog_text(c->process, 1, name);
		sqlite3_bind_int64(c->process, 2, t->thread[i].tgid);
		sqlite3_bind_int64(c->process, 3, t->thread[i].tid);
		ember_catalog_text(c->process, 4, t->thread[i].comm);
		sqlite3_bind_int64(c->process, 5, samples[i]);
		ember_catalog_run(c, c->process);
	}
	free(samples);
}

void ember_catalog_put(struct ember_catalog *c, const char *name)
{
	char *path = ember_path_in(c->folder, name);
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	struct stat st = {};
	uint8_t *bytes = NULL;
	const char *why;
	size_t n = 0;

	if (!c->failing && !stat(path, &st) && st.st_size &&
	    !ember_catalog_has(c, name, st.st_size))
		bytes = ember_source_slurp(path, &n);
	/* What has no HELLO yet is read again when it has. */
	if (bytes && ember_log_read(bytes, n, NULL, &tally, &account, &why)) {
		ember_catalog_text(c->drop, 1, name);
		ember_catalog_run(c, c->drop);
		ember_catalog_text(c->put, 1, name);
		sqlite3_bind_int64(c->put, 2, n);
		ember_catalog_text(c->put, 3, account.first.board);
		ember_catalog_text(c->put, 4, account.first.boot);
		sqlite3_bind_int64(c->put, 5, tally.time_ns);
		sqlite3_bind_int64(c->put, 6,
				   tally.time_ns ? tally.time_ns + tally.duration_ns : 0);
		sqlite3_bind_int64(c->put, 7, account.samples);
		sqlite3_bind_int64(c->put, 8, tally.lost);
		ember_catalog_run(c, c->put);
		ember_catalog_processes(c, name, &tally);
	}
	ember_tally_free(&tally);
	free(bytes);
	free(path);
}

void ember_catalog_tidy(struct ember_catalog *c)
{
	sqlite3_stmt *all = ember_catalog_prepare(c, "SELECT name FROM log");

	while (all && sqlite3_step(all) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(all, 0);
		char *path = ember_path_in(c->folder, name);

		if (access(path, F_OK) && errno == ENOENT) {
			ember_catalog_text(c->drop, 1, name);
			ember_catalog_run(c, c->drop);
		}
		free(path);
	}
	sqlite3_finalize(all);
}

/* Whether one of the log's threads is wanted. */
static bool ember_catalog_wanted(struct ember_catalog *c, const char *name,
				 const struct ember_log_filter *f)
{
	bool wanted = false;

	ember_catalog_text(c->process, 1, name);
	while (!wanted && sqlite3_step(c->process) == SQLITE_ROW)
		wanted = ember_log_filter_ids(f->pid, f->nr_pid,
					      sqlite3_column_int64(c->process, 0)) &&
			 ember_log_filter_ids(f->tid, f->nr_tid,
					      sqlite3_column_int64(c->process, 1)) &&
			 (!f->comm ||
			  !strcmp(f->comm, (const char *)sqlite3_column_text(c->process, 2)));
	sqlite3_reset(c->process);
	return wanted;
}

bool ember_catalog_rules_out(struct ember_catalog *c, const char *name, uint64_t bytes,
			     const struct ember_log_filter *f)
{
	uint64_t from, to;
	bool out = false;

	ember_catalog_text(c->find, 1, name);
	if (sqlite3_step(c->find) == SQLITE_ROW &&
	    (uint64_t)sqlite3_column_int64(c->find, 0) == bytes) {
		from = sqlite3_column_int64(c->find, 2);
		to = sqlite3_column_int64(c->find, 3);
		out = f->board &&
		      strcmp(f->board, (const char *)sqlite3_column_text(c->find, 1));
		if (from && f->from.given && !f->from.relative)
			out |= to < f->from.ns;
		if (from && f->to.given && !f->to.relative)
			out |= from >= f->to.ns;
		if (!out)
			out = !ember_catalog_wanted(c, name, f);
	}
	sqlite3_reset(c->find);
	return out;
}
