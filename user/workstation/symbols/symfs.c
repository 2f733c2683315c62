// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/symfs.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/path.h"
#include "model/dictionary.h"
#include "workstation/symbols/below.h"
#include "symbolize/binary.h"
#include "workstation/symbols/debuginfod.h"
#include "symbolize/safe_open.h"

#define EMBER_ID_BYTES 20

/* A cache of another version is rebuilt. */
#define EMBER_SYMFS_VERSION "1"

static const char ember_symfs_schema[] =
	"PRAGMA journal_mode=WAL;"
	"PRAGMA synchronous=OFF;"
	"CREATE TABLE IF NOT EXISTS file("
	" path TEXT PRIMARY KEY, bytes INTEGER NOT NULL, changed_ns INTEGER NOT NULL,"
	" id BLOB NOT NULL);" /* empty: it's no ELF file, or has none */
	"PRAGMA user_version=" EMBER_SYMFS_VERSION ";";

struct ember_symfs_file {
	uint8_t id[EMBER_ID_BYTES];
	uint8_t id_bytes;
	char *path;
};

struct ember_symfs {
	char **folder; /* roots of boards */
	uint32_t nr_folder;
	struct ember_symfs_file *file; /* by build-id */
	uint32_t nr_file, file_size;
	struct ember_debuginfod *online; /* NULL: no servers are asked */
	sqlite3 *db; /* NULL: nothing is kept */
	sqlite3_stmt *find, *put;
};

/* It's only a cache: what's wrong with it is mended by doing without. */
static void ember_symfs_forget(struct ember_symfs *s)
{
	sqlite3_finalize(s->find);
	sqlite3_finalize(s->put);
	sqlite3_close(s->db);
	s->find = s->put = NULL;
	s->db = NULL;
}

static bool ember_symfs_version(sqlite3 *db)
{
	sqlite3_stmt *ask = NULL;
	bool good = false;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &ask, NULL) == SQLITE_OK &&
	    sqlite3_step(ask) == SQLITE_ROW) {
		const char *version = (const char *)sqlite3_column_text(ask, 0);

		good = !strcmp(version, "0") || !strcmp(version, EMBER_SYMFS_VERSION);
	}
	sqlite3_finalize(ask);
	return good;
}

