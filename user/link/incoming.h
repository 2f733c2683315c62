/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A byte stream that is cut into packets. The work is linear in the bytes received, however
 * they are split: a header that announces a packet is looked at again only when the whole
 * packet is there, and checksums that do not match are charged to a credit that grows with
 * the bytes passed.
 */
#ifndef EMBER_INCOMING_H
#define EMBER_INCOMING_H

#include "link/packet.h"

struct ember_incoming {			/* begins zeroed */
	struct ember_buf in;
	uint32_t at;			/* bytes of it that are done with */
	uint32_t held;			/* bytes behind those */
	uint32_t wanted;		/* of held, before another look makes sense */
	uint64_t received;		/* bytes in all */
	uint64_t nonsense;		/* bytes that were in no packet */
	uint64_t vain;			/* bytes of checksums that did not match */
	bool hopeless;			/* the credit is spent: close the connection */
};

/*
 * Adds n bytes. Call ember_incoming_next() until it returns false before the next call: then
 * less than EMBER_PACKET_MAX bytes stay held. Returns false if the stream is hopeless.
 */
bool ember_incoming_add(struct ember_incoming *incoming, const void *bytes, uint32_t n);
/*
 * Takes the next packet, which is valid until the next call of either function. Returns false
 * if more bytes are needed.
 */
bool ember_incoming_next(struct ember_incoming *incoming, struct ember_packet *packet);
void ember_incoming_free(struct ember_incoming *incoming);

#endif
