/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording goes into a log while it's made: nothing is named, little is kept. */
#ifndef EMBER_SINK_LOG_H
#define EMBER_SINK_LOG_H

#include "log/writer.h"
#include "sink/logfile.h"

struct ember_log_sink {
	struct ember_logfile file;
	struct ember_log_writer writer;
	uint64_t flush_ns;		/* between flushes, at most */
	uint64_t flushed_ns;		/* CLOCK_MONOTONIC of the last one */
};

/* Opens the file; 0, or 1 (said). flush_ns 0: the default, a minute. */
int ember_log_sink_open(struct ember_log_sink *sink, const char *path, uint64_t flush_ns);
/*
 * Right behind ember_recording_start(): from here on the recording's samples are the
 * log's. session: the module's number of it; board: as in ember_hello_here().
 */
void ember_log_sink_begin(struct ember_log_sink *sink, struct ember_recording *recording,
			  uint32_t session, const char *board);
/* Flushes if it's time; seconds until it will be, or -1: nothing waits. */
double ember_log_sink_turn(struct ember_log_sink *sink);
/* Behind ember_recording_stop(); 0, or 1 (said). */
int ember_log_sink_end(struct ember_log_sink *sink);

#endif
