// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/logs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/message.h"
#include "import/file.h"
#include "import/flight.h"
#include "log/chunk.h"
#include "log/folder.h"
#include "log/reader.h"
#include "import/catalog.h"

#define EMBER_LOGS_DEPTH 2 /* DIR/boards/BOARD/LOG */

struct ember_folder {
	struct ember_logs *logs;
	const char *folder;
	const struct ember_log_filter *filter;
	struct ember_catalog *catalog; /* NULL: there's none */
	uint32_t seen, empty; /* logs */
	uint32_t depth; /* of the folder that is looked at, below `folder` */
	bool good;
};

bool ember_logs_bytes(struct ember_logs *logs, const char *name, const void *bytes, size_t n)
{
	if (n > EMBER_IMPORT_MAX - logs->all.used)
		return !ember_error("%s: too much: all logs together may have 256 MiB", name);
	ember_proto_copy(&logs->all, bytes, n);
	logs->file = ember_array_reserve(logs->file, logs->nr_file, &logs->file_size,
					 sizeof(*logs->file));
	logs->file[logs->nr_file].path = ember_copy(name);
	logs->file[logs->nr_file++].end = logs->all.used;
	return true;
}

/* Append the file. Returns false if it can't be read (said). */
static bool ember_logs_file(struct ember_logs *logs, const char *path, struct ember_buf *other)
{
	size_t n;
	uint8_t *bytes = ember_import_slurp(path, &n);
	bool good;

	if (!bytes)
		return false;
	if (ember_flight_is(bytes, n)) {
		struct ember_buf log = {};
		const char *why = ember_flight_log(path, bytes, n, &log);

		free(bytes);
		if (why)
			return !ember_error("%s: %s", path, why);
		bytes = log.bytes;
		n = log.used;
	}
	if (other && !ember_log_is(bytes, n)) {
		*other = (struct ember_buf){ .bytes = bytes, .used = n };
		return true;
	}
	good = ember_logs_bytes(logs, path, bytes, n);
	free(bytes);
	return good;
}

static bool ember_logs_ruled_out(const struct ember_folder *f, const char *name,
				 uint64_t bytes)
{
	return f->catalog && ember_catalog_rules_out(f->catalog, name, bytes, f->filter);
}

static int ember_logs_visible(const struct dirent *entry)
{
	return *entry->d_name != '.';
}

/* alphasort() would link collation by locale. */
static int ember_logs_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The logs in `name` of the folder, "" for itself, and in the folders below. */
static void ember_logs_in(struct ember_folder *f, const char *name)
{
	struct dirent **entry;
	char path[4096], below[512];
	struct stat st;
	int i, nr;

	snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	nr = scandir(path, &entry, ember_logs_visible, ember_logs_order);
	if (nr < 0 && !*name)
		f->good = !ember_error("%s: %s", f->folder, strerror(errno));
	for (i = 0; i < nr; i++) {
		snprintf(below, sizeof(below), "%s%s%s", name, *name ? "/" : "",
			 entry[i]->d_name);
		snprintf(path, sizeof(path), "%s/%s", f->folder, below);
		if (!f->good || stat(path, &st)) {
		} else if (S_ISDIR(st.st_mode) && f->depth < EMBER_LOGS_DEPTH) {
			f->depth++;
			ember_logs_in(f, below);
			f->depth--;
		} else if (S_ISREG(st.st_mode) && ember_log_is_named(entry[i]->d_name)) {
			f->seen++;
			/* One that was begun when the power went may be empty. */
			f->empty += !st.st_size;
			if (st.st_size && !ember_logs_ruled_out(f, below, st.st_size))
				f->good = ember_logs_file(f->logs, path, NULL);
		}
		free(entry[i]);
	}
	if (nr >= 0)
		free(entry);
}

bool ember_logs_add(struct ember_logs *logs, const char *path,
		    const struct ember_log_filter *filter, struct ember_buf *other)
{
	struct ember_folder f = {
		.logs = logs, .folder = path, .filter = filter, .good = true
	};
	uint32_t before = logs->all.used;
	struct stat st;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return ember_logs_file(logs, path, other);
	f.catalog = ember_catalog_ask(path);
	ember_logs_in(&f, "");
	ember_catalog_close(f.catalog);
	if (f.good && logs->all.used == before && !logs->may_be_empty)
		f.good = !ember_error(!f.seen		? "%s: holds no .ember logs" :
				      f.seen == f.empty ? "%s: its logs are empty" :
							  "%s: no log has anything of that",
				      path);
	return f.good;
}

const char *ember_logs_path(const struct ember_logs *logs, const uint8_t *at)
{
	uint32_t i;

	for (i = 0; i + 1 < logs->nr_file; i++)
		if (at < logs->all.bytes + logs->file[i].end)
			break;
	return logs->file[i].path;
}

static void ember_logs_damaged(const char *path, const uint8_t *bytes, size_t n)
{
	unsigned long long damaged = 0, chunks = 0, newer = 0;
	struct ember_search search;
	struct ember_chunk chunk;

	ember_search_begin(&search, bytes, n);
	while (ember_chunk_next(&search, &chunk)) {
		damaged += search.skipped;
		newer += chunk.version != EMBER_CHUNK_VERSION;
		chunks++;
	}
	if (!chunks)
		ember_warning("%s: is no log: left out", path);
	else if (search.skipped)
		ember_warning("%s: ignoring %llu bytes at the end: incomplete chunk"
			      " (the writer was interrupted)",
			      path, (unsigned long long)search.skipped);
	if (damaged)
		ember_warning("%s: ignoring %llu damaged bytes between chunks", path, damaged);
	if (newer)
		ember_warning("%s: ignoring %llu chunks of a later version", path, newer);
}

void ember_logs_damage(const struct ember_logs *logs)
{
	uint32_t i, from = 0;

	for (i = 0; i < logs->nr_file; i++) {
		ember_logs_damaged(logs->file[i].path, logs->all.bytes + from,
				   logs->file[i].end - from);
		from = logs->file[i].end;
	}
}

void ember_logs_free(struct ember_logs *logs)
{
	while (logs->nr_file)
		free(logs->file[--logs->nr_file].path);
	free(logs->file);
	free(logs->all.bytes);
}
