// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/path.h"
#include "log/folder.h"

#define EMBER_STORE_LOCK ".lock"
#define EMBER_STORE_TIME 15 /* 20261128T101500 */

/* Behind the folders' names; it begins with the time. */
static const char *ember_store_file(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

struct ember_store_board_key {
	const struct ember_store *store;
	const char *folder;
	size_t n;
};

static bool ember_board_same(const void *context, uint32_t item)
{
	const struct ember_store_board_key *key = context;
	const char *folder = key->store->board[item].folder;

	return !strncmp(folder, key->folder, key->n) && !folder[key->n];
}

static uint64_t ember_board_hash(const char *folder, size_t n)
{
	return ember_mix_bytes(ember_index_seed, folder, n);
}

/* Forgets the folders without logs: names are endless. */
static void ember_store_tidy(struct ember_store *s)
{
	uint32_t *now = ember_xrealloc(NULL, s->nr_board, sizeof(*now)), i, kept = 0;
	struct ember_stored_log *stored;

	ember_index_free(&s->board_index);
	for (i = 0; i < s->nr_board; i++) {
		struct ember_store_board *b = &s->board[i];

		now[i] = kept;
		if (!b->logs) {
			free(b->folder);
			continue;
		}
		ember_index_add(&s->board_index,
				ember_board_hash(b->folder, strlen(b->folder)), kept);
		s->board[kept++] = *b;
	}
	s->nr_board = kept;
	for (stored = s->first; stored; stored = stored->next)
		stored->board = now[stored->board];
	free(now);
}

/* The number of the folder that a log is in. */
static uint32_t ember_store_board(struct ember_store *s, const char *name)
{
	struct ember_store_board_key key = { s, name, ember_store_file(name) - name };
	uint64_t hash = ember_board_hash(name, key.n);
	uint32_t number = ember_index_find(&s->board_index, hash, ember_board_same, &key);

	if (number != EMBER_NO_NUMBER)
		return number;
	if (s->nr_board >= 2 * EMBER_STORE_LOGS)
		ember_store_tidy(s);
	s->board =
		ember_array_reserve(s->board, s->nr_board, &s->board_size, sizeof(*s->board));
	s->board[s->nr_board] = (struct ember_store_board){ .folder = strndup(name, key.n) };
	if (!s->board[s->nr_board].folder)
		ember_memory_end();
	ember_index_add(&s->board_index, hash, s->nr_board);
	return s->nr_board++;
}

void ember_store_count(struct ember_store *s, const struct ember_stored_log *stored,
		       int64_t bytes, int logs)
{
	struct ember_store_board *b = &s->board[stored->board];

	s->with_logs += (!b->logs && logs > 0) - (b->logs == 1 && logs < 0);
	b->logs += logs;
	b->bytes += bytes;
	s->nr += logs;
	s->bound.bytes += bytes;
}

static struct ember_stored_log *ember_store_add(struct ember_store *s, char *name,
						uint64_t bytes)
{
	struct ember_stored_log *stored = ember_xrealloc(NULL, 1, sizeof(*stored));

	*stored = (struct ember_stored_log){ .name = name, .bytes = bytes };
	stored->board = ember_store_board(s, name);
	*s->end = stored;
	s->end = &stored->next;
	ember_store_count(s, stored, bytes + EMBER_STORE_LOG, 1);
	return stored;
}

struct ember_store_listing {
	struct ember_store *store;
	const char *folder; /* below the store's */
};

/* An ember_log_folder_each. */
static bool ember_store_listed(void *context, const char *name, uint64_t bytes)
{
	const struct ember_store_listing *l = context;

	if (strlen(name) > EMBER_STORE_TIME && name[EMBER_STORE_TIME] == '-')
		ember_store_add(l->store, ember_path_in(l->folder, name), bytes);
	return true;
}

static void ember_store_list_folder(struct ember_store *s, const char *folder)
{
	struct ember_store_listing l = { s, folder };
	char *path = ember_path_in(s->path, folder);

	ember_log_folder_list(path, ember_store_listed, &l);
	free(path);
}

static int ember_store_order(const void *a, const void *b)
{
	const struct ember_stored_log *const *x = a, *const *y = b;
	int order = strcmp(ember_store_file((*x)->name), ember_store_file((*y)->name));

	/* Streams of two keys may have one number. */
	return order ? order : strcmp((*x)->name, (*y)->name);
}

/* From the oldest to the latest. */
static void ember_store_sort(struct ember_store *s)
{
	struct ember_stored_log *stored;
	uint32_t i = 0;

	s->nr_listed = s->nr;
	s->listed = ember_xrealloc(NULL, s->nr + 1, sizeof(*s->listed));
	for (stored = s->first; stored; stored = stored->next)
		s->listed[i++] = stored;
	qsort(s->listed, s->nr, sizeof(*s->listed), ember_store_order);
	for (s->end = &s->first, i = 0; i < s->nr; i++) {
		*s->end = s->listed[i];
		s->end = &s->listed[i]->next;
	}
	*s->end = NULL;
}

/* 0, or 1 (said). */
static int ember_store_lock(struct ember_store *s)
{
	char *path = ember_path_in(s->path, EMBER_STORE_LOCK);

	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	free(path);
	if (s->lock < 0)
		return ember_error("%s: %s", s->path, strerror(errno));
	if (flock(s->lock, LOCK_EX | LOCK_NB))
		return ember_error("%s: another collector writes there", s->path);
	return 0;
}

/* 0, or 1 (said). */
static int ember_store_folder(const struct ember_store *s, const char *name)
{
	char *path = ember_path_in(s->path, name);
	int err = ember_log_folder_make(path);

	free(path);
	return err;
}

int ember_store_open(struct ember_store *s, const char *path, uint64_t keep)
{
	*s = (struct ember_store){
		.path = path, .bound.keep = keep, .lock = -1, .end = &s->first
	};
	if (ember_log_folder_make(path) || ember_store_lock(s) ||
	    ember_store_folder(s, EMBER_STORE_BOARDS) ||
	    ember_store_folder(s, EMBER_STORE_UNKNOWN))
		return 1;
	return 0;
}

int ember_store_list(struct ember_store *s)
{
	char *boards = ember_path_in(s->path, EMBER_STORE_BOARDS);
	DIR *dir = opendir(boards);
	const struct dirent *entry;
	int err = dir ? 0 : ember_error("%s: %s", boards, strerror(errno));

	while (dir && (entry = readdir(dir))) {
		char *folder = ember_path_in(EMBER_STORE_BOARDS, entry->d_name);

		if (*entry->d_name != '.')
			ember_store_list_folder(s, folder);
		free(folder);
	}
	if (dir)
		closedir(dir);
	free(boards);
	ember_store_list_folder(s, EMBER_STORE_UNKNOWN);
	ember_store_sort(s);
	return err;
}

struct ember_stored_log *ember_store_find(const struct ember_store *s, const char *name)
{
	struct ember_stored_log wanted = { .name = (char *)name }, *key = &wanted,
				**found = NULL;

	if (s->listed)
		found = bsearch(&key, s->listed, s->nr_listed, sizeof(*s->listed),
				ember_store_order);
	return found && !strcmp((*found)->name, name) ? *found : NULL;
}

static char *ember_store_below(const char *folder, const char *file)
{
	char *boards = ember_path_in(EMBER_STORE_BOARDS, folder);
	char *name = ember_path_in(*folder ? boards : EMBER_STORE_UNKNOWN, file);

	free(boards);
	return name;
}

struct ember_stored_log *ember_store_new(struct ember_store *s, const char *folder,
					 uint32_t stream, uint32_t sequence, uint64_t seconds)
{
	struct ember_stored_log *stored;
	time_t when = seconds;
	char stamp[32], file[80];
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm);
	snprintf(file, sizeof(file), "%s-%08x-%010u" EMBER_LOG_ENDING, stamp, stream,
		 sequence);
	stored = ember_store_add(s, ember_store_below(folder, file), 0);
	stored->held = true;
	return stored;
}

