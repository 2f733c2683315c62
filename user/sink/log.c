// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/stream.h"

#define EMBER_LOG_FLUSH_NS    60000000000ull
#define EMBER_LOG_FLUSH_BYTES (64u << 10)

bool ember_log_is_folder(const char *path)
{
	struct stat st;

	return path[strlen(path) - 1] == '/' || (!stat(path, &st) && S_ISDIR(st.st_mode));
}

/* How a log begins: false, if it can't be told. */
static bool ember_log_head(const char *path, struct ember_stream *s, uint64_t *bytes)
{
	static uint8_t head[EMBER_CHUNK_HEADER + 16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));
	struct ember_proto room = {};
	struct ember_chunk chunk;
	const uint8_t *plain;
	uint64_t skipped;
	struct stat st;
	size_t at = 0;
	uint32_t m;

	*bytes = fd >= 0 && !fstat(fd, &st) ? st.st_size : 0;
	if (fd >= 0)
		close(fd);
	if (n <= 0 || !ember_chunk_next(head, n, &at, &chunk, &skipped))
		return false;
	plain = ember_chunk_plain(&chunk, &room, &m);
	if (plain)
		ember_stream_chunk(s, plain, m);
	free(room.bytes);
	return s->hello.period_ns;
}

/*
 * How long ago that was at least: by the clocks that are set, or, of another boot, by how
 * long this one has lasted.
 */
static uint64_t ember_log_ago(const struct ember_stream *s, uint64_t now_ns)
{
	uint64_t real = ember_clock_ns(CLOCK_REALTIME);

	if (ember_hello_is_here(&s->hello))
		return now_ns > s->boottime_ns ? now_ns - s->boottime_ns : 0;
	if (real >= EMBER_CLOCK_SET && s->realtime_ns && real > s->realtime_ns)
		return real - s->realtime_ns > now_ns ? real - s->realtime_ns : now_ns;
	return now_ns;
}

/* The latest log tells what was left of the budget when it began, if there was one. */
static void ember_log_recover(struct ember_logdir *d)
{
	uint64_t bytes, now = ember_clock_ns(CLOCK_BOOTTIME);
	char *latest = ember_logdir_latest(d);
	struct ember_tally tally = {};
	struct ember_stream s = { .tally = &tally };

	d->reckoned_ns = now;
	if (latest && ember_log_head(latest, &s, &bytes))
		ember_logdir_reckon(d, s.hello.budget ? s.hello.budget : d->budget, bytes,
				    ember_log_ago(&s, now), now);
	else if (latest)
		d->budget = 0;
	free(latest);
	ember_stream_free(&s);
	ember_tally_free(&tally);
}

int ember_log_sink_open(struct ember_log_sink *s, const struct ember_log_where *where)
{
	s->where = *where;
	if (!s->where.flush_ns)
		s->where.flush_ns = EMBER_LOG_FLUSH_NS;
	s->folder = ember_log_is_folder(where->path);
	if (!s->folder)
		return ember_logfile_open(&s->file, where->path, false);
	if (ember_logdir_open(&s->dir, where->path, where->keep, where->per_day))
		return 1;
	if (where->per_day)
		ember_log_recover(&s->dir);
	return 0;
}

static struct ember_logfile *ember_log_sink_file(struct ember_log_sink *s)
{
	return s->folder ? &s->dir.file : &s->file;
}

void ember_log_sink_begin(struct ember_log_sink *s, struct ember_recording *r,
			  uint32_t session)
{
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME);
	struct ember_hello hello;

	ember_hello_here(&hello, s->where.board);
	hello.session = session;
	hello.cpus = r->nr_rings - 1;
	hello.period_ns = r->period_ns;
	if (s->folder) {
		ember_logdir_next(&s->dir, now);
		hello.budget = s->dir.budget;
	}
	ember_log_begin(&s->writer, r, &hello, 0,
			s->folder ? ember_logdir_chunk : ember_logfile_chunk,
			s->folder ? (void *)&s->dir : &s->file);
	ember_logfile_flush(ember_log_sink_file(s));
	s->flushed_ns = now;
}

static void ember_log_sink_flush(struct ember_log_sink *s, uint64_t now)
{
	ember_log_cut(&s->writer);
	ember_logfile_flush(ember_log_sink_file(s));
	if (s->folder && ember_logdir_due(&s->dir, now) && ember_logdir_next(&s->dir, now)) {
		s->writer.hello.budget = s->dir.budget;
		ember_log_anew(&s->writer);
		ember_logfile_flush(&s->dir.file);
	}
	s->flushed_ns = now;
}

double ember_log_sink_turn(struct ember_log_sink *s)
{
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME);
	uint32_t waiting = ember_log_sink_file(s)->waiting.used;

	if (waiting >= EMBER_LOG_FLUSH_BYTES || now - s->flushed_ns >= s->where.flush_ns)
		ember_log_sink_flush(s, now);
	ember_log_tidy(&s->writer);
	waiting = ember_log_sink_file(s)->waiting.used;
	if (!waiting && !s->writer.bytes && !s->writer.recording->nr_pending)
		return -1;
	return (s->where.flush_ns - (now - s->flushed_ns)) / 1e9;
}

int ember_log_sink_end(struct ember_log_sink *s)
{
	ember_log_end(&s->writer);
	ember_log_free(&s->writer);
	return s->folder ? ember_logdir_close(&s->dir) : ember_logfile_close(&s->file);
}
