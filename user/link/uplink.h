/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board's end of a link: takes whole chunks, never waits, and comes back by itself
 * when the line breaks.
 */
#ifndef EMBER_UPLINK_H
#define EMBER_UPLINK_H

#include "base/address.h"
#include "link/serial_frame.h"
#include "link/incoming.h"
#include "link/seal.h"

struct ember_uplink {
	struct ember_address address;
	int fd;				/* < 0: broken, or not there */
	bool connecting;		/* TCP, under way */
	bool fresh;			/* connected since somebody looked; who sends takes it back */
	bool failing;			/* said */
	uint64_t retry_ns;		/* CLOCK_MONOTONIC: not before */
	struct ember_buf out;		/* what the line has no room for, yet */
	uint32_t out_at;
	struct ember_incoming in;	/* of a TCP connection */
	struct ember_serial_frames frames;	/* of a serial line */
	struct ember_seal *seal;	/* the caller's; NULL: what goes out isn't sealed, and
					 * what comes needn't be */
	struct ember_buf sealed;
	uint64_t forged;		/* answers that weren't sealed by our key */
};

/* What the other end said. */
typedef void ember_uplink_heard(void *context, const struct ember_chunk *chunk);

/* Bytes of a chunk that go in one piece. */
uint32_t ember_uplink_chunk(const struct ember_uplink *port);
/* How many bytes a second it carries: of a serial line known, of others a guess. */
uint32_t ember_uplink_rate(const struct ember_uplink *port);

/* 0, or 1 (said): it can't be one. A line that isn't there now may come. */
int ember_uplink_open(struct ember_uplink *port, const char *text);
/* Tries again, and gets rid of what waits. */
void ember_uplink_turn(struct ember_uplink *port);
/* False: there's no room now. */
bool ember_uplink_send(struct ember_uplink *port, const void *chunk, uint32_t n);
/* Whether it's worth while to wait for `fd` to take more. */
bool ember_uplink_full(const struct ember_uplink *port);
void ember_uplink_read(struct ember_uplink *port, ember_uplink_heard *heard, void *context);
void ember_uplink_close(struct ember_uplink *port);

#endif
