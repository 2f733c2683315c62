// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/logdir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"

#define EMBER_LOGDIR_DIGITS 8
#define EMBER_LOGDIR_PARTS  8 /* a log is such a part of what is kept */
#define EMBER_LOGDIR_BEGIN  (32u << 10) /* bytes that it may take to begin one */
#define EMBER_DAY_NS	    (24 * 3600000000000ull)

static char *ember_logdir_name(const struct ember_logdir *d, uint32_t number)
{
	char *name = ember_xrealloc(NULL, strlen(d->path) + 32, 1);

	sprintf(name, "%s/%0*u%s", d->path, EMBER_LOGDIR_DIGITS, number, EMBER_LOG_ENDING);
	return name;
}

/* A log's number by its name; 0: it's something else. */
static uint32_t ember_logdir_number(const char *name)
{
	if (strspn(name, "0123456789") != EMBER_LOGDIR_DIGITS ||
	    strcmp(name + EMBER_LOGDIR_DIGITS, EMBER_LOG_ENDING))
		return 0;
	return strtoul(name, NULL, 10);
}

struct ember_logdir_seen {
	uint32_t first, latest; /* 0: there's none */
	uint64_t bytes; /* of all */
};

/* An ember_log_folder_each. */
static bool ember_logdir_see(void *context, const char *name, uint64_t bytes)
{
	struct ember_logdir_seen *seen = context;
	uint32_t number = ember_logdir_number(name);

	if (!number)
		return true;
	if (!seen->first || number < seen->first)
		seen->first = number;
	if (number > seen->latest)
		seen->latest = number;
	seen->bytes += bytes;
	return true;
}

int ember_logdir_open(struct ember_logdir *d, const char *path, uint64_t keep,
		      uint64_t per_day)
{
	struct ember_logdir_seen seen = {};

	memset(d, 0, sizeof(*d));
	d->path = path;
	d->bound.keep = keep ? keep : EMBER_LOGDIR_KEEP;
	d->per_day = per_day;
	d->budget = per_day / 2;
	d->file.fd = -1;
	if (ember_log_folder_make(path))
		return 1;
	ember_log_folder_list(path, ember_logdir_see, &seen);
	d->number = seen.latest;
	d->bound.bytes = seen.bytes;
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

/* Bytes of the latest log. */
static uint64_t ember_logdir_own(const struct ember_logdir *d)
{
	return d->file.bytes + d->file.waiting.used;
}

/* Somebody has removed the latest log: what is written to it, nobody will read. */
static bool ember_logdir_gone(const struct ember_logdir *d)
{
	struct stat st;

	return !fstat(d->file.fd, &st) && !st.st_nlink;
}

bool ember_logdir_due(const struct ember_logdir *d, uint64_t now_ns)
{
	return d->file.fd < 0 || ember_logdir_gone(d) ||
	       ember_log_is_full(&d->bound, now_ns - d->opened_ns, ember_logdir_own(d),
				 EMBER_LOGDIR_PARTS);
}

/* An ember_log_remove: of the oldest, which isn't the one that is written. */
static bool ember_logdir_remove(void *context)
{
	struct ember_logdir_seen seen = {};
	struct ember_logdir *d = context;
	struct stat st;
	char *name;
	bool gone;

	ember_log_folder_list(d->path, ember_logdir_see, &seen);
	if (!seen.first || seen.first == d->number)
		return false;
	name = ember_logdir_name(d, seen.first);
	gone = !lstat(name, &st) && !unlink(name);
	free(name);
	if (gone)
		d->bound.bytes -= (uint64_t)st.st_size < d->bound.bytes ?
					  (uint64_t)st.st_size :
					  d->bound.bytes;
	return gone;
}

static void ember_logdir_end(struct ember_logdir *d)
{
	if (d->file.fd < 0)
		return;
	ember_logfile_close(&d->file);
	d->bound.bytes += d->file.bytes;
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
	struct ember_logdir_seen seen = {};
	int err;

	ember_logdir_end(d);
	/* Logs, or their folder, may have been removed by others. */
	mkdir(d->path, 0777);
	ember_log_folder_list(d->path, ember_logdir_see, &seen);
	d->bound.bytes = seen.bytes;
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
	if (d->file.fd < 0 || (d->per_day && d->budget < n) ||
	    !ember_log_bound_room(&d->bound, ember_logdir_own(d) + n, ember_logdir_remove,
				  d)) {
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
		ember_warning("%s: %llu bytes of the logs had no room within their bounds",
			      d->path, (unsigned long long)d->dropped);
	return err;
}
