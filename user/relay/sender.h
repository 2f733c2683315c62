/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When requests go out, and what becomes of them. */
#ifndef EMBER_RELAY_SENDER_H
#define EMBER_RELAY_SENDER_H

#include "relay/client.h"

struct ember_sender_count {
	uint64_t profiles, samples;
};

struct ember_relay_sender {
	struct ember_client *http;
	struct ember_sender_count sent, refused, uncertain;
	uint64_t retries;		/* requests that were certainly not taken */
	uint32_t failed;		/* of them in a row */
	bool busy;			/* the latest of them: the server has asked for a later try */
	uint64_t due_ns;		/* CLOCK_MONOTONIC: none goes out before */
	char why[EMBER_ANSWER_WHY];	/* of the latest failure; "": none since then */
	struct ember_sender_said {	/* one line a minute for each verdict */
		uint64_t said_ns, left_out;
	} said[EMBER_VERDICT_UNCERTAIN + 1];
};

/*
 * Post it, and count what became of it. AGAIN: not before due_ns, which grows with each failure
 * up to a minute, or is what the server asks for, up to an hour.
 */
enum ember_verdict ember_sender_post(struct ember_relay_sender *sender,
				     const struct ember_relay_request *request);

#endif
