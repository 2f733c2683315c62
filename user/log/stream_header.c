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

/* False: it isn't one, or only the rest of one, and *hello is as it was. */
static bool ember_stream_header_get(struct ember_stream_header *hello, const void *bytes,
				    size_t n)
{
	struct ember_message m = ember_proto_read(bytes, n);
	struct ember_stream_header got = {}, *h = &got;
	struct ember_field f;

	while (ember_proto_field(&m, &f)) {
		switch (f.number) {
		case EMBER_HELLO_BOARD: ember_text_get(h->board, sizeof(h->board), &f); break;
		case EMBER_HELLO_BOOT: ember_text_get(h->boot, sizeof(h->boot), &f); break;
		case EMBER_HELLO_RELEASE:
			ember_text_get(h->release, sizeof(h->release), &f);
			break;
		case EMBER_HELLO_SESSION: h->session = f.numeric ? f.value : 0; break;
		case EMBER_HELLO_CPUS: h->cpus = f.numeric ? f.value : 0; break;
		case EMBER_HELLO_PERIOD: h->period_ns = f.numeric ? f.value : 0; break;
		case EMBER_HELLO_BUDGET: h->budget = f.numeric ? f.value : 0; break;
		case EMBER_HELLO_UNIT: h->unit_ns = f.numeric ? f.value : 0; break;
		case EMBER_HELLO_CLOCK_OFF: h->clock_off = f.numeric && f.value; break;
		}
	}
	if (m.bad || !h->period_ns || !h->unit_ns)
		return false;
	*hello = got;
	return true;
}

/* Returns whether a HELLO has a field of the sender's identity. */
static bool ember_stream_header_names(const struct ember_field *hello)
{
	struct ember_message m = ember_proto_read(hello->bytes, hello->n);
	struct ember_field f;

	while (ember_proto_field(&m, &f))
		if (f.number == EMBER_HELLO_BOARD || f.number == EMBER_HELLO_BOOT ||
		    f.number == EMBER_HELLO_PERIOD)
			return true;
	return false;
}

enum ember_header_found ember_stream_header_read(const uint8_t *plain, size_t n,
						 struct ember_stream_header *hello)
{
	struct ember_message m = ember_proto_read(plain, n);
	enum ember_header_found found = EMBER_HEADER_NONE;
	struct ember_field f;
	bool first = true;

	for (; ember_proto_field(&m, &f); first = false) {
		if (f.number != EMBER_CHUNK_HELLO || f.numeric ||
		    !ember_stream_header_names(&f))
			continue;
		if (!first || !ember_stream_header_get(hello, f.bytes, f.n))
			return EMBER_HEADER_BAD;
		found = EMBER_HEADER_FOUND;
	}
	return found;
}
