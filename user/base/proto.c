// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/proto.h"

#include <string.h>

#include "base/memory.h"
#include "base/varint.h"

enum {
	EMBER_WIRE_VARINT,
	EMBER_WIRE_64,
	EMBER_WIRE_BYTES,
	EMBER_WIRE_GROUP,
	EMBER_WIRE_GROUP_END,
	EMBER_WIRE_32
};

uint8_t *ember_proto_room(struct ember_buf *p, uint32_t n)
{
	if (!p->size || p->size - p->used < n) {
		p->size += p->size / 2 + n + 256;
		p->bytes = ember_xrealloc(p->bytes, p->size, 1);
	}
	return p->bytes + p->used;
}

void ember_proto_varint(struct ember_buf *p, uint64_t value)
{
	uint8_t *at = ember_proto_room(p, 10);

	for (; value > 127; value >>= 7)
		*at++ = 128 | value;
	*at++ = value;
	p->used = at - p->bytes;
}

void ember_proto_delta(struct ember_buf *p, uint64_t *last, uint64_t value)
{
	ember_proto_varint(p, ember_zigzag(value - *last));
	*last = value;
}

void ember_proto_number(struct ember_buf *p, unsigned int field, uint64_t value)
{
	if (!value)
		return;
	ember_proto_varint(p, field << 3 | EMBER_WIRE_VARINT);
	ember_proto_varint(p, value);
}

void ember_proto_copy(struct ember_buf *p, const void *bytes, uint32_t n)
{
	if (n)
		memcpy(ember_proto_room(p, n), bytes, n);
	p->used += n;
}

void ember_proto_drop(struct ember_buf *p, uint32_t n)
{
	p->used -= n;
	if (p->used && n)
		memmove(p->bytes, p->bytes + n, p->used);
}

void ember_proto_bytes(struct ember_buf *p, unsigned int field, const void *bytes, uint32_t n)
{
	ember_proto_varint(p, field << 3 | EMBER_WIRE_BYTES);
	ember_proto_varint(p, n);
	ember_proto_copy(p, bytes, n);
}

void ember_proto_text(struct ember_buf *p, unsigned int field, const char *text)
{
	if (*text)
		ember_proto_bytes(p, field, text, strlen(text));
}

void ember_proto_append(struct ember_buf *p, struct ember_buf *part)
{
	ember_proto_copy(p, part->bytes, part->used);
	part->used = 0;
}

void ember_proto_part(struct ember_buf *p, unsigned int field, struct ember_buf *part)
{
	ember_proto_bytes(p, field, part->bytes, part->used);
	part->used = 0;
}

bool ember_proto_packed(struct ember_message *m, uint64_t *value)
{
	unsigned int shift;

	*value = 0;
	for (shift = 0; m->at < m->end && shift < 70; shift += 7) {
		if (shift < 64)
			*value |= (uint64_t)(*m->at & 127) << shift;
		if (!(*m->at++ & 128))
			return true;
	}
	m->bad |= shift > 0;
	return false;
}

bool ember_proto_field(struct ember_message *m, struct ember_field *f)
{
	uint64_t key, n = 0;

	if (m->bad || !ember_proto_packed(m, &key))
		return false;
	f->number = key >> 3;
	f->value = 0;
	f->numeric = (key & 7) == EMBER_WIRE_VARINT;
	switch (key & 7) {
	case EMBER_WIRE_VARINT:
		if (ember_proto_packed(m, &f->value))
			return true;
		m->bad = true;
		return false;
	case EMBER_WIRE_64: n = 8; break;
	case EMBER_WIRE_32: n = 4; break;
	case EMBER_WIRE_BYTES:
		if (ember_proto_packed(m, &n))
			break;
		m->bad = true;
		return false;
	default:
		/* Groups: no profile has them. */
		m->bad = true;
		return false;
	}
	if (n > (size_t)(m->end - m->at)) {
		m->bad = true;
		return false;
	}
	f->bytes = m->at;
	f->n = n;
	m->at += n;
	return true;
}
