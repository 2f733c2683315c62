// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/indexer.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/signals.h"
#include "workstation/collect/store.h"

int ember_indexer_open(struct ember_indexer *x, const char *folder, bool fresh)
{
	x->folder = folder;
	x->catalog = ember_catalog_open(folder, fresh);
	return !x->catalog;
}

int ember_indexer_start(struct ember_indexer *x)
{
	x->worker = ember_worker_new(true);
	return !x->worker;
}

static bool ember_indexer_ends(struct ember_indexer *x)
{
	return x->stop || (!x->worker && ember_signals_ends());
}

static void ember_indexer_log(struct ember_indexer *x, const char *name)
{
	struct ember_catalog_scan *scan = ember_catalog_scan(x->catalog, name);

	while (scan && ember_catalog_slice(scan))
		if (ember_indexer_ends(x)) {
			ember_catalog_cancel(scan);
			return;
		}
}

struct ember_indexer_folder {
	struct ember_indexer *indexer;
	const char *folder; /* below the store's */
	uint32_t *seen; /* logs so far */
};

/* An ember_log_folder_each. */
static bool ember_indexer_each(void *context, const char *name, uint64_t bytes)
{
	const struct ember_indexer_folder *f = context;
	char *path;

	(void)bytes;
	if (ember_indexer_ends(f->indexer))
		return false;
	path = ember_path_in(f->folder, name);
	ember_indexer_log(f->indexer, path);
	free(path);
	if (f->indexer->progress)
		fprintf(stderr, "\remberprof: log %u\033[K", ++*f->seen);
	return true;
}

static void ember_indexer_folder(struct ember_indexer *x, const char *folder, uint32_t *seen)
{
	struct ember_indexer_folder f = { x, folder, seen };
	char *path = ember_path_in(x->folder, folder);

	ember_catalog_begin(x->catalog);
	ember_log_folder_list(path, ember_indexer_each, &f);
	ember_catalog_end(x->catalog);
	free(path);
}

void ember_indexer_sweep(struct ember_indexer *x)
{
	char *boards = ember_path_in(x->folder, EMBER_STORE_BOARDS);
	DIR *dir = opendir(boards);
	const struct dirent *entry;
	uint32_t seen = 0;

	while (dir && !ember_indexer_ends(x) && (entry = readdir(dir))) {
		char *folder = ember_path_in(EMBER_STORE_BOARDS, entry->d_name);

		if (*entry->d_name != '.')
			ember_indexer_folder(x, folder, &seen);
		free(folder);
	}
	if (dir)
		closedir(dir);
	free(boards);
	if (!ember_indexer_ends(x))
		ember_indexer_folder(x, EMBER_STORE_UNKNOWN, &seen);
	if (!ember_indexer_ends(x))
		ember_catalog_tidy(x->catalog);
	if (x->progress)
		fputs("\r\033[K", stderr);
}

static void ember_indexer_job(void *context)
{
	ember_indexer_sweep(context);
}

void ember_indexer_begin(struct ember_indexer *x)
{
	ember_worker_done(x->worker);
	if (!ember_worker_busy(x->worker))
		ember_worker_begin(x->worker, ember_indexer_job, x);
}

void ember_indexer_close(struct ember_indexer *x)
{
	x->stop = true;
	ember_worker_free(x->worker);
	ember_catalog_close(x->catalog);
	memset(x, 0, sizeof(*x));
}
