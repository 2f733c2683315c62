// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"
#include "workstation/collect/connection.h"
#include "workstation/collect/line.h"

#define EMBER_LINKS_OUT		(4u << 10) /* bytes of answers that wait, at most */
#define EMBER_LINKS_BUFFER	(4 << 20) /* of a UDP socket */
#define EMBER_LINKS_CONNECTIONS 1024
#define EMBER_LINKS_SPARE	64 /* descriptors that connections leave to others */
#define EMBER_LINKS_TURN_NS	20000000ull /* of one UDP socket, before others have theirs */

static int ember_link_listen(struct ember_source *s)
{
	bool tcp = s->address.link == EMBER_LINK_TCP;
	int one = 1, room = EMBER_LINKS_BUFFER;

	s->fd = socket(s->address.inet.any.sa_family,
		       (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return ember_error("%s: %s", s->address.text, strerror(errno));
	if (tcp)
		setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	else if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(s->fd, &s->address.inet.any, s->address.inet_bytes) ||
	    (tcp && listen(s->fd, 64)))
		return ember_error("%s: %s", s->address.text, strerror(errno));
	return 0;
}

int ember_links_add(struct ember_sources *all, const char *text)
{
	struct ember_source *s = ember_sources_new(all);
	const char *why = ember_address_parse(&s->address, text);

	if (why)
		return ember_error("%s: %s", text, why);
	if (s->address.link != EMBER_LINK_SERIAL)
		return ember_link_listen(s);
	s->frames.shared = s->address.shared;
	if (s->address.shared && all->pty && ember_line_pty(s))
		return 1;
	ember_line_open(s);
	return 0;
}

void ember_links_limit(struct ember_sources *all)
{
	struct rlimit limit;

	all->most = EMBER_LINKS_CONNECTIONS;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	if (limit.rlim_cur < limit.rlim_max &&
	    limit.rlim_cur < EMBER_LINKS_CONNECTIONS + EMBER_LINKS_SPARE) {
		limit.rlim_cur = limit.rlim_max;
		if (limit.rlim_cur > EMBER_LINKS_CONNECTIONS + EMBER_LINKS_SPARE)
			limit.rlim_cur = EMBER_LINKS_CONNECTIONS + EMBER_LINKS_SPARE;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur < EMBER_LINKS_CONNECTIONS + EMBER_LINKS_SPARE)
		all->most = limit.rlim_cur > 2 * EMBER_LINKS_SPARE ?
				    limit.rlim_cur - EMBER_LINKS_SPARE :
				    limit.rlim_cur / 2;
}

void ember_links_wait(struct ember_sources *all, struct ember_loop *loop)
{
	uint32_t i;

	all->waited = all->nr;
	for (i = 0; i < all->nr; i++) {
		struct ember_source *s = all->item[i];

		s->place = ember_loop_fd(loop, s->fd, POLLIN | (s->out.used ? POLLOUT : 0));
		ember_loop_fd(loop, s->pty, POLLIN);
	}
}

static void ember_link_datagrams(struct ember_sources *all, struct ember_source *s)
{
	static uint8_t bytes[65536];
	uint64_t begun = ember_clock_ns(CLOCK_MONOTONIC);
	uint32_t turn;

	for (turn = 1;; turn++) {
		struct ember_peer peer = { .source = s->number, .bytes = sizeof(peer.inet) };
		ssize_t n =
			recvfrom(s->fd, bytes, sizeof(bytes), 0, &peer.inet.any, &peer.bytes);
		struct ember_packet packet;
		struct ember_search search;
		uint64_t noise = 0;

		if (n < 0 && errno != EINTR && errno != ECONNREFUSED)
			return;
		/* Others want to be looked at, too. */
		if (turn % 64 == 0 &&
		    ember_clock_ns(CLOCK_MONOTONIC) - begun > EMBER_LINKS_TURN_NS)
			return;
		if (n <= 0)
			continue;
		all->bytes += n;
		ember_search_begin(&search, bytes, n);
		while (ember_packet_next(&search, &packet)) {
			noise += search.skipped;
			all->got(all->context, &peer, &packet);
		}
		ember_source_fault(all, EMBER_FAULT_NOISE, noise + search.skipped, &peer);
	}
}

/* False: a connection that has ended. */
static bool ember_link_turn(struct ember_sources *all, struct ember_source *s, bool ready)
{
	bool good = true;

	if (s->address.link == EMBER_LINK_SERIAL)
		ember_line_turn(all, s);
	else if (s->address.link == EMBER_LINK_UDP && ready)
		ember_link_datagrams(all, s);
	else if (s->connection && ready)
		good = ember_connection_read(all, s);
	if (good && s->fd >= 0 && s->out.used)
		good = ember_source_flush(s);
	if (good || s->address.link != EMBER_LINK_SERIAL)
		return good;
	ember_line_broken(s, EIO);
	return true;
}

void ember_links_turn(struct ember_sources *all, const struct ember_loop *loop)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint32_t i, left;

	/* Items that go move those behind them. */
	for (i = 0, left = all->waited; left; left--) {
		struct ember_source *s = all->item[i];

		if (ember_connection_has_expired(s, now))
			ember_connection_close(all, i);
		else if (!ember_link_turn(all, s, ember_loop_ready(loop, s->place)))
			ember_source_remove(all, i);
		else
			i++;
	}
	for (i = 0; i < all->nr; i++) {
		const struct ember_source *s = all->item[i];
		struct ember_address address = s->address;

		/* Listeners come before any connection. */
		if (s->connection)
			break;
		if (s->address.link == EMBER_LINK_TCP)
			ember_connection_accept(all, &address, s->fd);
	}
	all->waited = 0;
}

void ember_links_answer(struct ember_sources *all, const struct ember_peer *peer,
			const void *bytes, uint32_t n)
{
	struct ember_source *s = ember_sources_find(all, peer->source);

	if (!s || s->fd < 0 || s->address.shared)
		return;
	if (s->address.link == EMBER_LINK_UDP) {
		/* One that is lost is sent again. */
		if (sendto(s->fd, bytes, n, MSG_DONTWAIT, &peer->inet.any, peer->bytes) < 0)
			return;
	} else if (s->out.used < EMBER_LINKS_OUT) {
		if (s->address.link == EMBER_LINK_SERIAL)
			ember_serial_frame_put(bytes, n, false, &s->out);
		else
			ember_proto_copy(&s->out, bytes, n);
		ember_source_flush(s);
	}
}
