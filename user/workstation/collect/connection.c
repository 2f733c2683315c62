// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define EMBER_CONNECTION_HELD	  (8u << 20) /* bytes of unfinished packets; then each may have */
#define EMBER_CONNECTION_SHARE	  (20u << 10) /* no more than this: a chunk of TCP's */
#define EMBER_CONNECTION_FIRST_NS 30000000000ull /* until a connection's first packet, */
#define EMBER_CONNECTION_IDLE_NS \
	300000000000ull /* and between two: boards send one a minute */
#define EMBER_CONNECTION_ACCEPTS 256 /* at once */

void ember_connection_close(struct ember_sources *all, uint32_t i)
{
	struct ember_peer peer = { .source = all->item[i]->number };

	ember_source_fault(all, EMBER_FAULT_CONNECTIONS, 1, &peer);
	ember_source_remove(all, i);
}

/*
 * The connection that a new one may replace: of `from`'s address where that has its share,
 * else of any; one without a packet before others, the one that is silent for longest first.
 */
static void ember_connection_make_room(struct ember_sources *all, const union ember_inet *from)
{
	uint32_t i, own = 0, found = all->nr;
	bool shared;

	for (i = 0; i < all->nr; i++)
		own += all->item[i]->connection &&
		       ember_inet_same_host(&all->item[i]->from, from);
	shared = own >= (all->most + 3) / 4;
	if (!shared && all->connections < all->most)
		return;
	for (i = 0; i < all->nr; i++) {
		const struct ember_source *s = all->item[i], *t;

		if (!s->connection || (shared && !ember_inet_same_host(&s->from, from)))
			continue;
		t = found < all->nr ? all->item[found] : NULL;
		if (!t || !s->packets > !t->packets ||
		    (!s->packets == !t->packets && s->heard_ns < t->heard_ns))
			found = i;
	}
	if (found < all->nr)
		ember_connection_close(all, found);
}

void ember_connection_accept(struct ember_sources *all, const struct ember_address *address,
			     int listener)
{
	uint32_t turn;

	for (turn = 0; turn < EMBER_CONNECTION_ACCEPTS; turn++) {
		struct ember_source *c;
		union ember_inet from = {};
		socklen_t bytes = sizeof(from);
		int fd = accept4(listener, &from.any, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		ember_connection_make_room(all, &from);
		c = ember_sources_new(all);
		c->address = *address;
		c->connection = true;
		c->from = from;
		c->from_bytes = bytes;
		c->heard_ns = ember_clock_ns(CLOCK_MONOTONIC);
		c->fd = fd;
		all->connections++;
	}
}

bool ember_connection_read(struct ember_sources *all, struct ember_source *s)
{
	struct ember_peer peer = { .source = s->number };
	uint64_t before = s->in.nonsense;
	struct ember_packet packet;
	uint8_t bytes[16384];
	ssize_t n = read(s->fd, bytes, sizeof(bytes));
	bool good;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	all->bytes += n;
	all->held -= s->in.held;
	good = ember_incoming_add(&s->in, bytes, n);
	while (good && ember_incoming_next(&s->in, &packet)) {
		s->packets++;
		s->heard_ns = ember_clock_ns(CLOCK_MONOTONIC);
		all->got(all->context, &peer, &packet);
	}
	all->held += s->in.held;
	/* What one long packet took is not kept for the short ones that follow. */
	if (!s->in.held && s->in.in.size > 2 * EMBER_CONNECTION_SHARE) {
		free(s->in.in.bytes);
		s->in.in = (struct ember_buf){};
		s->in.at = 0;
	}
	ember_source_fault(all, EMBER_FAULT_NOISE, s->in.nonsense - before, &peer);
	if (!good || s->in.hopeless ||
	    (all->held > EMBER_CONNECTION_HELD && s->in.held > EMBER_CONNECTION_SHARE)) {
		ember_source_fault(all, EMBER_FAULT_CONNECTIONS, 1, &peer);
		return false;
	}
	return true;
}

bool ember_connection_has_expired(const struct ember_source *s, uint64_t now)
{
	return s->connection && now - s->heard_ns > (s->packets ? EMBER_CONNECTION_IDLE_NS :
								  EMBER_CONNECTION_FIRST_NS);
}
