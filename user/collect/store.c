// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"

#define EMBER_STORE_LOCK   ".lock"
#define EMBER_STORE_ENDING ".ember"
#define EMBER_STORE_FILE   4096 /* bytes that a log counts for besides its own */
#define EMBER_STORE_TIME   15 /* 20261128T101500 */

char *ember_store_path(const struct ember_store *s, uint32_t shelf)
{
	return ember_path_in(s->path, s->shelf[shelf].name);
}

/* The stream of a log's name; false: it's something else's. */
static bool ember_store_stream(const char *name, uint32_t *stream)
{
	const char *end = strrchr(name, '.');
	char *behind;

	if (!end || strcmp(end, EMBER_STORE_ENDING) || strlen(name) < EMBER_STORE_TIME + 10 ||
	    name[EMBER_STORE_TIME] != '-')
		return false;
	*stream = strtoul(name + EMBER_STORE_TIME + 1, &behind, 16);
	return *behind == '-';
}

static uint32_t ember_store_add(struct ember_store *s, const struct ember_shelf *shelf)
{
	s->shelf = ember_room(s->shelf, s->nr, &s->size, sizeof(*s->shelf));
	s->shelf[s->nr] = *shelf;
	return s->nr++;
}

static void ember_store_look_in(struct ember_store *s, const char *folder)
{
	char *path = ember_path_in(s->path, folder);
	DIR *dir = opendir(path);
	const struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir))) {
		struct ember_shelf shelf = {};

		if (!ember_store_stream(entry->d_name, &shelf.stream) ||
		    fstatat(dirfd(dir), entry->d_name, &st, 0) || !S_ISREG(st.st_mode) ||
		    snprintf(shelf.name, sizeof(shelf.name), "%s/%s", folder, entry->d_name) >=
			    (int)sizeof(shelf.name))
			continue;
		shelf.bytes = st.st_size;
		s->bytes += shelf.bytes + EMBER_STORE_FILE;
		ember_store_add(s, &shelf);
	}
	if (dir)
		closedir(dir);
	free(path);
}

/* 0, or 1 (said). */
static int ember_store_lock(struct ember_store *s)
{
	char *path = ember_path_in(s->path, EMBER_STORE_LOCK);

	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	free(path);
	if (s->lock < 0)
		return ember_error("%s: %s", s->path, strerror(errno));
	if (flock(s->lock, LOCK_EX | LOCK_NB))
		return ember_error("%s: another collector writes there", s->path);
	return 0;
}

int ember_store_open(struct ember_store *s, const char *path, uint64_t keep)
{
	const struct dirent *entry;
	DIR *dir;

	memset(s, 0, sizeof(*s));
	s->path = path;
	s->keep = keep;
	s->lock = -1;
	if (mkdir(path, 0777) && errno != EEXIST)
		return ember_error("%s: %s", path, strerror(errno));
	if (ember_store_lock(s))
		return 1;
	dir = opendir(path);
	if (!dir)
		return ember_error("%s: %s", path, strerror(errno));
	while ((entry = readdir(dir)))
		if (*entry->d_name != '.')
			ember_store_look_in(s, entry->d_name);
	closedir(dir);
	return 0;
}

/* Behind the folder's name, which begins with the time. */
static const char *ember_store_file(const struct ember_shelf *shelf)
{
	return strchr(shelf->name, '/') + 1;
}

uint32_t ember_store_find(const struct ember_store *s, uint32_t stream)
{
	uint32_t i, latest = EMBER_NO_NUMBER;

	for (i = 0; i < s->nr; i++)
		if (!s->shelf[i].gone && s->shelf[i].stream == stream &&
		    (latest == EMBER_NO_NUMBER ||
		     strcmp(ember_store_file(&s->shelf[i]),
			    ember_store_file(&s->shelf[latest])) > 0))
			latest = i;
	return latest;
}

uint32_t ember_store_new(struct ember_store *s, const char *folder, uint32_t stream,
			 uint32_t sequence, uint64_t seconds)
{
	struct ember_shelf shelf = { .stream = stream };
	time_t when = seconds;
	char stamp[32];
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm);
	snprintf(shelf.name, sizeof(shelf.name), "%s/%s-%08x-%010u" EMBER_STORE_ENDING, folder,
		 stamp, stream, sequence);
	return ember_store_add(s, &shelf);
}

