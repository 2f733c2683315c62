/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folders of logs within a bound of bytes, the oldest going first: what a recorder's
 * (output/logdir.h) and a collector's (workstation/collect/store.h) have in common. Files are
 * named so that their names are in the order of their age.
 */
#ifndef EMBER_LOG_FOLDER_H
#define EMBER_LOG_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#define EMBER_LOG_ENDING	".ember"
#define EMBER_LOG_AGE_NS	3600000000000ull	/* of a log, when the next one begins */

/* Returns whether a file's name ends as logs' do. */
bool ember_log_is_named(const char *name);

/* Makes a folder unless it is there. Returns 0, or 1 (said). */
int ember_log_folder_make(const char *path);

/* Called for each log of a folder, in any order, until it returns false. */
typedef bool ember_log_folder_each(void *context, const char *name, uint64_t bytes);
/* Lists the regular files that are named as logs. Returns 0, or an errno. */
int ember_log_folder_list(const char *path, ember_log_folder_each *each, void *context);

struct ember_log_bound {
	uint64_t keep;			/* bytes of all logs, at most */
	uint64_t bytes;			/* of those that are there */
};

/* Returns whether it's time for the next log. parts: how many are to share what is kept. */
bool ember_log_is_full(const struct ember_log_bound *bound, uint64_t age_ns, uint64_t bytes,
		       unsigned int parts);
/* Removes the log that is to go first, and its bytes from the bound. False: none may go. */
typedef bool ember_log_remove(void *context);
/* Makes room for n bytes more. Returns false if there's nothing left that may go. */
bool ember_log_bound_room(const struct ember_log_bound *bound, uint64_t n,
			  ember_log_remove *remove, void *context);

#endif
