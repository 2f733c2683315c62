/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks on a serial line: a 0, the chunk without a 0 in it (COBS: Cheshire and Baker,
 * 1999), a 0. On a line that is shared with a console no byte is one that a terminal's
 * driver would change on its way (new lines and the like): those go as EMBER_SERIAL_FRAME_ESCAPE
 * and the byte ^ 0x40.
 */
#ifndef EMBER_SERIAL_FRAME_H
#define EMBER_SERIAL_FRAME_H

#include "link/packet.h"

#define EMBER_SERIAL_FRAME_MAX		1024	/* bytes of a frame, zeros included */
#define EMBER_SERIAL_FRAME_CHUNK	1000	/* of what is in it */
#define EMBER_SERIAL_FRAME_SHARED	960	/* the same where bytes may have to be escaped */
#define EMBER_SERIAL_FRAME_ESCAPE	0x10

/* Appended to `to`. */
void ember_serial_frame_put(const void *chunk, uint32_t n, bool shared, struct ember_buf *to);

/* What came in a frame; and bytes that are in none, in their order. */
typedef void ember_serial_frame_got(void *context, const struct ember_packet *packet);
typedef void ember_serial_frame_other(void *context, const uint8_t *bytes, uint32_t n);

struct ember_serial_frames {			/* begins zeroed; free(held.bytes) at the end */
	bool shared;
	bool inside;			/* behind a 0, and all since may be a frame's */
	struct ember_buf held;	/* what came since */
	struct ember_buf chunk;
	ember_serial_frame_got *got;
	ember_serial_frame_other *other;	/* NULL: nobody wants it */
	void *context;
	uint64_t other_bytes;
};

/* What came from the line next. */
void ember_serial_frames_take(struct ember_serial_frames *frames, const uint8_t *bytes, uint32_t n);
void ember_serial_frames_free(struct ember_serial_frames *frames);

#endif
