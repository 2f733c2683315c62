// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "base/path.h"

/* Makes the folder that the log is in. */
static void ember_disk_folder(const char *path)
{
	char *folder = strdup(path);

	if (!folder)
		return;
	*strrchr(folder, '/') = 0;
	mkdir(folder, 0777);
	free(folder);
}

/* Writes n bytes at `at`, where the log ends then. 0, or an errno. */
static int ember_disk_write(const char *path, uint64_t at, const uint8_t *bytes, uint32_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666),
	    err = 0;
	struct stat st;
	uint32_t done = 0;

	if (fd < 0)
		return errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		err = EINVAL;
	/* What an earlier try left half written goes. */
	if (!err && (uint64_t)st.st_size > at && ftruncate(fd, at))
		err = errno;
	while (!err && done < n) {
		ssize_t put = pwrite(fd, bytes + done, n - done, at + done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			err = put ? errno : ENOSPC;
		else
			done += put;
	}
	if (close(fd) && !err)
		err = errno;
	/* An empty log is none. */
	if (err && !at)
		unlink(path);
	return err;
}

static void ember_disk_piece(struct ember_disk_batch *b, struct ember_disk_piece *p)
{
	char *path = ember_path_in(b->folder, p->log), *was;

	if (!p->at || p->was)
		ember_disk_folder(path);
	if (p->was) {
		was = ember_path_in(b->folder, p->was);
		/* Where it has its new name already, an earlier try went wrong behind that. */
		if (rename(was, path) && errno != ENOENT)
			p->err = errno;
		free(was);
	}
	if (!p->err)
		p->err = ember_disk_write(path, p->at, p->bytes.bytes, p->bytes.used);
	if (p->err && !b->failing)
		ember_error("%s: %s", path, strerror(p->err));
	free(path);
}

static void ember_disk_stream(struct ember_disk_batch *b, struct ember_disk_stream *s)
{
	uint32_t i;

	s->good = true;
	for (i = s->first; i < s->first + s->nr; i++)
		s->good &= !b->piece[i].err;
	if (!s->good)
		return;
	for (i = s->first; i < s->first + s->nr; i++) {
		const struct ember_disk_piece *p = &b->piece[i];

		if (p->was)
			ember_state_move_pieces(b->state, p->was, p->log);
		ember_state_put_piece(b->state, &(struct ember_state_piece){ p->log, p->at,
									     p->bytes.bytes,
									     p->bytes.used });
	}
	ember_state_put_stream(b->state, &s->row);
}

void ember_disk_run(void *batch)
{
	struct ember_disk_batch *b = batch;
	bool failed = false;
	uint32_t i;

	for (i = 0; i < b->nr_removed; i++) {
		char *path = ember_path_in(b->folder, b->removed[i]);

		unlink(path);
		/* The last log of a board takes its folder along. */
		*strrchr(path, '/') = 0;
		rmdir(path);
		free(path);
	}
	for (i = 0; i < b->nr_piece; i++) {
		b->piece[i].err = 0;
		ember_disk_piece(b, &b->piece[i]);
		failed |= b->piece[i].err;
		b->failing |= failed;
	}
	b->failing = failed;
	ember_state_begin(b->state);
	for (i = 0; i < b->nr_removed; i++)
		ember_state_drop_log(b->state, b->removed[i]);
	for (i = 0; i < b->nr_stream; i++)
		ember_disk_stream(b, &b->stream[i]);
	for (i = 0; i < b->nr_session; i++)
		ember_state_put_session(b->state, &b->session[i]);
	for (i = 0; i < b->nr_dropped; i++)
		ember_state_drop_stream(b->state, b->dropped[i].key, b->dropped[i].stream);
	for (i = 0; i < b->nr_counters; i++)
		ember_state_put_counter(b->state, b->name[i], b->value[i]);
	if (b->settled)
		ember_state_settled(b->state, b->settled);
	b->safe = ember_state_commit(b->state);
	/* The numbers of pieces that were undone are used again. */
	if (b->safe)
		b->last_piece = ember_state_last_piece(b->state);
}

void ember_disk_clear(struct ember_disk_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->nr_piece; i++) {
		free(b->piece[i].log);
		free(b->piece[i].was);
		free(b->piece[i].bytes.bytes);
	}
	for (i = 0; i < b->nr_stream; i++) {
		free((void *)b->stream[i].row.log);
		free((void *)b->stream[i].row.kept);
	}
	for (i = 0; i < b->nr_removed; i++)
		free(b->removed[i]);
	b->nr_piece = b->nr_stream = b->nr_session = b->nr_dropped = b->nr_removed = 0;
	b->settled = 0;
}

void ember_disk_free(struct ember_disk_batch *b)
{
	ember_disk_clear(b);
	free(b->piece);
	free(b->stream);
	free(b->session);
	free(b->dropped);
	free(b->removed);
	memset(b, 0, sizeof(*b));
}

/* 0, or an errno. */
static int ember_disk_sync_one(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int err = fd < 0 || fsync(fd) ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

void ember_disk_sync(void *sync)
{
	struct ember_disk_sync *s = sync;
	uint32_t i;

	s->err = 0;
	for (i = 0; i < s->nr && !s->err; i++) {
		char *path = ember_path_in(s->folder, s->name[i]);

		s->err = s->stop ? EINTR : ember_disk_sync_one(path, O_RDONLY);
		*strrchr(path, '/') = 0;
		if (!s->err)
			s->err = ember_disk_sync_one(path, O_RDONLY | O_DIRECTORY);
		free(path);
	}
}

void ember_disk_sync_clear(struct ember_disk_sync *s)
{
	while (s->nr)
		free(s->name[--s->nr]);
	free(s->name);
	s->name = NULL;
	s->size = 0;
}

/* An ember_state_piece_fn. */
static bool ember_disk_again(void *context, const struct ember_state_piece *piece)
{
	char *path = ember_path_in(context, piece->log);
	struct stat st;
	int err = 0;

	/* A log whose first part is gone was removed to make room. */
	if (!piece->at || !lstat(path, &st)) {
		ember_disk_folder(path);
		err = ember_disk_write(path, piece->at, piece->bytes, piece->n);
	}
	if (err)
		ember_error("%s: cannot write what was received before: %s (mend that first)",
			    path, strerror(err));
	free(path);
	return !err;
}

bool ember_disk_replay(const char *folder, struct ember_state *state)
{
	return ember_state_pieces(state, ember_disk_again, (void *)folder);
}
