/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs of files and folders. */
#ifndef EMBER_LOGS_H
#define EMBER_LOGS_H

#include <stdbool.h>

#include "base/proto.h"
#include "log/filter.h"

/*
 * What a path has, behind what `all` has: a file, be it a log or not; of a folder the logs
 * in it and below, as a collector lays them out, without those that a collector's index knows to hold nothing
 * that the filter wants. False: it can't be read, or there's none (said).
 */
bool ember_logs_add(struct ember_proto *all, const char *path,
		    const struct ember_log_filter *filter);

#endif