/* So that names are there after a loss of power. */
static void ember_store_sync(const struct ember_store *s, const char *name)
{
	char *path = ember_path_in(s->path, name), *end = strrchr(path, '/');
	int fd;

	*end = 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(path);
}

static void ember_store_folder(const struct ember_store *s, const char *name)
{
	char *path = ember_path_in(s->path, name);

	*strrchr(path, '/') = 0;
	if (!mkdir(path, 0777))
		ember_store_sync(s, ".");
	free(path);
}

bool ember_store_move(struct ember_store *s, uint32_t number, const char *folder)
{
	struct ember_shelf *shelf = &s->shelf[number];
	char name[EMBER_STORE_NAME], *from, *to;
	bool moved = true;

	snprintf(name, sizeof(name), "%s/%s", folder, ember_store_file(shelf));
	if (!strcmp(name, shelf->name))
		return true;
	if (shelf->bytes) {
		from = ember_store_path(s, number);
		to = ember_path_in(s->path, name);
		ember_store_folder(s, name);
		moved = !rename(from, to);
		free(from);
		free(to);
		if (moved)
			ember_store_sync(s, name);
	}
	if (moved)
		strcpy(shelf->name, name);
	return moved;
}

/* The oldest goes, and not the one that is written to unless there's no other. */
static bool ember_store_shrink(struct ember_store *s, uint32_t writing)
{
	uint32_t i, oldest = EMBER_NO_NUMBER;
	char *path;

	for (i = 0; i < s->nr; i++)
		if (!s->shelf[i].gone && s->shelf[i].bytes && i != writing &&
		    (oldest == EMBER_NO_NUMBER ||
		     strcmp(ember_store_file(&s->shelf[i]),
			    ember_store_file(&s->shelf[oldest])) < 0))
			oldest = i;
	if (oldest == EMBER_NO_NUMBER)
		return false;
	path = ember_store_path(s, oldest);
	unlink(path);
	free(path);
	s->bytes -= s->shelf[oldest].bytes + EMBER_STORE_FILE;
	s->shelf[oldest].bytes = 0;
	s->shelf[oldest].gone = true;
	s->removed++;
	return true;
}

/* 0, or an errno. */
static int ember_store_append(const char *path, uint64_t whole, const uint8_t *bytes,
			      uint32_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666), err = 0;
	uint32_t at = 0;

	if (fd < 0)
		return errno;
	/* What an earlier try left half written goes. */
	if (ftruncate(fd, whole))
		err = errno;
	while (!err && at < n) {
		ssize_t put = pwrite(fd, bytes + at, n - at, whole + at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			err = put ? errno : ENOSPC;
		else
			at += put;
	}
	if (!err && fdatasync(fd))
		err = errno;
	close(fd);
	return err;
}

bool ember_store_write(struct ember_store *s, uint32_t number, const void *bytes, uint32_t n)
{
	struct ember_shelf *shelf = &s->shelf[number];
	char *path;
	int err;

	while (s->bytes + n + EMBER_STORE_FILE > s->keep)
		if (!ember_store_shrink(s, number))
			break;
	if (!shelf->bytes)
		ember_store_folder(s, shelf->name);
	path = ember_store_path(s, number);
	err = ember_store_append(path, shelf->bytes, bytes, n);
	if (err && !s->failing)
		ember_error("%s: %s", path, strerror(err));
	s->failing = err;
	if (!err && !shelf->bytes)
		ember_store_sync(s, shelf->name);
	free(path);
	if (err)
		return false;
	shelf->gone = false;
	s->bytes += n + (shelf->bytes ? 0 : EMBER_STORE_FILE);
	shelf->bytes += n;
	return true;
}

void ember_store_free(struct ember_store *s)
{
	if (s->lock >= 0)
		close(s->lock);
	free(s->shelf);
	memset(s, 0, sizeof(*s));
	s->lock = -1;
}
