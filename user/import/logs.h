/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs of files and folders. */
#ifndef EMBER_LOGS_H
#define EMBER_LOGS_H

#include <stdbool.h>

#include "base/proto.h"
#include "log/filter.h"

struct ember_logs {			/* begins zeroed */
	struct ember_buf all;		/* the bytes of all logs, file by file */
	struct ember_log_file {
		char *path;
		uint32_t end;		/* in `all` */
	} *file;
	uint32_t nr_file, file_size;
	bool may_be_empty;		/* a folder without logs of what is asked for is no error */
};

/*
 * Add a file that is a log, or the logs in a folder and below, as a collector lays them out,
 * without those that a collector's index knows to hold nothing that the filter wants. A file
 * that is no log goes to *other instead, for the caller to free; with NULL it counts as one.
 * Returns false if the path can't be read, or the folder has no logs (said).
 */
bool ember_logs_add(struct ember_logs *logs, const char *path,
		    const struct ember_log_filter *filter, struct ember_buf *other);
/* Add bytes of a log that are in no file yet. False: they are too much (said). */
bool ember_logs_bytes(struct ember_logs *logs, const char *name, const void *bytes, size_t n);
/* Return the path of the file that a byte of `all` is from. */
const char *ember_logs_path(const struct ember_logs *logs, const uint8_t *at);
/* Report, for each damaged file, what of it is ignored. */
void ember_logs_damage(const struct ember_logs *logs);
void ember_logs_free(struct ember_logs *logs);

#endif
