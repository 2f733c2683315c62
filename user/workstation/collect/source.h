/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workstation's ends of links, and where a packet came from. */
#ifndef EMBER_COLLECT_SOURCE_H
#define EMBER_COLLECT_SOURCE_H

#include "base/address.h"
#include "base/loop.h"
#include "workstation/collect/faults.h"
#include "link/serial_frame.h"
#include "link/incoming.h"

struct ember_source {
	struct ember_address address;
	bool connection;		/* that came to a TCP listener, and goes away again */
	union ember_inet from;		/* whose connection */
	socklen_t from_bytes;
	uint64_t packets;		/* of a connection */
	uint64_t heard_ns;		/* CLOCK_MONOTONIC: its begin, or its last packet */
	int fd;				/* < 0: a line that isn't there */
	int pty;			/* a shared line's console; < 0: stdout has it */
	uint64_t retry_ns;		/* CLOCK_MONOTONIC */
	bool failing;			/* said */
	struct ember_serial_frames frames;	/* of a serial line */
	struct ember_incoming in;	/* of a connection */
	struct ember_buf out;		/* of a connection or line */
	uint32_t place;			/* in the loop's turn */
	uint32_t number;		/* never used again; numbers rise in the list */
};

/* Where a packet came from. */
struct ember_peer {
	uint32_t source;		/* its number */
	union ember_inet inet;		/* of UDP */
	socklen_t bytes;
};

typedef void ember_source_got(void *context, const struct ember_peer *peer,
			      const struct ember_packet *packet);

struct ember_sources {			/* begins zeroed, but for `faults` */
	struct ember_faults *faults;
	struct ember_source **item;
	uint32_t nr, size, numbers;
	uint32_t connections, most;	/* that there are; that there may be */
	uint64_t held;			/* bytes of unfinished packets of all connections */
	uint32_t waited;		/* items that the loop waits for, the first ones */
	ember_source_got *got;
	void *context;
	bool pty;			/* consoles are to have one */
	uint64_t bytes;			/* that came */
};

struct ember_source *ember_sources_new(struct ember_sources *sources);
/* Closes and frees item i; those behind it move up. */
void ember_source_remove(struct ember_sources *sources, uint32_t i);
/* NULL: it is there no more. */
struct ember_source *ember_sources_find(const struct ember_sources *sources, uint32_t number);
bool ember_inet_same_host(const union ember_inet *a, const union ember_inet *b);
/* A peer's address without its port, or a line's device, for messages. */
void ember_sources_peer(const struct ember_sources *sources, const struct ember_peer *peer,
			char text[EMBER_FAULT_PEER_MAX]);
/* Counts n faults of a peer; see collect/faults.h. */
void ember_source_fault(struct ember_sources *sources, enum ember_fault kind, uint64_t n,
			const struct ember_peer *peer);
/* Sends what waits, as far as that goes without waiting; false: it can't any more. */
bool ember_source_flush(struct ember_source *source);
void ember_sources_free(struct ember_sources *sources);

#endif
