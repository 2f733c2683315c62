// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/incoming.h"

#include <stdlib.h>
#include <string.h>

bool ember_incoming_add(struct ember_incoming *in, const void *bytes, uint32_t n)
{
	if (in->hopeless)
		return false;
	/* Move no more bytes than were consumed since the last move. */
	if (in->at >= in->held) {
		ember_proto_drop(&in->in, in->at);
		in->at = 0;
	}
	ember_proto_copy(&in->in, bytes, n);
	in->held += n;
	in->received += n;
	return true;
}

static void ember_incoming_skip(struct ember_incoming *in, uint32_t n)
{
	in->at += n;
	in->held -= n;
}

bool ember_incoming_next(struct ember_incoming *in, struct ember_packet *packet)
{
	while (!in->hopeless && in->held && in->held >= in->wanted) {
		const uint8_t *at = in->in.bytes + in->at;
		const uint8_t *first = memchr(at, EMBER_SEARCH_FIRST, in->held);
		uint32_t skipped = first ? (uint32_t)(first - at) : in->held;

		in->wanted = 0;
		if (!skipped) {
			in->wanted = ember_packet_bytes(at, in->held);
			if (in->wanted > in->held)
				break;
			in->hopeless = in->vain + in->wanted >
				       EMBER_SEARCH_CREDIT * (in->received - in->held) +
					       EMBER_SEARCH_START;
			if (in->hopeless)
				break;
			if (in->wanted && ember_packet_at(at, in->wanted, packet)) {
				ember_incoming_skip(in, packet->n);
				in->wanted = 0;
				return true;
			}
			in->vain += in->wanted;
			in->wanted = 0;
			skipped = 1;
		}
		in->nonsense += skipped;
		ember_incoming_skip(in, skipped);
	}
	return false;
}

void ember_incoming_free(struct ember_incoming *in)
{
	free(in->in.bytes);
	memset(in, 0, sizeof(*in));
}
