/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What peers do wrong: counted by kind, and reported in one line for each peer and kind, at a
 * bounded rate.
 */
#ifndef EMBER_COLLECT_FAULTS_H
#define EMBER_COLLECT_FAULTS_H

#include <stdint.h>

enum ember_fault {
	EMBER_FAULT_NOISE,		/* bytes that belong to no chunk */
	EMBER_FAULT_VERSION,		/* a chunk of a later version */
	EMBER_FAULT_PAYLOAD,		/* a payload that cannot be inflated or parsed */
	EMBER_FAULT_IDENTITY,		/* a HELLO that contradicts itself or the stream's first */
	EMBER_FAULT_UNSEALED,		/* a chunk without a seal, although there are keys */
	EMBER_FAULT_SEALED,		/* a sealed chunk, although there are no keys */
	EMBER_FAULT_FORGED,		/* sealed by no known key, or changed since */
	EMBER_FAULT_REPLAYED,		/* a counter that came before */
	EMBER_FAULT_AHEAD,		/* a counter too far ahead */
	EMBER_FAULT_STRANGER,		/* a board that the key does not belong to */
	EMBER_FAULT_CONFLICT,		/* two running boards with one id */
	EMBER_FAULT_MEMORY,		/* a chunk for which there is no memory until the disk takes others */
	EMBER_FAULT_STREAMS,		/* a stream that was forgotten to make room for others */
	EMBER_FAULT_CONNECTIONS,	/* a connection that was closed or refused */
	EMBER_FAULTS
};

#define EMBER_FAULT_PEERS	1024	/* peers and kinds that are distinguished */
#define EMBER_FAULT_PEER_MAX	256	/* bytes of a peer's address, with the NUL */

struct ember_faults {			/* begins zeroed */
	uint64_t count[EMBER_FAULTS];
	struct ember_fault_said {
		uint64_t hash, ns;	/* of peer and kind; CLOCK_MONOTONIC of its last line */
	} said[EMBER_FAULT_PEERS];	/* by hash; what shares one gives way */
	uint64_t minute_ns;		/* when the present minute began */
	uint32_t lines, suppressed;	/* in it */
};

/* Counts `n` faults of a kind; says so unless the peer's last line of that kind is recent. */
void ember_fault(struct ember_faults *faults, enum ember_fault kind, uint64_t n,
		 const char *peer);
/* A kind's name in `emberprof status DIR`, such as "chunks_forged". */
const char *ember_fault_name(enum ember_fault kind);
/* What a kind is, in words that follow a number: "chunks sealed by no known key". */
const char *ember_fault_words(enum ember_fault kind);

#endif
