// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"

#define EMBER_LOGFILE_WAIT (256u << 10) /* bytes that wait for a full disk, at most */

int ember_logfile_open(struct ember_logfile *f, const char *path, bool quiet)
{
	struct stat st;

	memset(f, 0, sizeof(*f));
	f->path = path;
	f->fd = strcmp(path, "-") ?
			open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) :
			dup(1);
	if (f->fd < 0 && quiet)
		return 1;
	if (f->fd < 0)
		return ember_error("%s: %s", path, strerror(errno));
	f->regular = !fstat(f->fd, &st) && S_ISREG(st.st_mode);
	if (f->regular && lseek(f->fd, 0, SEEK_CUR) > 0)
		f->bytes = lseek(f->fd, 0, SEEK_CUR);
	return 0;
}

void ember_logfile_chunk(void *context, const void *chunk, uint32_t n)
{
	struct ember_logfile *f = context;

	/* A reader sees by the chunks' numbers that some are missing. */
	if (f->waiting.used + n > EMBER_LOGFILE_WAIT) {
		ember_logfile_flush(f);
		if (f->waiting.used) {
			f->dropped += n;
			return;
		}
	}
	ember_proto_copy(&f->waiting, chunk, n);
}

/* 0, or an errno. */
static int ember_logfile_write(struct ember_logfile *f)
{
	uint32_t at = 0;

	/* What an earlier try left half written goes, if it can: a reader skips it, too. */
	if (f->failing && f->regular && !ftruncate(f->fd, f->bytes))
		lseek(f->fd, f->bytes, SEEK_SET);
	while (at < f->waiting.used) {
		ssize_t n = write(f->fd, f->waiting.bytes + at, f->waiting.used - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? errno : ENOSPC;
		at += n;
	}
	return f->regular && fdatasync(f->fd) ? errno : 0;
}

void ember_logfile_flush(struct ember_logfile *f)
{
	int err;

	if (!f->waiting.used)
		return;
	err = ember_logfile_write(f);
	if (!err) {
		f->bytes += f->waiting.used;
		f->waiting.used = 0;
		f->failing = false;
		return;
	}
	if (!f->failing)
		ember_error("%s: %s", f->path, strerror(err));
	f->failing = true;
	/* A pipe's reader has gone, or has part of it. */
	if (!f->regular) {
		f->dropped += f->waiting.used;
		f->waiting.used = 0;
	}
}

int ember_logfile_close(struct ember_logfile *f)
{
	int err = 0;

	if (f->fd < 0)
		return 0;
	ember_logfile_flush(f);
	if (close(f->fd) && !f->failing)
		err = ember_error("%s: %s", f->path, strerror(errno));
	f->dropped += f->waiting.used;
	if (f->dropped)
		err = ember_error("%s: %llu bytes of the log couldn't be written", f->path,
				  (unsigned long long)f->dropped);
	free(f->waiting.bytes);
	f->fd = -1;
	return err;
}
