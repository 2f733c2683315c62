// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/path.h"
#include "workstation/collect/digest.h"
#include "log/search.h"

#define EMBER_CATALOG_FILE "index.db"

/* Of another version it's made again. */
#define EMBER_CATALOG_VERSION "2"

#define EMBER_CATALOG_OTHERS -1 /* tgid and tid of threads that are not listed */
#define EMBER_CATALOG_SLICE  (256u << 10) /* bytes of a log, or */
#define EMBER_CATALOG_WORK   (4u << 20) /* bytes of payloads, at a time */

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
		ember_error("%s/" EMBER_CATALOG_FILE ": %s (rebuild it with --reindex)",
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
	struct ember_catalog *c = ember_xrealloc(NULL, 1, sizeof(*c));
	char *path = ember_path_in(folder, EMBER_CATALOG_FILE);
	int status;

	memset(c, 0, sizeof(*c));
	c->folder = ember_copy(folder);
	status = sqlite3_open_v2(path, &c->db, flags, NULL);
	free(path);
	if (status == SQLITE_OK) {
		sqlite3_busy_timeout(c->db, 5000);
		/* Closing need not wait for the disk. */
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	}
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
		/* Replace an unreadable index: the logs have all of its data. */
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

static void ember_catalog_process(struct ember_catalog *c, const char *name, int64_t tgid,
				  int64_t tid, const char *comm, uint64_t samples)
{
	ember_catalog_text(c->process, 1, name);
	sqlite3_bind_int64(c->process, 2, tgid);
	sqlite3_bind_int64(c->process, 3, tid);
	ember_catalog_text(c->process, 4, comm);
	sqlite3_bind_int64(c->process, 5, samples);
	ember_catalog_run(c, c->process);
}

/* Replaces a log's entry, in one transaction even where the caller has none. */
static void ember_catalog_enter(struct ember_catalog *c, const char *name, uint64_t bytes,
				const struct ember_digest *d)
{
	uint32_t i;

	if (!ember_catalog_do(c, "SAVEPOINT entry"))
		return;
	ember_catalog_text(c->drop, 1, name);
	ember_catalog_run(c, c->drop);
	ember_catalog_text(c->put, 1, name);
	sqlite3_bind_int64(c->put, 2, bytes);
	ember_catalog_text(c->put, 3, d->hello.board);
	ember_catalog_text(c->put, 4, d->hello.boot);
	sqlite3_bind_int64(c->put, 5, d->from_ns);
	sqlite3_bind_int64(c->put, 6, d->to_ns);
	sqlite3_bind_int64(c->put, 7, d->samples);
	sqlite3_bind_int64(c->put, 8, d->lost);
	ember_catalog_run(c, c->put);
	for (i = 0; i < d->nr_thread; i++)
		ember_catalog_process(c, name, d->thread[i].tgid, d->thread[i].tid,
				      d->thread[i].comm, d->thread[i].samples);
	if (d->more)
		ember_catalog_process(c, name, EMBER_CATALOG_OTHERS, EMBER_CATALOG_OTHERS, "",
				      d->others);
	ember_catalog_do(c, "RELEASE entry");
}

struct ember_catalog_scan {
	struct ember_catalog *catalog;
	char *name;
	int fd;
	bool busy; /* there may be more chunks in what was read */
	uint64_t bytes, at; /* of the file: as it is now; read so far */
	struct ember_buf read;
	struct ember_search search;
	struct ember_digest digest;
};

struct ember_catalog_scan *ember_catalog_scan(struct ember_catalog *c, const char *name)
{
	char *path = ember_path_in(c->folder, name);
	int fd = c->failing ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct ember_catalog_scan *s;
	struct stat st;

	free(path);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size ||
	    ember_catalog_has(c, name, st.st_size)) {
		close(fd);
		return NULL;
	}
	s = ember_xrealloc(NULL, 1, sizeof(*s));
	memset(s, 0, sizeof(*s));
	s->catalog = c;
	s->name = ember_copy(name);
	s->fd = fd;
	s->bytes = st.st_size;
	ember_search_begin(&s->search, NULL, 0);
	return s;
}

void ember_catalog_cancel(struct ember_catalog_scan *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s->name);
	free(s->read.bytes);
	ember_digest_free(&s->digest);
	free(s);
}

/* Reads on behind the chunks that are done with. Returns false at the end. */
static bool ember_catalog_read(struct ember_catalog_scan *s)
{
	uint64_t left = s->bytes - s->at;
	uint32_t most = left < EMBER_CATALOG_SLICE ? left : EMBER_CATALOG_SLICE;
	ssize_t n;

	ember_proto_drop(&s->read, s->search.at);
	n = pread(s->fd, ember_proto_room(&s->read, most + 1), most, s->at);
	n = n > 0 ? n : 0;
	s->read.used += n;
	s->at += n;
	/* An incomplete chunk at the end of the file is searched, too, as a reader does. */
	s->search.more = n > 0 && s->at < s->bytes;
	ember_search_on(&s->search, s->read.bytes, s->read.used);
	return n > 0 || s->read.used;
}

bool ember_catalog_slice(struct ember_catalog_scan *s)
{
	uint64_t work = s->digest.work + EMBER_CATALOG_WORK;
	struct ember_chunk chunk;

	if (!s->busy && !ember_catalog_read(s)) {
		/* What has no HELLO yet is read again when it has. */
		if (ember_digest_end(&s->digest))
			ember_catalog_enter(s->catalog, s->name, s->bytes, &s->digest);
		ember_catalog_cancel(s);
		return false;
	}
	s->busy = true;
	while (s->digest.work < work) {
		if (!ember_chunk_next(&s->search, &chunk)) {
			s->busy = false;
			break;
		}
		ember_digest_chunk(&s->digest, &chunk);
	}
	return true;
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

/* Returns whether the filter wants the thread that the statement is at. */
static bool ember_catalog_wanted(sqlite3_stmt *s, const struct ember_log_filter *f)
{
	int64_t tgid = sqlite3_column_int64(s, 0), tid = sqlite3_column_int64(s, 1);

	if (tid == EMBER_CATALOG_OTHERS)
		return true;
	return ember_log_filter_ids(f->pid, f->nr_pid, tgid) &&
	       ember_log_filter_ids(f->tid, f->nr_tid, tid) &&
	       (!f->comm || !strcmp(f->comm, (const char *)sqlite3_column_text(s, 2)));
}

/* Returns whether the filter wants any of the log's threads. */
static bool ember_catalog_any(struct ember_catalog *c, const char *name,
			      const struct ember_log_filter *f)
{
	bool wanted = false;

	ember_catalog_text(c->process, 1, name);
	while (!wanted && sqlite3_step(c->process) == SQLITE_ROW)
		wanted = ember_catalog_wanted(c->process, f);
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
			out = !ember_catalog_any(c, name, f);
	}
	sqlite3_reset(c->find);
	return out;
}
