/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs in a folder, 00000001.ember and so on, as many as a bound allows: the oldest goes
 * for a new one. What is written in a day can be bounded, too. Times are CLOCK_BOOTTIME.
 */
#ifndef EMBER_LOGDIR_H
#define EMBER_LOGDIR_H

#include "log/folder.h"
#include "output/logfile.h"

#define EMBER_LOGDIR_KEEP	(16u << 20)	/* bytes, by default */

struct ember_logdir {
	const char *path;
	struct ember_log_bound bound;	/* of all logs in it; `bytes`: of those before the latest */
	uint64_t per_day;		/* bytes written in any 24 hours, at most; 0: no bound */
	struct ember_logfile file;	/* the latest; fd < 0: none is open */
	char *name;			/* its path */
	uint32_t number;		/* of the latest, open or not; 0: there's none */
	uint64_t opened_ns;
	uint64_t budget;		/* bytes that may be written now, per_day / 2 at most; */
	uint64_t reckoned_ns;		/* as of then */
	bool failing;			/* no log can be begun; said */
	uint64_t dropped;		/* bytes that the bounds had no room for */
};

/* Makes the folder if it isn't there, and looks at what is in it. 0, or 1 (said). */
int ember_logdir_open(struct ember_logdir *dir, const char *path, uint64_t keep,
		      uint64_t per_day);
/* The path of the latest log that was there; NULL: none was. The caller frees it. */
char *ember_logdir_latest(const struct ember_logdir *dir);
/* The budget is what it was so long before now, less what was spent since. */
void ember_logdir_reckon(struct ember_logdir *dir, uint64_t budget, uint64_t spent,
			 uint64_t ago_ns, uint64_t now_ns);

/* Whether it's time for the next log: the latest is full, or somebody has removed it. */
bool ember_logdir_due(const struct ember_logdir *dir, uint64_t now_ns);
/*
 * Begins it, and the folder if somebody has removed that; false: it can't be (said once), and
 * chunks are dropped.
 */
bool ember_logdir_next(struct ember_logdir *dir, uint64_t now_ns);
/* An ember_log_emit: kept until it's flushed. */
void ember_logdir_chunk(void *context, const void *chunk, uint32_t n);
/* Ends the latest log; 0, or 1 if something couldn't be written (said). */
int ember_logdir_close(struct ember_logdir *dir);

#endif
