// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/packet.h"

#include <string.h>

#define EMBER_PACKET_COMMON 3 /* bytes that both magics begin with */

bool ember_packet_next(const uint8_t *bytes, size_t n, size_t *at, struct ember_packet *p,
		       uint64_t *skipped)
{
	size_t begin = *at, chunk_at;
	uint64_t none;

	for (; *at < n; (*at)++) {
		const uint8_t *magic =
			memmem(bytes + *at, n - *at, EMBER_CHUNK_MAGIC, EMBER_PACKET_COMMON);

		if (!magic)
			break;
		*at = chunk_at = magic - bytes;
		*skipped = *at - begin;
		p->bytes = magic;
		p->sealed = ember_sealed_at(magic, n - *at, &p->seal);
		if (p->sealed) {
			p->n = p->seal.n;
			*at += p->n;
			return true;
		}
		if (ember_chunk_next(bytes, n, &chunk_at, &p->chunk, &none) && !none) {
			p->n = chunk_at - *at;
			*at = chunk_at;
			return true;
		}
	}
	*skipped = n - begin;
	*at = n;
	return false;
}
