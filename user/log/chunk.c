// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/chunk.h"

#include <endian.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "base/crc32c.h"

/* 4 KiB of window and as much for finding things in it: 40 KiB in all. */
#define EMBER_PACK_WINDOW 12
#define EMBER_PACK_MEMORY 5

struct ember_chunk_header {
	uint8_t magic[4];
	uint8_t version, flags, bytes, reserved;
	uint32_t stream, sequence, n;
	uint32_t crc; /* of all before it, and the payload */
};
_Static_assert(sizeof(struct ember_chunk_header) == EMBER_CHUNK_HEADER, "header");

struct ember_packer {
	z_stream stream;
	struct ember_buf payload;
};

struct ember_packer *ember_packer_new(void)
{
	struct ember_packer *p = ember_xrealloc(NULL, 1, sizeof(*p));

	memset(p, 0, sizeof(*p));
	if (deflateInit2(&p->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -EMBER_PACK_WINDOW,
			 EMBER_PACK_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		memset(&p->stream, 0, sizeof(p->stream));
	return p;
}

void ember_packer_free(struct ember_packer *p)
{
	if (!p)
		return;
	deflateEnd(&p->stream);
	free(p->payload.bytes);
	free(p);
}

/* Its bytes at `to`, or 0: they'd be no fewer. */
static uint32_t ember_chunk_deflate(struct ember_packer *p, const void *plain, uint32_t n,
				    uint8_t *to)
{
	z_stream *z = &p->stream;

	if (!z->state || deflateReset(z) != Z_OK)
		return 0;
	z->next_in = (void *)plain;
	z->avail_in = n;
	z->next_out = to;
	z->avail_out = n;
	if (deflate(z, Z_FINISH) != Z_STREAM_END || !z->avail_out)
		return 0;
	return n - z->avail_out;
}

static uint32_t ember_chunk_crc(const struct ember_chunk_header *h, const uint8_t *payload)
{
	uint32_t before = __builtin_offsetof(struct ember_chunk_header, crc);

	return ember_crc32c(ember_crc32c(0, h, before), payload, le32toh(h->n));
}

void ember_chunk_pack(struct ember_packer *packer, const void *plain, uint32_t n,
		      struct ember_chunk *chunk)
{
	uint8_t *room = ember_proto_room(&packer->payload, n);
	uint32_t packed = ember_chunk_deflate(packer, plain, n, room);

	chunk->flags |= packed ? EMBER_CHUNK_DEFLATED : 0;
	chunk->payload = packed ? room : plain;
	chunk->n = packed ? packed : n;
}

void ember_chunk_put(const struct ember_chunk *chunk, struct ember_buf *to)
{
	struct ember_chunk_header h = { .magic = EMBER_CHUNK_MAGIC,
					.version = EMBER_CHUNK_VERSION,
					.flags = chunk->flags,
					.bytes = sizeof(h),
					.stream = htole32(chunk->stream),
					.sequence = htole32(chunk->sequence),
					.n = htole32(chunk->n) };
	uint8_t *at = ember_proto_room(to, sizeof(h) + chunk->n);

	h.crc = htole32(ember_chunk_crc(&h, chunk->payload));
	memcpy(at, &h, sizeof(h));
	if (chunk->n)
		memcpy(at + sizeof(h), chunk->payload, chunk->n);
	to->used += sizeof(h) + chunk->n;
}

uint32_t ember_chunk_bytes(const void *bytes, size_t n)
{
	struct ember_chunk_header h;
	size_t magic = n < sizeof(h.magic) ? n : sizeof(h.magic);

	if (n && memcmp(bytes, EMBER_CHUNK_MAGIC, magic))
		return 0;
	if (n < sizeof(h))
		return sizeof(h);
	memcpy(&h, bytes, sizeof(h));
	if (h.bytes != sizeof(h) || le32toh(h.n) > EMBER_CHUNK_MAX)
		return 0;
	return sizeof(h) + le32toh(h.n);
}

bool ember_chunk_at(const void *bytes, size_t n, struct ember_chunk *chunk)
{
	const uint8_t *payload = (const uint8_t *)bytes + EMBER_CHUNK_HEADER;
	uint32_t all = ember_chunk_bytes(bytes, n);
	struct ember_chunk_header h;

	if (!all || all > n)
		return false;
	memcpy(&h, bytes, sizeof(h));
	if (ember_chunk_crc(&h, payload) != le32toh(h.crc))
		return false;
	*chunk = (struct ember_chunk){ h.version,	    h.flags, le32toh(h.stream),
				       le32toh(h.sequence), payload, le32toh(h.n) };
	return true;
}

/* An ember_search_at. */
static bool ember_chunk_found(const void *bytes, size_t n, void *chunk)
{
	return ember_chunk_at(bytes, n, chunk);
}

bool ember_chunk_next(struct ember_search *search, struct ember_chunk *chunk)
{
	return ember_search_next(search, ember_chunk_bytes, ember_chunk_found, chunk);
}

const uint8_t *ember_chunk_prefix(const struct ember_chunk *chunk, struct ember_buf *room,
				  uint32_t most, uint32_t *n, bool *whole)
{
	z_stream z = { .next_in = (void *)chunk->payload, .avail_in = chunk->n };
	int status;

	*whole = false;
	if (!(chunk->flags & EMBER_CHUNK_DEFLATED)) {
		*whole = chunk->n <= most;
		*n = *whole ? chunk->n : most;
		return chunk->payload;
	}
	if (inflateInit2(&z, -15) != Z_OK)
		return NULL;
	room->used = 0;
	do {
		uint32_t more = room->used ? room->used : 4 * chunk->n + 256;

		if (more > most - room->used)
			more = most - room->used;
		z.next_out = ember_proto_room(room, more);
		z.avail_out = more;
		status = inflate(&z, Z_NO_FLUSH);
		room->used += more - z.avail_out;
	} while (status == Z_OK && !z.avail_out && room->used < most);
	inflateEnd(&z);
	*n = room->used;
	*whole = status == Z_STREAM_END && !z.avail_in;
	return *whole || (status == Z_OK && room->used == most) ? room->bytes : NULL;
}

const uint8_t *ember_chunk_plain(const struct ember_chunk *chunk, struct ember_buf *room,
				 uint32_t *n)
{
	bool whole;
	const uint8_t *plain = ember_chunk_prefix(chunk, room, EMBER_CHUNK_MAX, n, &whole);

	return whole ? plain : NULL;
}
