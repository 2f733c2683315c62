/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One stream's chunks, in the order of their numbers, and what they define. */
#ifndef EMBER_LOG_STREAM_H
#define EMBER_LOG_STREAM_H

#include "log/stream_state.h"

/* What one payload may define, at most: the rest of it is left out, and it counts as wrong. */
#define EMBER_STREAM_FILES	1024
#define EMBER_STREAM_EXTENTS	8192
#define EMBER_STREAM_THREADS	8192
#define EMBER_STREAM_STACKS	8192
#define EMBER_STREAM_LABELS	1024

#define EMBER_STREAM_POINTS	65536	/* that one sample counts for, at most */

/*
 * Reads HELLO and clocks of a plain payload, of a note its clocks alone. flags: of its chunk,
 * of the first one if it's spread over several.
 */
void ember_stream_head(struct ember_stream *stream, uint8_t flags, const uint8_t *plain,
		       uint32_t n);
/* Reads all of it. Returns false if some made no sense; that is left out. */
bool ember_stream_chunk(struct ember_stream *stream, uint8_t flags, const uint8_t *plain,
			uint32_t n);
void ember_stream_free(struct ember_stream *stream);

#endif
