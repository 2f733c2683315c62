// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/host_info.h"
#include "log/stream.h"
#include "symbolize/binary.h"

#define EMBER_LOG_FLUSH_NS	  60000000000ull
#define EMBER_LOG_BEYOND_NS	  400000000ull /* that a sample may wait beyond that */
#define EMBER_LOG_SETTLE	  10 /* wait this part of it for mappings to arrive, */
#define EMBER_LOG_SETTLE_LEAST_NS 300000000ull /* within these bounds */
#define EMBER_LOG_SETTLE_MOST_NS  2000000000ull
#define EMBER_LOG_LINK_NS	  10000000000ull
#define EMBER_LOG_FLUSH_BYTES	  (64u << 10)

struct ember_log_pace ember_log_pace(uint64_t flush_ns)
{
	uint64_t flush = flush_ns ? flush_ns : EMBER_LOG_FLUSH_NS;
	uint64_t settle = flush / EMBER_LOG_SETTLE, write;

	if (settle < EMBER_LOG_SETTLE_LEAST_NS)
		settle = EMBER_LOG_SETTLE_LEAST_NS;
	if (settle > EMBER_LOG_SETTLE_MOST_NS)
		settle = EMBER_LOG_SETTLE_MOST_NS;
	write = flush + EMBER_LOG_BEYOND_NS - settle;
	return (struct ember_log_pace){ write < flush ? write : flush, settle };
}

bool ember_log_is_folder(const char *path)
{
	struct stat st;

	return path[strlen(path) - 1] == '/' || (!stat(path, &st) && S_ISDIR(st.st_mode));
}

/*
 * Read the first chunk and the size in bytes of a log. Return false if the chunk has no
 * sampling period.
 */
static bool ember_log_head(const char *path, struct ember_stream *s, uint64_t *bytes)
{
	static uint8_t head[EMBER_CHUNK_HEADER + 16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));
	struct ember_buf room = {};
	struct ember_search search;
	struct ember_chunk chunk;
	const uint8_t *plain;
	struct stat st;
	uint32_t m;

	*bytes = fd >= 0 && !fstat(fd, &st) ? st.st_size : 0;
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	ember_search_begin(&search, head, n);
	if (!ember_chunk_next(&search, &chunk))
		return false;
	plain = ember_chunk_plain(&chunk, &room, &m);
	if (plain)
		ember_stream_chunk(s, chunk.flags, plain, m);
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

	if (ember_host_is_same(&s->hello))
		return now_ns > s->boottime_ns ? now_ns - s->boottime_ns : 0;
	if (real >= EMBER_CLOCK_SET && s->realtime_ns && real > s->realtime_ns)
		return real - s->realtime_ns > now_ns ? real - s->realtime_ns : now_ns;
	return now_ns;
}

/* Restore the daily write budget from the latest log: its HELLO has what was left then. */
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

int ember_log_output_open(struct ember_log_output *s, const struct ember_log_where *where)
{
	s->where = *where;
	s->pace = ember_log_pace(where->flush_ns);
	s->link_ns = where->link_ns			  ? where->link_ns :
		     s->pace.write_ns < EMBER_LOG_LINK_NS ? s->pace.write_ns :
							    EMBER_LOG_LINK_NS;
	if (where->link &&
	    ember_loglink_open(&s->link, where->link, where->resend, where->rate, where->key))
		return 1;
	if (!where->path)
		return 0;
	s->folder = ember_log_is_folder(where->path);
	if (!s->folder)
		return ember_logfile_open(&s->file, where->path, false);
	if (ember_logdir_open(&s->dir, where->path, where->keep, where->per_day))
		return 1;
	if (where->per_day)
		ember_log_recover(&s->dir);
	return 0;
}

static struct ember_logfile *ember_log_output_file(struct ember_log_output *s)
{
	return s->folder ? &s->dir.file : &s->file;
}

/* An ember_log_emit. */
static void ember_log_output_chunk(void *context, const void *chunk, uint32_t n)
{
	struct ember_log_output *s = context;

	if (s->where.link)
		ember_loglink_chunk(&s->link, &s->writer, chunk, n);
	if (s->where.path && s->folder)
		ember_logdir_chunk(&s->dir, chunk, n);
	else if (s->where.path)
		ember_logfile_chunk(&s->file, chunk, n);
}

/* An ember_log_fingerprint. */
static bool ember_log_output_fingerprint(void *context, const struct ember_file *file,
					 struct ember_fingerprint *print)
{
	struct ember_log_output *s = context;

	return ember_binary_fingerprint(&s->reach, file, print);
}

void ember_log_output_begin(struct ember_log_output *s, struct ember_recording *r,
			    uint32_t session)
{
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME);
	bool listens = s->where.link && !s->link.port.address.shared;
	struct ember_stream_header hello;

	ember_host_info(&hello, s->where.board);
	hello.session = session;
	hello.cpus = r->nr_rings - 1;
	hello.period_ns = r->period_ns;
	if (s->folder) {
		ember_logdir_next(&s->dir, now);
		hello.budget = s->dir.budget;
	}
	ember_log_begin(&s->writer, r, &hello, listens ? EMBER_CHUNK_LISTENS : 0,
			s->where.link ? ember_uplink_chunk(&s->link.port) : 0,
			ember_log_output_chunk, s);
	s->writer.print = ember_log_output_fingerprint;
	if (s->where.link)
		ember_loglink_begin(&s->link, &s->writer);
	if (s->where.path)
		ember_logfile_flush(ember_log_output_file(s));
	s->flushed_ns = s->cut_ns = now;
}

