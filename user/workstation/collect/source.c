// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

struct ember_source *ember_sources_new(struct ember_sources *all)
{
	struct ember_source *s = ember_xrealloc(NULL, 1, sizeof(*s));

	memset(s, 0, sizeof(*s));
	s->fd = s->pty = -1;
	s->number = ++all->numbers;
	all->item = ember_array_reserve(all->item, all->nr, &all->size, sizeof(*all->item));
	all->item[all->nr++] = s;
	return s;
}

static void ember_source_free(struct ember_source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->pty >= 0)
		close(s->pty);
	ember_serial_frames_free(&s->frames);
	ember_incoming_free(&s->in);
	free(s->out.bytes);
	free(s);
}

void ember_source_remove(struct ember_sources *all, uint32_t i)
{
	struct ember_source *s = all->item[i];

	all->connections -= s->connection;
	all->held -= s->in.held;
	ember_source_free(s);
	all->nr--;
	memmove(all->item + i, all->item + i + 1, (all->nr - i) * sizeof(*all->item));
}

struct ember_source *ember_sources_find(const struct ember_sources *all, uint32_t number)
{
	uint32_t from = 0, to = all->nr;

	while (from < to) {
		uint32_t i = (from + to) / 2;

		if (all->item[i]->number < number)
			from = i + 1;
		else
			to = i;
	}
	return from < all->nr && all->item[from]->number == number ? all->item[from] : NULL;
}

static const void *ember_inet_host(const union ember_inet *inet)
{
	return inet->any.sa_family == AF_INET6 ? (const void *)&inet->six.sin6_addr :
						 &inet->four.sin_addr;
}

bool ember_inet_same_host(const union ember_inet *a, const union ember_inet *b)
{
	return a->any.sa_family == b->any.sa_family &&
	       !memcmp(ember_inet_host(a), ember_inet_host(b),
		       a->any.sa_family == AF_INET6 ? sizeof(a->six.sin6_addr) :
						      sizeof(a->four.sin_addr));
}

void ember_sources_peer(const struct ember_sources *all, const struct ember_peer *peer,
			char text[EMBER_FAULT_PEER_MAX])
{
	const struct ember_source *s = ember_sources_find(all, peer->source);
	const union ember_inet *inet = peer->bytes ? &peer->inet : s ? &s->from : NULL;
	socklen_t bytes = peer->bytes ? peer->bytes : s ? s->from_bytes : 0;
	char host[INET6_ADDRSTRLEN];

	if (bytes && inet_ntop(inet->any.sa_family, ember_inet_host(inet), host, sizeof(host)))
		snprintf(text, EMBER_FAULT_PEER_MAX, "%s", host);
	else
		snprintf(text, EMBER_FAULT_PEER_MAX, "%s",
			 s && *s->address.device ? s->address.device : "a peer");
}

void ember_source_fault(struct ember_sources *all, enum ember_fault kind, uint64_t n,
			const struct ember_peer *peer)
{
	char text[EMBER_FAULT_PEER_MAX];

	if (!n)
		return;
	ember_sources_peer(all, peer, text);
	ember_fault(all->faults, kind, n, text);
}

/* What waits goes out; false: it can't any more. */
bool ember_source_flush(struct ember_source *s)
{
	ssize_t n = write(s->fd, s->out.bytes, s->out.used);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	ember_proto_drop(&s->out, n);
	return true;
}

void ember_sources_free(struct ember_sources *all)
{
	while (all->nr)
		ember_source_free(all->item[--all->nr]);
	free(all->item);
	memset(all, 0, sizeof(*all));
}
