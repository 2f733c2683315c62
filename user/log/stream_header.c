// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/stream_header.h"

#include <stdio.h>

#include "log/fields.h"

void ember_stream_header_put(struct ember_buf *to, const struct ember_stream_header *h)
{
	ember_proto_text(to, EMBER_HELLO_BOARD, h->board);
	ember_proto_text(to, EMBER_HELLO_BOOT, h->boot);
	ember_proto_number(to, EMBER_HELLO_SESSION, h->session);
	ember_proto_text(to, EMBER_HELLO_RELEASE, h->release);
	ember_proto_number(to, EMBER_HELLO_CPUS, h->cpus);
	ember_proto_number(to, EMBER_HELLO_PERIOD, h->period_ns);
	ember_proto_number(to, EMBER_HELLO_UNIT, h->unit_ns);
	ember_proto_number(to, EMBER_HELLO_BUDGET, h->budget);
	ember_proto_number(to, EMBER_HELLO_CLOCK_OFF, h->clock_off);
}

static void ember_text_get(char *to, size_t room, const struct ember_field *f)
{
	if (!f->numeric)
		snprintf(to, room, "%.*s", (int)(f->n < room ? f->n : room - 1),
			 (const char *)f->bytes);
}

/* Decodes one HELLO. EMBER_HEADER_NONE: it has none of the three fields of an identity. */
static enum ember_header_found ember_stream_header_get(struct ember_stream_header *h,
						       const struct ember_field *hello)
{
	struct ember_message m = ember_proto_read(hello->bytes, hello->n);
	bool named = false;
	struct ember_field f;

	*h = (struct ember_stream_header){};
	while (ember_proto_field(&m, &f)) {
		uint64_t value = f.numeric ? f.value : 0;

		named |= f.number == EMBER_HELLO_BOARD || f.number == EMBER_HELLO_BOOT ||
			 f.number == EMBER_HELLO_PERIOD;
		switch (f.number) {
		case EMBER_HELLO_BOARD: ember_text_get(h->board, sizeof(h->board), &f); break;
		case EMBER_HELLO_BOOT: ember_text_get(h->boot, sizeof(h->boot), &f); break;
		case EMBER_HELLO_RELEASE:
			ember_text_get(h->release, sizeof(h->release), &f);
			break;
		case EMBER_HELLO_SESSION: h->session = value; break;
		case EMBER_HELLO_CPUS: h->cpus = value; break;
		case EMBER_HELLO_PERIOD: h->period_ns = value; break;
		case EMBER_HELLO_BUDGET: h->budget = value; break;
		case EMBER_HELLO_UNIT: h->unit_ns = value; break;
		case EMBER_HELLO_CLOCK_OFF: h->clock_off = value; break;
		}
	}
	if (!named)
		return EMBER_HEADER_NONE;
	return m.bad || !h->period_ns || !h->unit_ns ? EMBER_HEADER_BAD : EMBER_HEADER_FOUND;
}

enum ember_header_found ember_stream_header_read(const uint8_t *plain, size_t n,
						 struct ember_stream_header *header)
{
	struct ember_message m = ember_proto_read(plain, n);
	enum ember_header_found found = EMBER_HEADER_NONE, one;
	struct ember_stream_header h;
	struct ember_field f;
	bool first = true;

	for (; ember_proto_field(&m, &f); first = false) {
		if (f.number != EMBER_CHUNK_HELLO || f.numeric)
			continue;
		one = ember_stream_header_get(&h, &f);
		if (one == EMBER_HEADER_NONE)
			continue;
		if (!first || one == EMBER_HEADER_BAD)
			return EMBER_HEADER_BAD;
		*header = h;
		found = EMBER_HEADER_FOUND;
	}
	return found;
}
