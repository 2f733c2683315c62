// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/serial_frame.h"

#include <stdlib.h>
#include <string.h>

/* What drivers of terminals take for something: BS, TAB, LF, VT, FF, CR, XON, XOFF, ESC. */
static bool ember_serial_frame_special(uint8_t byte)
{
	return (byte >= 8 && byte <= 13) || byte == EMBER_SERIAL_FRAME_ESCAPE ||
	       byte == 0x11 || byte == 0x13 || byte == 0x1b;
}

static void ember_serial_frame_byte(struct ember_buf *to, uint8_t byte, bool shared)
{
	uint8_t *at = ember_proto_room(to, 2);

	if (shared && ember_serial_frame_special(byte)) {
		*at++ = EMBER_SERIAL_FRAME_ESCAPE;
		byte ^= 0x40;
		to->used++;
	}
	*at = byte;
	to->used++;
}

void ember_serial_frame_put(const void *chunk, uint32_t n, bool shared, struct ember_buf *to)
{
	const uint8_t *at = chunk;
	uint32_t left = n + 1, run, i;

	ember_serial_frame_byte(to, 0, false);
	/* As if there were a zero behind it: each run but those of 254 ends in one. */
	while (left) {
		for (run = 0; run < 254 && run < left - 1 && at[run];)
			run++;
		ember_serial_frame_byte(to, run + 1, shared);
		for (i = 0; i < run; i++)
			ember_serial_frame_byte(to, at[i], shared);
		at += run;
		left -= run;
		if (run == 254 && left > 1)
			continue;
		at++;
		left--;
	}
	ember_serial_frame_byte(to, 0, false);
}

/* Without escapes, where it is; how many bytes. */
static uint32_t ember_serial_frame_plain(uint8_t *bytes, uint32_t n)
{
	uint32_t i, to = 0;

	for (i = 0; i < n; i++) {
		if (bytes[i] == EMBER_SERIAL_FRAME_ESCAPE && i + 1 < n)
			bytes[to++] = bytes[++i] ^ 0x40;
		else
			bytes[to++] = bytes[i];
	}
	return to;
}

/* What the runs stood for, at `to`, which has room for n bytes; 0: it's no frame. */
static uint32_t ember_serial_frame_decode(const uint8_t *bytes, uint32_t n, uint8_t *to)
{
	uint32_t at = 0, used = 0;

	while (at < n) {
		uint8_t run = bytes[at++];

		if (!run || run - 1u > n - at)
			return 0;
		memcpy(to + used, bytes + at, run - 1);
		used += run - 1;
		at += run - 1;
		if (run < 255 && at < n)
			to[used++] = 0;
	}
	return used;
}

/* What is held is a packet, and somebody gets it. */
static bool ember_serial_frames_whole(struct ember_serial_frames *f)
{
	uint8_t *to = ember_proto_room(&f->chunk, 2 * f->held.used + 1), *copy = to;
	struct ember_packet packet;
	uint32_t n = f->held.used;

	if (f->shared) {
		copy = to + f->held.used;
		memcpy(copy, f->held.bytes, n);
		n = ember_serial_frame_plain(copy, n);
	} else {
		copy = f->held.bytes;
	}
	n = ember_serial_frame_decode(copy, n, to);
	if (!n || !ember_packet_at(to, n, &packet) || packet.n != n)
		return false;
	f->got(f->context, &packet);
	return true;
}

static void ember_serial_frames_other(struct ember_serial_frames *f, const uint8_t *bytes,
				      uint32_t n)
{
	f->other_bytes += n;
	if (n && f->other)
		f->other(f->context, bytes, n);
}

/* What was held was none of a frame. */
static void ember_serial_frames_release(struct ember_serial_frames *f)
{
	ember_serial_frames_other(f, f->held.bytes, f->held.used);
	f->held.used = 0;
}

/*
 * Whether what is held can still become a chunk: a control character, since a header's
 * first 0 is early, and the magic, none of whose bytes is 0 or escaped. So text of a
 * console is known for what it is from its first letter on.
 */
static bool ember_serial_frames_may_be(const struct ember_serial_frames *f)
{
	uint32_t code = f->shared && f->held.bytes[0] == EMBER_SERIAL_FRAME_ESCAPE ? 2 : 1;
	uint32_t n = f->held.used > code ? f->held.used - code : 0;

	/* The last byte of the magic depends on the type of packet: leave it out. */
	if (n > EMBER_CHUNK_MAGIC_BYTES - 1)
		n = EMBER_CHUNK_MAGIC_BYTES - 1;
	return f->held.bytes[0] < ' ' && !memcmp(f->held.bytes + code, EMBER_CHUNK_MAGIC, n) &&
	       f->held.used < (f->shared ? 2 : 1) * EMBER_SERIAL_FRAME_MAX;
}

void ember_serial_frames_take(struct ember_serial_frames *f, const uint8_t *bytes, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (!bytes[i]) {
			/* It ends one, or begins one, or both where a 0 was lost. */
			if (f->held.used && !ember_serial_frames_whole(f))
				ember_serial_frames_release(f);
			f->held.used = 0;
			f->inside = true;
			continue;
		}
		if (!f->inside) {
			ember_serial_frames_other(f, bytes + i, 1);
			continue;
		}
		*ember_proto_room(&f->held, 1) = bytes[i];
		f->held.used++;
		if (!ember_serial_frames_may_be(f)) {
			ember_serial_frames_release(f);
			f->inside = false;
		}
	}
}

void ember_serial_frames_free(struct ember_serial_frames *f)
{
	free(f->held.bytes);
	free(f->chunk.bytes);
}
