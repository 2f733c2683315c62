// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/logs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#ifdef WITH_WORKSTATION
#include "collect/catalog.h"
#endif
#include "source/file.h"

#define EMBER_LOGS_DEPTH 2 /* DIR/boards/BOARD/LOG */

struct ember_logs {
	struct ember_proto *all;
	const char *folder;
	const struct ember_log_filter *filter;
	void *catalog; /* NULL: there's none */
	uint32_t seen, empty; /* logs */
	uint32_t depth; /* of the folder that is looked at, below `folder` */
	bool good;
};

/* Behind what is there; false: it can't be read (said). */
static bool ember_logs_file(struct ember_proto *all, const char *path)
{
	size_t n;
	uint8_t *bytes = ember_source_slurp(path, &n);

	if (!bytes)
		return false;
	if (n > EMBER_SOURCE_MAX - all->used) {
		ember_error("%s: too much: all logs together may have 256 MiB", path);
		free(bytes);
		return false;
	}
	ember_proto_copy(all, bytes, n);
	free(bytes);
	return true;
}

static bool ember_logs_ruled_out(const struct ember_logs *logs, const char *name,
				 uint64_t bytes)
{
#ifdef WITH_WORKSTATION
	return logs->catalog &&
	       ember_catalog_rules_out(logs->catalog, name, bytes, logs->filter);
#else
	(void)logs;
	(void)name;
	(void)bytes;
	return false;
#endif
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
static void ember_logs_in(struct ember_logs *logs, const char *name)
{
	struct dirent **entry;
	char path[4096], below[512];
	struct stat st;
	int i, nr;

	snprintf(path, sizeof(path), "%s/%s", logs->folder, name);
	nr = scandir(path, &entry, ember_logs_visible, ember_logs_order);
	if (nr < 0 && !*name)
		logs->good = !ember_error("%s: %s", logs->folder, strerror(errno));
	for (i = 0; i < nr; i++) {
		const char *end = strrchr(entry[i]->d_name, '.');

		snprintf(below, sizeof(below), "%s%s%s", name, *name ? "/" : "",
			 entry[i]->d_name);
		snprintf(path, sizeof(path), "%s/%s", logs->folder, below);
		if (!logs->good || stat(path, &st)) {
		} else if (S_ISDIR(st.st_mode) && logs->depth < EMBER_LOGS_DEPTH) {
			logs->depth++;
			ember_logs_in(logs, below);
			logs->depth--;
		} else if (S_ISREG(st.st_mode) && end && !strcmp(end, ".ember")) {
			logs->seen++;
			/* One that was begun when the power went may be empty. */
			logs->empty += !st.st_size;
			if (st.st_size && !ember_logs_ruled_out(logs, below, st.st_size))
				logs->good = ember_logs_file(logs->all, path);
		}
		free(entry[i]);
	}
	if (nr >= 0)
		free(entry);
}

bool ember_logs_add(struct ember_proto *all, const char *path,
		    const struct ember_log_filter *filter)
{
	struct ember_logs logs = { .all = all, .folder = path, .filter = filter, .good = true };
	uint32_t before = all->used;
	struct stat st;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return ember_logs_file(all, path);
#ifdef WITH_WORKSTATION
	logs.catalog = ember_catalog_ask(path);
#endif
	ember_logs_in(&logs, "");
#ifdef WITH_WORKSTATION
	ember_catalog_close(logs.catalog);
#endif
	if (logs.good && all->used == before)
		logs.good = !ember_error(!logs.seen ? "%s: holds no .ember logs" :
					 logs.seen == logs.empty ?
						      "%s: its logs are empty" :
						      "%s: no log has anything of that",
					 path);
	return logs.good;
}
