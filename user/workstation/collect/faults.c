// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/faults.h"

#include <string.h>

#include "base/clock.h"
#include "base/message.h"
#include "model/index.h"

#define EMBER_FAULT_AGAIN_NS  3600000000000ull /* between two lines of one peer and kind */
#define EMBER_FAULT_MINUTE_NS 60000000000ull
#define EMBER_FAULT_LINES     20 /* of all peers, in a minute */

static const struct {
	const char *name, *words, *advice;
} ember_fault_kinds[EMBER_FAULTS] = {
	[EMBER_FAULT_NOISE] = { "bytes_noise", "bytes that belong to no chunk", "" },
	[EMBER_FAULT_VERSION] = { "chunks_later_version", "chunks of a later version",
				  " (this tool is older than the board's)" },
	[EMBER_FAULT_PAYLOAD] = { "chunks_malformed", "chunks with a malformed payload", "" },
	[EMBER_FAULT_IDENTITY] = { "chunks_contradicting",
				   "chunks whose HELLO contradicts itself or its stream", "" },
	[EMBER_FAULT_UNSEALED] = { "chunks_unsealed", "chunks that are not sealed",
				   " (give the board its key: record --key)" },
	[EMBER_FAULT_SEALED] = { "chunks_sealed", "sealed chunks",
				 " (name the boards' keys: --keys)" },
	[EMBER_FAULT_FORGED] = { "chunks_forged", "chunks sealed by no known key", "" },
	[EMBER_FAULT_REPLAYED] = { "chunks_replayed", "sealed chunks that came before", "" },
	[EMBER_FAULT_AHEAD] = { "chunks_ahead", "sealed chunks with a counter far ahead", "" },
	[EMBER_FAULT_STRANGER] = { "chunks_stranger",
				   "chunks of a board that is not their key's", "" },
	[EMBER_FAULT_CONFLICT] = { "boards_conflicting",
				   "switches between two boards of one id",
				   " (give each its own: record --board)" },
	[EMBER_FAULT_MEMORY] = { "chunks_refused", "chunks without memory to hold them",
				 " (the disk takes none, or too slowly)" },
	[EMBER_FAULT_STREAMS] = { "streams_forgotten", "streams forgotten for others", "" },
	[EMBER_FAULT_CONNECTIONS] = { "connections_closed",
				      "connections closed for others, or silent", "" },
};

const char *ember_fault_name(enum ember_fault kind)
{
	return ember_fault_kinds[kind].name;
}

const char *ember_fault_words(enum ember_fault kind)
{
	return ember_fault_kinds[kind].words;
}

static bool ember_fault_is_due(struct ember_faults *f, enum ember_fault kind, const char *peer)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint64_t hash = ember_mix_bytes(kind + 1, peer, strlen(peer));
	struct ember_fault_said *said = &f->said[hash % EMBER_FAULT_PEERS];

	if (said->hash == hash && now - said->ns < EMBER_FAULT_AGAIN_NS)
		return false;
	if (!f->minute_ns || now - f->minute_ns >= EMBER_FAULT_MINUTE_NS) {
		if (f->suppressed)
			ember_warning("%u more lines about peers in that minute: suppressed",
				      f->suppressed);
		f->minute_ns = now;
		f->lines = f->suppressed = 0;
	}
	*said = (struct ember_fault_said){ hash, now };
	if (f->lines < EMBER_FAULT_LINES)
		return ++f->lines;
	f->suppressed++;
	return false;
}

void ember_fault(struct ember_faults *f, enum ember_fault kind, uint64_t n, const char *peer)
{
	f->count[kind] += n;
	if (n && ember_fault_is_due(f, kind, peer))
		ember_warning("%s: ignoring %s%s", peer, ember_fault_kinds[kind].words,
			      ember_fault_kinds[kind].advice);
}
