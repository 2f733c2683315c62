/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A log that is followed: a file, and the streams in it. */
#ifndef EMBER_RELAY_FOLLOWED_H
#define EMBER_RELAY_FOLLOWED_H

#include "relay/feed.h"

#define EMBER_FOLLOWED_STREAMS	64	/* of a log; chunks of more are ignored */
#define EMBER_FOLLOWED_PENDING	(1u << 20)	/* samples, of which cuts are made before more is read */

struct ember_followed_cursor {		/* as it is in the spool's state */
	uint32_t stream;
	struct ember_feed_cursor at;
};

struct ember_followed {			/* begins zeroed, but for its path */
	char *path;			/* below the folder that is followed */
	uint32_t most;			/* streams; 0: EMBER_FOLLOWED_STREAMS */
	uint64_t offset, size;		/* bytes that were read; that are there */
	uint64_t done;			/* bytes of which nothing is left to be sent */
	uint64_t grown_ns;		/* CLOCK_MONOTONIC: when it was larger than before */
	struct ember_buf rest;		/* of a chunk that isn't whole yet */
	struct ember_search search;
	struct ember_feed **feed;
	uint32_t nr_feed, feed_size;
	struct ember_followed_cursor *cursor;
	uint32_t nr_cursor, cursor_size;
	uint64_t ignored;		/* chunks of more streams than fit */
	bool seen;			/* by the latest look at the folder */
	bool gone;			/* the file isn't there any more */
	bool waits;			/* chunks are missing, */
	uint64_t waits_ns;		/* since then */
};

/* Take a chunk or a note; one of a stream that isn't known makes a feed with its cursor. */
void ember_followed_put(struct ember_followed *followed, const struct ember_chunk *chunk);
/* Read what was added to the file. Return false: it can't be read. */
bool ember_followed_read(struct ember_followed *followed, const char *folder);
/* Let the feeds read their chunks. Return whether some wait for room or for others. */
bool ember_followed_feed(struct ember_followed *followed, bool past_gaps);
/* Note what was sent, for the state. */
void ember_followed_commit(struct ember_followed *followed);
/* A cut did not get to the disk: read the log once more, from the stream's cursor before it. */
void ember_followed_back(struct ember_followed *followed, uint32_t number,
			 const struct ember_feed_cursor *cursor);
/* Forget all but the cursors: the file is read once more when it is looked at again. */
void ember_followed_forget(struct ember_followed *followed);
void ember_followed_free(struct ember_followed *followed);

#endif
