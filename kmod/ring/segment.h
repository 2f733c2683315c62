/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records into the segments of one ring of the flight recorder: one writer, and no reader but
 * after a reboot. What a reboot may interrupt is in order: a frame's head comes behind its
 * records, a segment's behind the emptiness of its first frame. Arithmetic and stores only,
 * which the host's tests run too.
 */
#ifndef EMBER_SEGMENT_H
#define EMBER_SEGMENT_H

#ifdef __KERNEL__
#include <linux/compiler.h>
#include <linux/crc32.h>
#include <linux/kconfig.h>
#include <linux/string.h>
#include <asm/barrier.h>
#endif

#include "../base/uapi.h"
#include "ring.h"
#include "../../include/uapi/emberprof_flight.h"

struct ember_flight_ring {
	u8 *segment;			/* the ring's first, in the region */
	u32 nr;				/* segments */
	u32 bytes;			/* of each */
	u32 ring;
	u32 generation;
	u32 at;				/* the current segment, once there is one, */
	u32 used;			/* bytes of it, */
	u32 seed;			/* and its CRC */
	u64 sequence;			/* and number; 0: there is none yet */
};

#ifdef __KERNEL__
/* flight.c refuses a kernel that doesn't have it built in. */
static inline u32 ember_flight_crc(u32 seed, const void *bytes, u32 n)
{
#if IS_BUILTIN(CONFIG_CRC32)
	return ~crc32_le(~seed, bytes, n);
#else
	return 0;
#endif
}
#endif

/* Whether the current segment has room for a frame of so many bytes. */
static inline bool ember_flight_fits(const struct ember_flight_ring *r, u32 bytes)
{
	return r->sequence &&
	       r->bytes - r->used >= sizeof(struct ember_flight_frame) + bytes;
}

/*
 * Begin the ring's next segment at `now` (CLOCK_MONOTONIC, ns), in place of its oldest. The
 * caller repeats all definitions that the segment's samples will need.
 */
static inline void ember_flight_open(struct ember_flight_ring *r, u64 now)
{
	struct ember_flight_segment head = {
		.magic = EMBER_FLIGHT_SEGMENT_MAGIC,
		.generation = r->generation,
		.ring = r->ring,
		.sequence = ++r->sequence,
		.time = now,
	};
	const u32 named = sizeof(head.magic), checked = named + sizeof(head.crc);
	struct ember_flight_segment *to;

	r->at = r->sequence > 1 && r->at + 1 < r->nr ? r->at + 1 : 0;
	to = (void *)(r->segment + (size_t)r->at * r->bytes);
	head.crc = ember_flight_crc(0, (u8 *)&head + checked, sizeof(head) - checked);
	WRITE_ONCE(to->magic, 0);
	wmb(); /* the old head is gone before anything of the new one comes */
	memcpy((u8 *)to + named, (u8 *)&head + named, sizeof(head) - named);
	memset((u8 *)to + sizeof(head), 0, sizeof(struct ember_flight_frame));
	wmb(); /* and the magic comes last */
	WRITE_ONCE(to->magic, head.magic);
	r->seed = head.crc;
	r->used = sizeof(head);
}

/* Append records, a multiple of 8 bytes, for which there is room. */
static inline void ember_flight_append(struct ember_flight_ring *r, const void *records, u32 n)
{
	u8 *to = r->segment + (size_t)r->at * r->bytes + r->used;
	struct ember_flight_frame frame = { .bytes = n };

	frame.crc = ember_flight_crc(r->seed, &frame.bytes, sizeof(frame.bytes));
	frame.crc = ember_flight_crc(frame.crc, records, n);
	r->used += sizeof(frame) + n;
	memcpy(to + sizeof(frame), records, n);
	/* What follows is of no frame, even if it's one that was here before. */
	if (ember_flight_fits(r, 0))
		memset(to + sizeof(frame) + n, 0, sizeof(frame));
	wmb(); /* the records come before the head that covers them */
	memcpy(to, &frame, sizeof(frame));
}

/*
 * Before a transaction of the ring, which nobody else reads, of at most so many bytes. True: it
 * begins a segment, in which nothing is defined yet.
 */
static inline bool ember_flight_begin(struct ember_flight_ring *r, struct ember_ring *ring,
				      u32 most, u64 now)
{
	bool full = !ember_flight_fits(r, most);

	ember_ring_restart(ring);
	if (full)
		ember_flight_open(r, now);
	return full;
}

/* Behind it: its records become a frame. */
static inline void ember_flight_end(struct ember_flight_ring *r, const struct ember_ring *ring)
{
	ember_flight_append(r, ring->data, ring->committed);
}

/*
 * A definition, as a frame. True: it begins the other half of the segments, in which nothing is
 * defined yet.
 */
static inline bool ember_flight_define(struct ember_flight_ring *r,
				       const struct ember_record *record, u64 now)
{
	bool again = false;

	if (!ember_flight_fits(r, record->size)) {
		ember_flight_open(r, now);
		again = r->sequence > 1 && (!r->at || r->at == r->nr / 2);
	}
	ember_flight_append(r, record, record->size);
	return again;
}

#endif
