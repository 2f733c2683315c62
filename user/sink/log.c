// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink/log.h"

#include "base/clock.h"

#define EMBER_LOG_FLUSH_NS    60000000000ull
#define EMBER_LOG_FLUSH_BYTES (64u << 10)

int ember_log_sink_open(struct ember_log_sink *s, const char *path, uint64_t flush_ns)
{
	s->flush_ns = flush_ns ? flush_ns : EMBER_LOG_FLUSH_NS;
	return ember_logfile_open(&s->file, path);
}

void ember_log_sink_begin(struct ember_log_sink *s, struct ember_recording *r,
			  uint32_t session, const char *board)
{
	struct ember_hello hello;

	ember_hello_here(&hello, board);
	hello.session = session;
	hello.cpus = r->nr_rings - 1;
	hello.period_ns = r->period_ns;
	ember_log_begin(&s->writer, r, &hello, 0, ember_logfile_chunk, &s->file);
	ember_logfile_flush(&s->file);
	s->flushed_ns = ember_clock_ns(CLOCK_MONOTONIC);
}

double ember_log_sink_turn(struct ember_log_sink *s)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);

	if (s->file.waiting.used >= EMBER_LOG_FLUSH_BYTES ||
	    now - s->flushed_ns >= s->flush_ns) {
		ember_log_cut(&s->writer);
		ember_logfile_flush(&s->file);
		s->flushed_ns = now;
	}
	if (!s->file.waiting.used && !s->writer.bytes && !s->writer.recording->nr_pending)
		return -1;
	return (s->flush_ns - (now - s->flushed_ns)) / 1e9;
}

int ember_log_sink_end(struct ember_log_sink *s)
{
	ember_log_end(&s->writer);
	ember_log_free(&s->writer);
	return ember_logfile_close(&s->file);
}
