// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/logdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

#define EMBER_LOGDIR_ENDING ".ember"
#define EMBER_LOGDIR_DIGITS 8
#define EMBER_LOGDIR_SHARE  8 /* a log is so small a part of what is kept */
#define EMBER_LOGDIR_AGE_NS 3600000000000ull /* or so old, when the next one begins */
#define EMBER_LOGDIR_BEGIN  (32u << 10) /* bytes that it may take to begin one */
#define EMBER_DAY_NS	    (24 * EMBER_LOGDIR_AGE_NS)

static char *ember_logdir_name(const struct ember_logdir *d, uint32_t number)
{
	char *name = ember_xrealloc(NULL, strlen(d->path) + 32, 1);

	sprintf(name, "%s/%0*u%s", d->path, EMBER_LOGDIR_DIGITS, number, EMBER_LOGDIR_ENDING);
	return name;
}

/* A log's number by its name; 0: it's something else. */
static uint32_t ember_logdir_number(const char *name)
{
	if (strspn(name, "0123456789") != EMBER_LOGDIR_DIGITS ||
	    strcmp(name + EMBER_LOGDIR_DIGITS, EMBER_LOGDIR_ENDING))
		return 0;
	return strtoul(name, NULL, 10);
}

/* The lowest number of a log; 0: there's none. The highest and all their bytes, if wanted. */
static uint32_t ember_logdir_look(const struct ember_logdir *d, uint32_t *latest,
				  uint64_t *bytes)
{
	DIR *dir = opendir(d->path);
	const struct dirent *entry;
	uint32_t first = 0, number;
	struct stat st;

	while (dir && (entry = readdir(dir))) {
		number = ember_logdir_number(entry->d_name);
		if (!number || fstatat(dirfd(dir), entry->d_name, &st, 0) ||
		    !S_ISREG(st.st_mode))
			continue;
		if (!first || number < first)
			first = number;
		if (latest && number > *latest)
			*latest = number;
		if (bytes)
			*bytes += st.st_size;
	}
	if (dir)
		closedir(dir);
	return first;
}

int ember_logdir_open(struct ember_logdir *d, const char *path, uint64_t keep,
		      uint64_t per_day)
{
	struct stat st;

	memset(d, 0, sizeof(*d));
	d->path = path;
	d->keep = keep ? keep : EMBER_LOGDIR_KEEP;
	d->per_day = per_day;
	d->budget = per_day / 2;
	d->file.fd = -1;
	if (mkdir(path, 0777) && errno != EEXIST)
		return ember_error("%s: %s", path, strerror(errno));
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return ember_error("%s: isn't a folder", path);
	ember_logdir_look(d, &d->number, &d->others);
	return 0;
}

char *ember_logdir_latest(const struct ember_logdir *d)
{
	return d->number ? ember_logdir_name(d, d->number) : NULL;
}

/*
 * Half of a day's bytes at most, and the other half given back over a day: in no 24 hours
 * can more than both be spent.
 */
void ember_logdir_reckon(struct ember_logdir *d, uint64_t budget, uint64_t spent,
			 uint64_t ago_ns, uint64_t now_ns)
{
	uint64_t most = d->per_day / 2, more;

	if (ago_ns > EMBER_DAY_NS)
		ago_ns = EMBER_DAY_NS;
	more = (double)most * ago_ns / EMBER_DAY_NS;
	/* What is less than a byte is left for the next time. */
	if (!more && !spent && budget == d->budget)
		return;
	budget = budget > spent ? budget - spent : 0;
	d->budget = budget + more < most ? budget + more : most;
	d->reckoned_ns = now_ns;
}

bool ember_logdir_due(const struct ember_logdir *d, uint64_t now_ns)
{
	return d->file.fd < 0 || now_ns - d->opened_ns >= EMBER_LOGDIR_AGE_NS ||
	       d->file.bytes + d->file.waiting.used >= d->keep / EMBER_LOGDIR_SHARE;
}

/* So that n bytes more are within the bound; false: there's nothing left that could go. */
static bool ember_logdir_room(struct ember_logdir *d, uint32_t n)
{
	uint64_t own = d->file.bytes + d->file.waiting.used + n;

	while (own + d->others > d->keep) {
		uint32_t first = ember_logdir_look(d, NULL, NULL);
		struct stat st;
		char *name;
		bool gone;

		if (!first || first == d->number)
			return false;
		name = ember_logdir_name(d, first);
		gone = !stat(name, &st) && !unlink(name);
		free(name);
		if (!gone)
			return false;
		d->others -= (uint64_t)st.st_size < d->others ? (uint64_t)st.st_size :
								d->others;
	}
	return true;
}

static void ember_logdir_end(struct ember_logdir *d)
{
	if (d->file.fd < 0)
		return;
	ember_logfile_close(&d->file);
	d->others += d->file.bytes;
	d->file.bytes = 0;
	free(d->name);
	d->name = NULL;
}

/* So that its name is there after a loss of power. */
static void ember_logdir_sync(const struct ember_logdir *d)
{
	int fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

bool ember_logdir_next(struct ember_logdir *d, uint64_t now_ns)
{
	int err;

	ember_logdir_end(d);
	/* A log that there's no budget for would be an empty file. */
	if (d->per_day && d->budget < EMBER_LOGDIR_BEGIN)
		return false;
	d->name = ember_logdir_name(d, d->number + 1);
	err = ember_logfile_open(&d->file, d->name, d->failing);
	d->failing = err;
	if (err) {
		free(d->name);
		d->name = NULL;
		return false;
	}
	d->number++;
	d->opened_ns = now_ns;
	ember_logdir_sync(d);
	return true;
}

void ember_logdir_chunk(void *context, const void *chunk, uint32_t n)
{
	struct ember_logdir *d = context;
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME);

	if (d->per_day)
		ember_logdir_reckon(d, d->budget, 0, now - d->reckoned_ns, now);
	if (d->file.fd < 0 || (d->per_day && d->budget < n) || !ember_logdir_room(d, n)) {
		d->dropped += n;
		return;
	}
	if (d->per_day)
		d->budget -= n;
	ember_logfile_chunk(&d->file, chunk, n);
}

int ember_logdir_close(struct ember_logdir *d)
{
	int err = d->file.fd < 0 ? 0 : ember_logfile_close(&d->file);

	free(d->name);
	d->name = NULL;
	/* As it was asked for. */
	if (d->dropped)
		ember_error("%s: %llu bytes of the logs had no room within their bounds",
			    d->path, (unsigned long long)d->dropped);
	return err;
}
