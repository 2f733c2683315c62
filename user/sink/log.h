/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording goes into a log while it's made, or into logs of a folder: nothing is named,
 * little is kept.
 */
#ifndef EMBER_SINK_LOG_H
#define EMBER_SINK_LOG_H

#include "log/writer.h"
#include "sink/logdir.h"
#include "sink/logfile.h"

struct ember_log_where {
	const char *path;
	uint64_t flush_ns;		/* between flushes, at most; 0: a minute */
	uint64_t keep, per_day;		/* of a folder's logs, see struct ember_logdir; 0: default, none */
	const char *board;		/* see ember_hello_here() */
};

struct ember_log_sink {
	struct ember_log_where where;
	bool folder;
	struct ember_logdir dir;
	struct ember_logfile file;	/* where it's no folder */
	struct ember_log_writer writer;
	uint64_t flushed_ns;		/* CLOCK_BOOTTIME of the last one */
};

/* Whether a path names a folder: it's there, or the path ends in a slash. */
bool ember_log_is_folder(const char *path);
/* 0, or 1 (said). */
int ember_log_sink_open(struct ember_log_sink *sink, const struct ember_log_where *where);
/*
 * Right behind ember_recording_start(): from here on the recording's samples are the
 * log's. session: the module's number of it.
 */
void ember_log_sink_begin(struct ember_log_sink *sink, struct ember_recording *recording,
			  uint32_t session);
/* Flushes if it's time; seconds until it will be, or -1: nothing waits. */
double ember_log_sink_turn(struct ember_log_sink *sink);
/* Behind ember_recording_stop(); 0, or 1 (said). */
int ember_log_sink_end(struct ember_log_sink *sink);

#endif
