/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A log in a file, whole after each flush. */
#ifndef EMBER_LOGFILE_H
#define EMBER_LOGFILE_H

#include "base/proto.h"

struct ember_logfile {
	const char *path;
	int fd;
	bool regular;			/* what was half written can be taken back */
	struct ember_buf waiting;	/* chunks that aren't written yet */
	uint64_t bytes;			/* written and whole */
	bool failing;			/* said */
	uint64_t dropped;		/* bytes that there was no room for */
};

/* "-" is stdout. 0, or 1 (said, unless it's to be quiet). */
int ember_logfile_open(struct ember_logfile *file, const char *path, bool quiet);
/* An ember_log_emit: kept until it's flushed. */
void ember_logfile_chunk(void *context, const void *chunk, uint32_t n);
/* To the disk. What can't be written waits for the next time, up to a bound. */
void ember_logfile_flush(struct ember_logfile *file);
/* Flushes; 0, or 1 if something couldn't be written (said). */
int ember_logfile_close(struct ember_logfile *file);

#endif
