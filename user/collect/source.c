// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "link/tty.h"

#define EMBER_SOURCE_RETRY_NS	 2000000000ull
#define EMBER_SOURCE_IN		 (EMBER_CHUNK_HEADER + EMBER_CHUNK_MAX)
#define EMBER_SOURCE_OUT	 (64u << 10) /* bytes of answers that wait, at most */
#define EMBER_SOURCE_BUFFER	 (4 << 20) /* of a UDP socket */
#define EMBER_SOURCE_CONNECTIONS 4096

static struct ember_source *ember_sources_new(struct ember_sources *all)
{
	struct ember_source *s = ember_grow(NULL, 1, sizeof(*s));

	memset(s, 0, sizeof(*s));
	s->fd = s->pty = -1;
	s->number = ++all->numbers;
	all->item = ember_room(all->item, all->nr, &all->size, sizeof(*all->item));
	all->item[all->nr++] = s;
	return s;
}

static void ember_source_free(struct ember_source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->pty >= 0)
		close(s->pty);
	ember_frames_free(&s->frames);
	free(s->in.bytes);
	free(s->out.bytes);
	free(s);
}

static int ember_source_listen(struct ember_source *s)
{
	bool tcp = s->address.link == EMBER_LINK_TCP;
	int one = 1, room = EMBER_SOURCE_BUFFER;

	s->fd = socket(s->address.inet.any.sa_family,
		       (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return ember_error("%s: %s", s->address.text, strerror(errno));
	if (tcp)
		setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	else
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(s->fd, &s->address.inet.any, s->address.inet_bytes) ||
	    (tcp && listen(s->fd, 64)))
		return ember_error("%s: %s", s->address.text, strerror(errno));
	return 0;
}

/* A console's terminal, that others open; its name is told. */
static int ember_source_pty(struct ember_source *s)
{
	struct termios t;

	s->pty = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (s->pty < 0 || grantpt(s->pty) || unlockpt(s->pty))
		return ember_error("%s: no pty for its console: %s", s->address.text,
				   strerror(errno));
	if (!tcgetattr(s->pty, &t)) {
		cfmakeraw(&t);
		tcsetattr(s->pty, TCSANOW, &t);
	}
	ember_error("%s: its console is %s", s->address.text, ptsname(s->pty));
	return 0;
}

static void ember_source_broken(struct ember_source *s, int err)
{
	if (!s->failing)
		ember_error("%s: %s; it's tried again", s->address.text, strerror(err));
	s->failing = true;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->out.used = 0;
	s->retry_ns = ember_clock_ns(CLOCK_MONOTONIC) + EMBER_SOURCE_RETRY_NS;
}

static void ember_source_line(struct ember_source *s)
{
	int fd = ember_tty_open(&s->address, O_RDWR);

	if (fd < 0) {
		ember_source_broken(s, -fd);
		return;
	}
	s->fd = fd;
	if (s->failing)
		ember_error("%s: is back", s->address.text);
	s->failing = false;
}

int ember_sources_add(struct ember_sources *all, const char *text)
{
	struct ember_source *s = ember_sources_new(all);
	const char *why = ember_address_parse(&s->address, text);

	if (why)
		return ember_error("%s: %s", text, why);
	if (s->address.link != EMBER_LINK_SERIAL)
		return ember_source_listen(s);
	s->frames.shared = s->address.shared;
	if (s->address.shared && all->pty && ember_source_pty(s))
		return 1;
	ember_source_line(s);
	return 0;
}

struct pollfd *ember_sources_fds(struct ember_sources *all, uint32_t *nr)
{
	uint32_t i, n = 0;

	while (all->fds_size < 2 * all->nr)
		all->fds =
			ember_room(all->fds, all->fds_size, &all->fds_size, sizeof(*all->fds));
	for (i = 0; i < all->nr; i++) {
		const struct ember_source *s = all->item[i];

		all->fds[n++] =
			(struct pollfd){ .fd = s->fd,
					 .events = POLLIN | (s->out.used ? POLLOUT : 0) };
		if (s->pty >= 0)
			all->fds[n++] = (struct pollfd){ .fd = s->pty, .events = POLLIN };
	}
	*nr = n;
	return all->fds;
}

/* What the frames of a line are told with. */
struct ember_source_of {
	struct ember_sources *all;
	struct ember_source *source;
};

static void ember_source_frame(void *context, const struct ember_packet *packet)
{
	const struct ember_source_of *of = context;
	struct ember_peer peer = { .source = of->source->number };

	of->all->got(of->all->context, &peer, packet);
}

/* What others write to the line: to whom it's meant for. */
static void ember_source_console(void *context, const uint8_t *bytes, uint32_t n)
{
	const struct ember_source_of *of = context;

	if (!of->source->address.shared)
		of->all->nonsense += n;
	else if (write(of->source->pty >= 0 ? of->source->pty : 1, bytes, n) < 0)
		return; /* nobody reads there now */
}

/* All packets in bytes[n]; how many bytes are done with. */
static uint32_t ember_source_packets(struct ember_sources *all, const struct ember_peer *peer,
				     const uint8_t *bytes, uint32_t n)
{
	struct ember_packet packet;
	struct ember_search search;
	size_t done = 0;

	ember_search_begin(&search, bytes, n);
	while (ember_packet_next(&search, &packet)) {
		all->nonsense += search.skipped;
		done = search.at;
		all->got(all->context, peer, &packet);
	}
	return done;
}

static void ember_source_datagrams(struct ember_sources *all, struct ember_source *s)
{
	static uint8_t bytes[65536];
	struct ember_peer peer = { .source = s->number };
	uint32_t turn;
	ssize_t n;

	/* Others want to be looked at, too. */
	for (turn = 0; turn < 4096; turn++) {
		peer.bytes = sizeof(peer.inet);
		n = recvfrom(s->fd, bytes, sizeof(bytes), 0, &peer.inet.any, &peer.bytes);
		if (n < 0 && errno != EINTR && errno != ECONNREFUSED)
			return;
		if (n <= 0)
			continue;
		all->bytes += n;
		all->nonsense += n - ember_source_packets(all, &peer, bytes, n);
	}
}

static void ember_source_accept(struct ember_sources *all, struct ember_source *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct ember_source *c;

	if (fd < 0)
		return;
	if (all->nr >= EMBER_SOURCE_CONNECTIONS) {
		close(fd);
		return;
	}
	c = ember_sources_new(all);
	c->address = s->address;
	c->connection = true;
	c->fd = fd;
}

/* False: it ended. */
static bool ember_source_stream(struct ember_sources *all, struct ember_source *s)
{
	struct ember_peer peer = { .source = s->number };
	uint8_t bytes[16384];
	uint32_t done;
	ssize_t n = read(s->fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	all->bytes += n;
	ember_proto_copy(&s->in, bytes, n);
	done = ember_source_packets(all, &peer, s->in.bytes, s->in.used);
	/* More than a packet can have isn't one. */
	if (s->in.used - done > EMBER_SOURCE_IN) {
		all->nonsense += s->in.used - done;
		done = s->in.used;
	}
	ember_proto_drop(&s->in, done);
	return true;
}

static void ember_source_serial(struct ember_sources *all, struct ember_source *s)
{
	struct ember_source_of of = { all, s };
	uint8_t bytes[4096];
	ssize_t n;

	if (s->fd < 0) {
		if (ember_clock_ns(CLOCK_MONOTONIC) >= s->retry_ns)
			ember_source_line(s);
		return;
	}
	s->frames.got = ember_source_frame;
	s->frames.other = ember_source_console;
	s->frames.context = &of;
	while ((n = read(s->fd, bytes, sizeof(bytes))) > 0) {
		all->bytes += n;
		ember_frames_take(&s->frames, bytes, n);
	}
	if (!n || (errno != EAGAIN && errno != EINTR)) {
		ember_source_broken(s, n ? errno : EIO);
		return;
	}
	if (s->pty < 0 || s->out.used > EMBER_SOURCE_OUT)
		return;
	n = read(s->pty, bytes, sizeof(bytes));
	if (n > 0) {
		ember_proto_copy(&s->out, bytes, n);
	}
}

/* What waits goes out; false: it can't any more. */
static bool ember_source_flush(struct ember_source *s)
{
	ssize_t n = write(s->fd, s->out.bytes, s->out.used);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	ember_proto_drop(&s->out, n);
	return true;
}

void ember_sources_turn(struct ember_sources *all)
{
	uint32_t i, nr = all->nr;

	for (i = 0; i < nr; i++) {
		struct ember_source *s = all->item[i];
		bool good = true;

		if (s->address.link == EMBER_LINK_SERIAL)
			ember_source_serial(all, s);
		else if (s->address.link == EMBER_LINK_UDP)
			ember_source_datagrams(all, s);
		else if (!s->connection)
			ember_source_accept(all, s);
		else
			good = ember_source_stream(all, s);
		if (good && s->fd >= 0 && s->out.used && !ember_source_flush(s))
			good = false;
		if (good)
			continue;
		if (s->address.link == EMBER_LINK_SERIAL) {
			ember_source_broken(s, EIO);
			continue;
		}
		ember_source_free(s);
		all->nr--;
		nr--;
		memmove(all->item + i, all->item + i + 1, (all->nr - i) * sizeof(*all->item));
		i--;
	}
}

void ember_sources_answer(struct ember_sources *all, const struct ember_peer *peer,
			  const void *bytes, uint32_t n)
{
	struct ember_source *s = NULL;
	uint32_t i;

	for (i = 0; i < all->nr && !s; i++)
		if (all->item[i]->number == peer->source)
			s = all->item[i];
	if (!s || s->fd < 0 || s->address.shared)
		return;
	if (s->address.link == EMBER_LINK_UDP) {
		/* One that is lost is told again. */
		if (sendto(s->fd, bytes, n, 0, &peer->inet.any, peer->bytes) < 0)
			return;
	} else if (s->out.used < EMBER_SOURCE_OUT) {
		if (s->address.link == EMBER_LINK_SERIAL) {
			ember_frame_put(bytes, n, false, &s->out);
		} else {
			ember_proto_copy(&s->out, bytes, n);
		}
		ember_source_flush(s);
	}
}

void ember_sources_free(struct ember_sources *all)
{
	uint32_t i;

	for (i = 0; i < all->nr; i++)
		ember_source_free(all->item[i]);
	free(all->item);
	free(all->fds);
	memset(all, 0, sizeof(*all));
}