static bool ember_log_file_due(const struct ember_log_output *s, uint64_t now)
{
	const struct ember_logfile *file = s->folder ? &s->dir.file : &s->file;

	return s->where.path && (file->waiting.used >= EMBER_LOG_FLUSH_BYTES ||
				 now - s->flushed_ns >= s->pace.write_ns);
}

static bool ember_log_link_due(const struct ember_log_output *s, uint64_t now)
{
	return s->where.link && now - s->cut_ns >= s->link_ns;
}

bool ember_log_output_due(const struct ember_log_output *s)
{
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME);

	return ember_log_file_due(s, now) || ember_log_link_due(s, now);
}

static void ember_log_file_flush(struct ember_log_output *s, uint64_t now)
{
	ember_logfile_flush(ember_log_output_file(s));
	if (s->folder && ember_logdir_due(&s->dir, now) && ember_logdir_next(&s->dir, now)) {
		s->writer.hello.budget = s->dir.budget;
		ember_log_resync(&s->writer);
		ember_logfile_flush(&s->dir.file);
	}
	s->flushed_ns = now;
}

void ember_log_output_cut(struct ember_log_output *s)
{
	ember_recording_resolve(s->writer.recording, UINT64_MAX);
	ember_log_cut(&s->writer);
}

int ember_log_output_move(struct ember_log_output *s, const char *folder, uint64_t keep,
			  uint64_t per_day)
{
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME);
	struct ember_logdir dir;
	struct ember_buf *waiting = &s->dir.file.waiting;

	ember_log_cut(&s->writer);
	if (ember_logdir_open(&dir, folder, keep, per_day))
		return 1;
	if (per_day)
		ember_log_recover(&dir);
	if (!ember_logdir_next(&dir, now) && dir.failing)
		return 1;
	if (dir.file.fd >= 0 && waiting->used)
		ember_logdir_chunk(&dir, waiting->bytes, waiting->used);
	else
		dir.dropped += waiting->used;
	waiting->used = 0;
	dir.dropped += s->dir.dropped + s->dir.file.dropped;
	s->dir.dropped = s->dir.file.dropped = 0;
	ember_logdir_close(&s->dir);
	s->dir = dir;
	s->where.path = folder;
	s->writer.hello.budget = s->dir.budget;
	ember_log_resync(&s->writer);
	ember_logfile_flush(&s->dir.file);
	s->flushed_ns = now;
	return 0;
}

bool ember_log_output_stuck(const struct ember_log_output *s)
{
	return s->where.path &&
	       (s->folder ? s->dir.failing || s->dir.file.failing : s->file.failing);
}

void ember_log_output_flush(struct ember_log_output *s)
{
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME);
	uint64_t monotonic = ember_clock_ns(CLOCK_MONOTONIC), sent;

	if (monotonic > s->pace.settle_ns)
		ember_recording_resolve(s->writer.recording, monotonic - s->pace.settle_ns);
	ember_log_cut(&s->writer);
	sent = s->writer.sent + ember_event_writer_sent(&s->writer.events);
	s->stirs = sent != s->sent;
	s->sent = sent;
	if (ember_log_file_due(s, now))
		ember_log_file_flush(s, now);
	if (ember_log_link_due(s, now))
		s->cut_ns = now;
}

/* The sooner of two times in seconds, -1 being never. */
static double ember_log_sooner(double a, double b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Seconds that are left of a time of which so many ns have passed. */
static double ember_log_left(uint64_t time_ns, uint64_t passed)
{
	return passed < time_ns ? (time_ns - passed) / 1e9 : 0;
}

double ember_log_output_turn(struct ember_log_output *s)
{
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME);
	struct ember_logfile *file = ember_log_output_file(s);
	double wait = -1;

	ember_log_tidy(&s->writer);
	if (s->stirs || s->writer.bytes || s->writer.recording->nr_pending ||
	    s->writer.recording->nr_weighted_pending || file->waiting.used) {
		if (s->where.path)
			wait = ember_log_left(s->pace.write_ns, now - s->flushed_ns);
		if (s->where.link)
			wait = ember_log_sooner(wait,
						ember_log_left(s->link_ns, now - s->cut_ns));
	}
	if (s->where.link)
		wait = ember_log_sooner(wait, ember_loglink_turn(&s->link, &s->writer));
	return wait;
}

void ember_log_output_wait(const struct ember_log_output *s, struct ember_loop *loop)
{
	if (s->where.link)
		ember_loglink_wait(&s->link, loop);
}

int ember_log_output_end(struct ember_log_output *s)
{
	uint64_t downsampled;
	int err = 0;

	ember_log_end(&s->writer);
	downsampled =
		s->writer.downsampled + ember_event_writer_downsampled(&s->writer.events);
	ember_log_free(&s->writer);
	ember_safe_open_free(&s->reach);
	if (s->where.path)
		err = s->folder ? ember_logdir_close(&s->dir) : ember_logfile_close(&s->file);
	if (s->where.link)
		err |= ember_loglink_close(&s->link, downsampled);
	return err;
}
