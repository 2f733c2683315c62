/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes over a link in one piece: a chunk, or one that is sealed. */
#ifndef EMBER_PACKET_H
#define EMBER_PACKET_H

#include "link/seal.h"
#include "log/chunk.h"

struct ember_packet {
	const uint8_t *bytes;
	uint32_t n;
	bool sealed;
	struct ember_sealed seal;	/* the one or */
	struct ember_chunk chunk;	/* the other */
};

#define EMBER_PACKET_MAX \
	(EMBER_SEAL_HEADER + EMBER_SEAL_MORE + EMBER_CHUNK_HEADER + EMBER_CHUNK_MAX) /* bytes */

/* As the functions of log/chunk.h, of either kind. A sealed one may turn out to be none. */
uint32_t ember_packet_bytes(const void *bytes, size_t n);
bool ember_packet_at(const void *bytes, size_t n, struct ember_packet *packet);
bool ember_packet_next(struct ember_search *search, struct ember_packet *packet);

#endif
