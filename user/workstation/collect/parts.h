/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins payloads that are spread over several chunks, in whatever order these come. A chunk
 * costs EMBER_PARTS_MAX steps at most, and memory is bounded.
 */
#ifndef EMBER_LOG_PARTS_H
#define EMBER_LOG_PARTS_H

#include "log/chunk.h"

#define EMBER_PARTS_MAX		1024		/* chunks that are kept, */
#define EMBER_PARTS_BYTES	(1u << 20)	/* and bytes of them */

struct ember_parts {			/* begins zeroed */
	struct ember_part {
		uint32_t sequence, n;
		uint8_t flags;		/* 0: free */
		uint8_t *bytes;
	} part[EMBER_PARTS_MAX];	/* by sequence: a later one replaces an earlier */
	uint32_t bytes;
	struct ember_buf whole;
};

/*
 * Takes a chunk that has EMBER_CHUNK_MORE or _REST. Returns true if its payload is complete:
 * *chunk is then as if it had come in the first of its chunks, until the next call.
 */
bool ember_parts_take(struct ember_parts *parts, struct ember_chunk *chunk);
void ember_parts_free(struct ember_parts *parts);

#endif
