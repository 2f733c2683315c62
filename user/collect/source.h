/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workstation's ends of links: packets come in, acknowledgements go out. */
#ifndef EMBER_COLLECT_SOURCE_H
#define EMBER_COLLECT_SOURCE_H

#include <poll.h>

#include "base/address.h"
#include "link/frame.h"

struct ember_source {
	struct ember_address address;
	bool connection;		/* that came to a TCP listener, and goes away again */
	int fd;				/* < 0: a line that isn't there */
	int pty;			/* a shared line's console; < 0: stdout has it */
	uint64_t retry_ns;		/* CLOCK_MONOTONIC */
	bool failing;			/* said */
	struct ember_frames frames;	/* of a serial line */
	struct ember_proto in, out;	/* of a connection or line */
	uint32_t number;		/* never used again */
};

/* Where a packet came from. */
struct ember_peer {
	uint32_t source;		/* its number */
	union ember_inet inet;		/* of UDP */
	socklen_t bytes;
};

typedef void ember_source_got(void *context, const struct ember_peer *peer,
			      const struct ember_packet *packet);

struct ember_sources {			/* begins zeroed */
	struct ember_source **item;
	uint32_t nr, size, numbers;
	struct pollfd *fds;
	uint32_t fds_size;
	ember_source_got *got;
	void *context;
	bool pty;			/* consoles are to have one */
	uint64_t bytes, nonsense;	/* that came; of them in no packet, but for consoles' */
};

/* text: an address (base/address.h) to listen at, or a serial line. 0, or 1 (said). */
int ember_sources_add(struct ember_sources *sources, const char *text);
/* What to wait for: *nr of them, until the next call. */
struct pollfd *ember_sources_fds(struct ember_sources *sources, uint32_t *nr);
/* After a poll: hands out what came, and sends what waits. */
void ember_sources_turn(struct ember_sources *sources);
/* To where a packet came from, if that's still there. */
void ember_sources_answer(struct ember_sources *sources, const struct ember_peer *peer,
			  const void *bytes, uint32_t n);
void ember_sources_free(struct ember_sources *sources);

#endif
