/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording goes into a log while it's made, into logs of a folder, or out over a link:
 * nothing is named, little is kept.
 */
#ifndef EMBER_OUTPUT_LOG_H
#define EMBER_OUTPUT_LOG_H

#include "log/writer.h"
#include "output/logdir.h"
#include "output/logfile.h"
#include "output/loglink.h"
#include "symbolize/safe_open.h"

struct ember_log_where {
	const char *path;		/* of a file or folder; NULL: none */
	const char *link;		/* an address (base/address.h); NULL: none */
	uint64_t flush_ns;		/* what may be lost, see ember_log_pace(); 0: a minute */
	uint64_t keep, per_day;		/* of a folder's logs, see struct ember_logdir; 0: default, none */
	uint32_t resend, rate;		/* of a link, see ember_loglink_open(); 0: default */
	const char *key;		/* the same */
	const char *board;		/* see ember_host_info() */
	uint64_t link_ns;		/* between two chunks over a link; 0: as often as flushes, 10 s at most */
};

/*
 * How often what was sampled is written, and how long before that a sample waits at most for
 * its mappings: together 400 ms longer than flush_ns at most, which leaves 100 ms of what
 * users are promised (--flush) for the writing itself. 0: as above.
 */
struct ember_log_pace {
	uint64_t write_ns, settle_ns;
};
struct ember_log_pace ember_log_pace(uint64_t flush_ns);

struct ember_log_output {
	struct ember_log_where where;
	struct ember_log_pace pace;
	uint64_t link_ns;		/* how often what was sampled goes out over the link */
	bool folder;			/* the path is one */
	struct ember_logdir dir;
	struct ember_logfile file;
	struct ember_loglink link;
	struct ember_log_writer writer;
	uint64_t flushed_ns;		/* CLOCK_BOOTTIME of the last one */
	uint64_t cut_ns;		/* the same, of what went out over the link */
	uint64_t sent;			/* samples, up to the last of either, */
	bool stirs;			/* and whether there were new ones */
	struct ember_safe_open reach;	/* to files without a build-id */
};

/* Whether a path names a folder: it's there, or the path ends in a slash. */
bool ember_log_is_folder(const char *path);
/* 0, or 1 (said). */
int ember_log_output_open(struct ember_log_output *output, const struct ember_log_where *where);
/*
 * Right behind ember_recording_start(): from here on the recording's samples are the
 * log's. session: the module's number of it.
 */
void ember_log_output_begin(struct ember_log_output *output, struct ember_recording *recording,
			  uint32_t session);
/* Whether it's time for the next, before which the rings are to be read. */
bool ember_log_output_due(const struct ember_log_output *output);
/* What has been read goes to the disk or out over the link, whichever it's time for. */
void ember_log_output_flush(struct ember_log_output *output);
/*
 * What there is to do besides; seconds until it, or a flush, is due, or -1: nothing waits.
 * A ring may hold samples that nobody was woken for, if one was for others within write_ns
 * before (the session's latency is no longer): so flushes go on until one finds nothing.
 */
double ember_log_output_turn(struct ember_log_output *output);
/*
 * Settle and encode what has been read, so that it is in the file or among the bytes that wait
 * for it. Nothing is written to the disk.
 */
void ember_log_output_cut(struct ember_log_output *output);
/*
 * Go on in another folder: the bytes that wait go there, and a reader can start there. Returns
 * 0, or 1 (said): it goes on where it was.
 */
int ember_log_output_move(struct ember_log_output *output, const char *folder, uint64_t keep,
			  uint64_t per_day);
/* Whether the folder or file takes nothing at present. */
bool ember_log_output_stuck(const struct ember_log_output *output);
/* Adds what there is to wait for besides. */
void ember_log_output_wait(const struct ember_log_output *output, struct ember_loop *loop);
/* Behind ember_recording_stop(); 0, or 1 (said). */
int ember_log_output_end(struct ember_log_output *output);

#endif
