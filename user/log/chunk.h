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
#include "log/search.h"

#define EMBER_CHUNK_MAGIC	"\xe5" "MB\x1a"
#define EMBER_CHUNK_MAGIC_BYTES	4
#define EMBER_CHUNK_VERSION	1
#define EMBER_CHUNK_HEADER	24	/* bytes */
#define EMBER_CHUNK_MAX		(128u << 10)	/* bytes of a payload, packed or not */

/* flags */
#define EMBER_CHUNK_DEFLATED	1
#define EMBER_CHUNK_MORE	2	/* the payload goes on in the next chunk, */
#define EMBER_CHUNK_REST	4	/* or goes on here */
#define EMBER_CHUNK_ACK		8	/* the other way: see link/ack_window.h */
#define EMBER_CHUNK_LISTENS	16	/* who sent it reads acknowledgements */
#define EMBER_CHUNK_NOTE	32	/* a receiver's, and none of the stream: a clock for it */

struct ember_chunk {
	uint8_t version, flags;
	uint32_t stream, sequence;
	const uint8_t *payload;		/* in what was searched */
	uint32_t n;
};

/* Packs payloads, one after the other, with one window. */
struct ember_packer;
struct ember_packer *ember_packer_new(void);
void ember_packer_free(struct ember_packer *packer);

/* The payload and its flag become those of up to EMBER_CHUNK_MAX bytes, until the next. */
void ember_chunk_pack(struct ember_packer *packer, const void *plain, uint32_t n,
		      struct ember_chunk *chunk);
/* Appended to `to`, but for its version, which is EMBER_CHUNK_VERSION. */
void ember_chunk_put(const struct ember_chunk *chunk, struct ember_buf *to);

/*
 * Return the size in bytes of the chunk at bytes[0], or EMBER_CHUNK_HEADER if its n bytes are
 * too few to say. Return 0 if no chunk begins there.
 */
uint32_t ember_chunk_bytes(const void *bytes, size_t n);
/* Takes the chunk at bytes[0], of any version. Returns false if it isn't whole. */
bool ember_chunk_at(const void *bytes, size_t n, struct ember_chunk *chunk);
/*
 * Finds the next whole chunk, of any version; search->skipped is then the number of bytes
 * before it. Returns false if there is none: the rest is skipped.
 */
bool ember_chunk_next(struct ember_search *search, struct ember_chunk *chunk);

/*
 * Inflates the first `most` bytes of a payload (EMBER_CHUNK_MAX at most) into `room`; a
 * payload that isn't deflated stays where it is. *whole: there is no more of it. Returns
 * NULL if it is damaged before that.
 */
const uint8_t *ember_chunk_prefix(const struct ember_chunk *chunk, struct ember_buf *room,
				  uint32_t most, uint32_t *n, bool *whole);
/* Returns all of a payload, as above; NULL: it is damaged, or larger than it may be. */
const uint8_t *ember_chunk_plain(const struct ember_chunk *chunk, struct ember_buf *room,
				 uint32_t *n);

#endif
