/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a log, a datagram and a serial frame are made of (doc/log-format.md): a header of
 * EMBER_CHUNK_HEADER bytes, little-endian, and a payload, deflated where that makes it
 * smaller.
 */
#ifndef EMBER_CHUNK_H
#define EMBER_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/proto.h"

#define EMBER_CHUNK_MAGIC	"\xe5" "MB\x1a"
#define EMBER_CHUNK_VERSION	1
#define EMBER_CHUNK_HEADER	24	/* bytes */
#define EMBER_CHUNK_MAX		(128u << 10)	/* bytes of a payload, packed or not */

#define EMBER_CHUNK_DEFLATED	1	/* flags */

struct ember_chunk {
	uint8_t version, flags;
	uint32_t stream, sequence;
	const uint8_t *payload;		/* in what was searched */
	uint32_t n;
};

/* Packs chunks, one after the other, with one window. */
struct ember_packer;
struct ember_packer *ember_packer_new(void);
void ember_packer_free(struct ember_packer *packer);

/*
 * A chunk of `plain`, up to EMBER_CHUNK_MAX bytes of it, appended to `to`, the header's
 * stream and sequence as they are said.
 */
void ember_chunk_pack(struct ember_packer *packer, uint32_t stream, uint32_t sequence,
		      const void *plain, uint32_t n, struct ember_proto *to);

/*
 * The first whole chunk from bytes[*at] on, whatever its version; *at is then behind it,
 * *skipped the bytes before it that were none. False: there's none, and all is skipped.
 */
bool ember_chunk_next(const uint8_t *bytes, size_t n, size_t *at, struct ember_chunk *chunk,
		      uint64_t *skipped);

/*
 * The payload as it was: in `room`, or where it is if it wasn't packed. NULL: it's
 * larger than it may be, or makes no sense.
 */
const uint8_t *ember_chunk_plain(const struct ember_chunk *chunk, struct ember_proto *room,
				 uint32_t *n);

#endif