static void ember_symfs_cache(struct ember_symfs *s, const char *path, bool again)
{
	if (sqlite3_open(path, &s->db) == SQLITE_OK && ember_symfs_version(s->db) &&
	    sqlite3_busy_timeout(s->db, 1000) == SQLITE_OK &&
	    sqlite3_exec(s->db, ember_symfs_schema, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(s->db,
			       "SELECT id FROM file WHERE path=? AND bytes=? AND changed_ns=?",
			       -1, &s->find, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(s->db, "INSERT OR REPLACE INTO file VALUES(?,?,?,?)", -1,
			       &s->put, NULL) == SQLITE_OK)
		return;
	ember_symfs_forget(s);
	if (again && !unlink(path))
		ember_symfs_cache(s, path, false);
}

struct ember_symfs *ember_symfs_new(const char *cache)
{
	struct ember_symfs *s = ember_xrealloc(NULL, 1, sizeof(*s));

	memset(s, 0, sizeof(*s));
	if (cache)
		ember_symfs_cache(s, cache, true);
	return s;
}

void ember_symfs_free(struct ember_symfs *s)
{
	if (!s)
		return;
	while (s->nr_file)
		free(s->file[--s->nr_file].path);
	free(s->file);
	while (s->nr_folder)
		free(s->folder[--s->nr_folder]);
	free(s->folder);
	ember_debuginfod_close(s->online);
	ember_symfs_forget(s);
	free(s);
}

static void ember_symfs_bind(sqlite3_stmt *statement, const char *path, const struct stat *st)
{
	sqlite3_reset(statement);
	sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, st->st_size);
	sqlite3_bind_int64(statement, 3,
			   st->st_mtim.tv_sec * 1000000000ll + st->st_mtim.tv_nsec);
}

/* False: the cache doesn't know it as it is. */
static bool ember_symfs_known(struct ember_symfs *s, const struct stat *st,
			      struct ember_symfs_file *f)
{
	int n;

	if (!s->db)
		return false;
	ember_symfs_bind(s->find, f->path, st);
	if (sqlite3_step(s->find) != SQLITE_ROW)
		return false;
	n = sqlite3_column_bytes(s->find, 0);
	if (n > EMBER_ID_BYTES)
		return false;
	f->id_bytes = n;
	if (n)
		memcpy(f->id, sqlite3_column_blob(s->find, 0), n);
	return true;
}

/* Links aren't followed: what they lead to below the folder is found by itself. */
static int ember_symfs_regular(const char *path)
{
	return ember_safe_open_regular(open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

static void ember_symfs_look(struct ember_symfs *s, const struct stat *st,
			     struct ember_symfs_file *f)
{
	struct ember_elf elf;
	char magic[SELFMAG];
	int fd = ember_symfs_regular(f->path);

	if (fd < 0)
		return;
	if (pread(fd, magic, sizeof(magic), 0) != sizeof(magic) ||
	    memcmp(magic, ELFMAG, SELFMAG)) {
		close(fd);
	} else if (ember_elf_open(&elf, fd)) {
		f->id_bytes = ember_elf_id(&elf, f->id);
		ember_elf_close(&elf);
	}
	if (!s->db)
		return;
	ember_symfs_bind(s->put, f->path, st);
	sqlite3_bind_blob(s->put, 4, f->id, f->id_bytes, SQLITE_STATIC);
	sqlite3_step(s->put);
	sqlite3_reset(s->put);
}

static int ember_symfs_order(const void *a, const void *b)
{
	const struct ember_symfs_file *left = a, *right = b;
	int order = left->id_bytes - right->id_bytes;

	if (!order)
		order = memcmp(left->id, right->id, left->id_bytes);
	return order ? order : strcmp(left->path, right->path);
}

bool ember_symfs_add(struct ember_symfs *s, const char *folder, bool root)
{
	char *full = realpath(folder, NULL), *of[] = { full, NULL };
	FTS *tree = full ? fts_open(of, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	struct stat st;
	FTSENT *entry;

	if (!tree || stat(full, &st) || !S_ISDIR(st.st_mode)) {
		ember_error("%s: %s", folder, strerror(tree ? ENOTDIR : errno));
		if (tree)
			fts_close(tree);
		free(full);
		return false;
	}
	if (s->db)
		sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL);
	while ((entry = fts_read(tree))) {
		struct ember_symfs_file f = {};

		if (entry->fts_info != FTS_F || !S_ISREG(entry->fts_statp->st_mode))
			continue;
		f.path = entry->fts_path;
		if (!ember_symfs_known(s, entry->fts_statp, &f))
			ember_symfs_look(s, entry->fts_statp, &f);
		if (!f.id_bytes)
			continue;
		f.path = strdup(f.path);
		s->file = ember_array_reserve(s->file, s->nr_file, &s->file_size, sizeof(f));
		s->file[s->nr_file++] = f;
	}
	if (s->db)
		sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	fts_close(tree);
	if (s->nr_file)
		qsort(s->file, s->nr_file, sizeof(*s->file), ember_symfs_order);
	if (root) {
		s->folder = ember_xrealloc(s->folder, s->nr_folder + 1, sizeof(*s->folder));
		s->folder[s->nr_folder++] = full;
	} else {
		free(full);
	}
	return true;
}

int ember_symfs_open(const struct ember_symfs *s, const uint8_t *id, unsigned int id_bytes,
		     uint32_t n)
{
	struct ember_symfs_file wanted = { .id_bytes = id_bytes, .path = "" };
	uint32_t low = 0, high = s ? s->nr_file : 0;

	if (!id_bytes || id_bytes > EMBER_ID_BYTES)
		return -1;
	memcpy(wanted.id, id, id_bytes);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (ember_symfs_order(&s->file[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; s && low < s->nr_file && s->file[low].id_bytes == id_bytes &&
	       !memcmp(s->file[low].id, id, id_bytes);
	     low++) {
		int fd = ember_symfs_regular(s->file[low].path);

		if (fd < 0)
			continue;
		if (!n--)
			return fd;
		close(fd);
	}
	return -1;
}

int ember_symfs_fetch(const struct ember_symfs *s, const uint8_t *id, unsigned int id_bytes,
		      bool debug)
{
	return s && s->online && id_bytes ?
		       ember_debuginfod_get(s->online, id, id_bytes, debug) :
		       -1;
}

/* Debug files have their code's place, but not the code. */
static bool ember_symfs_has_code(const struct ember_elf *elf)
{
	uint64_t offset;
	uint32_t i;

	for (i = 0; i < elf->nr_section; i++)
		if (elf->section[i].code &&
		    ember_segment_offset(elf->segment, elf->nr_segment, elf->section[i].start,
					 elf->section[i].end - elf->section[i].start, &offset))
			return true;
	return false;
}

/* At its path; what's another file there is one line, since it should have been this one. */
static bool ember_symfs_at_path(const struct ember_symfs *s, const struct ember_file *file,
				struct ember_elf *elf)
{
	uint32_t i;

	for (i = 0; i < s->nr_folder; i++) {
		char *path = ember_path_in(s->folder[i], file->path + 1);
		int fd = ember_below_open(s->folder[i], file->path);
		bool same = fd >= 0 && ember_binary_matches(file, fd, elf);

		if (fd >= 0 && !same)
			ember_warning("%s: isn't the file that was sampled%s: left out", path,
				      file->build_id_bytes ? " (its build-id is another)" :
							     "");
		free(path);
		if (same)
			return true;
	}
	return false;
}

bool ember_symfs_binary(const struct ember_symfs *s, const struct ember_file *file,
			struct ember_elf *elf)
{
	uint32_t n;
	int fd;

	for (n = 0;
	     s && (fd = ember_symfs_open(s, file->build_id, file->build_id_bytes, n)) >= 0;
	     n++) {
		if (!ember_binary_matches(file, fd, elf))
			continue;
		if (ember_symfs_has_code(elf))
			return true;
		ember_elf_close(elf);
	}
	return s && file->path && *file->path == '/' && ember_symfs_at_path(s, file, elf);
}

bool ember_symfs_debuginfod(struct ember_symfs *s)
{
	if (!s->online)
		s->online = ember_debuginfod_open();
	return s->online;
}

const char *ember_symfs_folder(const struct ember_symfs *s, uint32_t n)
{
	return s && n < s->nr_folder ? s->folder[n] : NULL;
}

bool ember_symfs_foreign(const struct ember_symfs *s)
{
	return s && (s->nr_folder || s->online);
}
