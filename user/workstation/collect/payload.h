/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a collector looks for in a chunk's payload. */
#ifndef EMBER_COLLECT_PAYLOAD_H
#define EMBER_COLLECT_PAYLOAD_H

#include "log/chunk.h"
#include "log/stream_clock.h"
#include "log/stream_header.h"

struct ember_payload {
	enum ember_header_found found;	/* whether `hello` is one */
	struct ember_stream_header hello;
	bool malformed;			/* the payload cannot be inflated or parsed */
	bool shown;			/* it has samples, or may have some */
	uint64_t sent;			/* samples up to it; 0: it says none */
	struct ember_stream_clock clock;	/* one that is not set; monotonic_ns 0: none */
};

/* Looks at so much of the payload as is in proportion to the chunk. */
void ember_payload_read(struct ember_payload *payload, const struct ember_chunk *chunk,
		     struct ember_buf *room);
/* A note that sets the clock of a board that has none, appended to `to`. */
void ember_payload_note(const struct ember_payload *payload, const struct ember_chunk *chunk,
		     struct ember_buf *to);

#endif