char *ember_store_name(const struct ember_stored_log *stored, const char *folder)
{
	return ember_store_below(folder, ember_store_file(stored->name));
}

void ember_store_begin(struct ember_store *s, struct ember_stored_log *stored, uint64_t n)
{
	stored->busy = true;
	stored->times++;
	stored->written_ns = ember_clock_ns(CLOCK_MONOTONIC);
	ember_store_count(s, stored, n, 0);
}

void ember_store_end(struct ember_store *s, struct ember_stored_log *stored, uint64_t n,
		     bool safe)
{
	stored->busy = false;
	if (safe)
		stored->bytes += n;
	else
		ember_store_count(s, stored, -(int64_t)n, 0);
}

void ember_store_rename(struct ember_store *s, struct ember_stored_log *stored, char *name)
{
	int64_t bytes = stored->bytes + EMBER_STORE_LOG;

	ember_store_count(s, stored, -bytes, -1);
	free(stored->name);
	stored->name = name;
	stored->board = ember_store_board(s, name);
	ember_store_count(s, stored, bytes, 1);
}

void ember_store_cut(struct ember_store *s, struct ember_stored_log *stored, uint64_t bytes)
{
	ember_store_count(s, stored, -(int64_t)(stored->bytes - bytes), 0);
	stored->bytes = bytes;
}

void ember_stored_log_free(struct ember_stored_log *stored)
{
	free(stored->name);
	free(stored);
}

void ember_store_release(struct ember_stored_log *stored)
{
	stored->held = false;
	if (stored->gone)
		ember_stored_log_free(stored);
}

void ember_store_free(struct ember_store *s)
{
	while (s->first) {
		struct ember_stored_log *stored = s->first;

		s->first = stored->next;
		ember_stored_log_free(stored);
	}
	if (s->lock >= 0)
		close(s->lock);
	free(s->listed);
	while (s->nr_board)
		free(s->board[--s->nr_board].folder);
	free(s->board);
	ember_index_free(&s->board_index);
	*s = (struct ember_store){ .lock = -1, .end = &s->first };
}
