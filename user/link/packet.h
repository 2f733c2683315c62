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

/* As ember_chunk_next(), of either. A sealed one may turn out to be none. */
bool ember_packet_next(const uint8_t *bytes, size_t n, size_t *at, struct ember_packet *packet,
		       uint64_t *skipped);

#endif
