// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/packet.h"

uint32_t ember_packet_bytes(const void *bytes, size_t n)
{
	uint32_t chunk = ember_chunk_bytes(bytes, n);

	return chunk ? chunk : ember_sealed_bytes(bytes, n);
}

bool ember_packet_at(const void *bytes, size_t n, struct ember_packet *p)
{
	p->bytes = bytes;
	p->sealed = ember_sealed_at(bytes, n, &p->seal);
	if (p->sealed)
		p->n = p->seal.n;
	else if (ember_chunk_at(bytes, n, &p->chunk))
		p->n = EMBER_CHUNK_HEADER + p->chunk.n;
	else
		return false;
	return true;
}

/* An ember_search_at. */
static bool ember_packet_found(const void *bytes, size_t n, void *packet)
{
	return ember_packet_at(bytes, n, packet);
}

bool ember_packet_next(struct ember_search *search, struct ember_packet *packet)
{
	return ember_search_next(search, ember_packet_bytes, ember_packet_found, packet);
}
