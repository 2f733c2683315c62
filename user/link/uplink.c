// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/uplink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "link/tty.h"

#define EMBER_UPLINK_RETRY_NS 5000000000ull
#define EMBER_UPLINK_RATE     (256u << 10) /* bytes a second, where nobody says */
#define EMBER_UPLINK_UDP      1200 /* bytes: within what any path takes in one piece, */
#define EMBER_UPLINK_HEADERS  48 /* IPv6's and UDP's with it */
#define EMBER_UPLINK_LEAST    256
#define EMBER_UPLINK_TCP      (16u << 10)

/* Bytes that go in one piece, those of a seal among them. */
static uint32_t ember_uplink_piece(const struct ember_uplink *p)
{
	int mtu = 0;
	socklen_t n = sizeof(mtu);

	switch (p->address.link) {
	case EMBER_LINK_SERIAL:
		return p->address.shared ? EMBER_SERIAL_FRAME_SHARED :
					   EMBER_SERIAL_FRAME_CHUNK;
	case EMBER_LINK_TCP: return EMBER_UPLINK_TCP;
	default: break;
	}
	if (p->fd < 0 || getsockopt(p->fd, IPPROTO_IP, IP_MTU, &mtu, &n) ||
	    mtu >= EMBER_UPLINK_UDP + EMBER_UPLINK_HEADERS)
		return EMBER_UPLINK_UDP;
	return mtu < EMBER_UPLINK_LEAST + EMBER_UPLINK_HEADERS ? EMBER_UPLINK_LEAST :
								 mtu - EMBER_UPLINK_HEADERS;
}

uint32_t ember_uplink_chunk(const struct ember_uplink *p)
{
	return ember_uplink_piece(p) - (p->seal ? EMBER_SEAL_MORE : 0);
}

uint32_t ember_uplink_rate(const struct ember_uplink *p)
{
	/* Start and stop bit are on the way, too. */
	return p->address.link == EMBER_LINK_SERIAL ? p->address.baud / 10 : EMBER_UPLINK_RATE;
}

/* A descriptor, or -errno. */
static int ember_uplink_socket(struct ember_uplink *p)
{
	bool tcp = p->address.link == EMBER_LINK_TCP;
	int fd = socket(p->address.inet.any.sa_family,
			(tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (connect(fd, &p->address.inet.any, p->address.inet_bytes) && errno != EINPROGRESS) {
		err = -errno;
		close(fd);
		return err;
	}
	p->connecting = tcp;
	return fd;
}

static void ember_uplink_broken(struct ember_uplink *p, int err)
{
	if (!p->failing)
		ember_warning("%s: %s; it's tried again", p->address.text, strerror(err));
	p->failing = true;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->connecting = false;
	p->out.used = p->out_at = 0;
	ember_incoming_free(&p->in);
	p->retry_ns = ember_clock_ns(CLOCK_MONOTONIC) + EMBER_UPLINK_RETRY_NS;
}

/* Connected: the other end knows nothing of what was sent before. */
static void ember_uplink_up(struct ember_uplink *p)
{
	p->connecting = false;
	p->fresh = true;
	if (p->failing)
		ember_note("%s: is back", p->address.text);
	p->failing = false;
}

static void ember_uplink_try(struct ember_uplink *p)
{
	int fd = p->address.link == EMBER_LINK_SERIAL ?
			 ember_tty_open(&p->address, p->address.shared ? O_WRONLY : O_RDWR) :
			 ember_uplink_socket(p);

	if (fd < 0) {
		ember_uplink_broken(p, -fd);
		return;
	}
	p->fd = fd;
	if (!p->connecting)
		ember_uplink_up(p);
}

int ember_uplink_open(struct ember_uplink *p, const char *text)
{
	const char *why;

	memset(p, 0, sizeof(*p));
	p->fd = -1;
	why = ember_address_parse(&p->address, text);
	if (why)
		return ember_error("%s: %s", text, why);
	p->frames.shared = p->address.shared;
	ember_uplink_try(p);
	return 0;
}

/* As much of what waits as the line takes. */
static void ember_uplink_flush(struct ember_uplink *p)
{
	while (p->fd >= 0 && p->out_at < p->out.used) {
		ssize_t n = write(p->fd, p->out.bytes + p->out_at, p->out.used - p->out_at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			ember_uplink_broken(p, n ? errno : EIO);
			return;
		}
		p->out_at += n;
	}
	p->out.used = p->out_at = 0;
}

static void ember_uplink_connect(struct ember_uplink *p)
{
	int err = 0;
	socklen_t n = sizeof(err);
	union ember_inet peer;
	socklen_t bytes = sizeof(peer);

	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &err, &n))
		err = errno;
	if (err)
		ember_uplink_broken(p, err);
	else if (!getpeername(p->fd, &peer.any, &bytes))
		ember_uplink_up(p);
}

void ember_uplink_turn(struct ember_uplink *p)
{
	if (p->fd < 0 && ember_clock_ns(CLOCK_MONOTONIC) >= p->retry_ns)
		ember_uplink_try(p);
	if (p->fd >= 0 && p->connecting)
		ember_uplink_connect(p);
	if (p->fd >= 0 && !p->connecting)
		ember_uplink_flush(p);
}

bool ember_uplink_full(const struct ember_uplink *p)
{
	return p->fd >= 0 && (p->connecting || p->out.used);
}

/* Whether a line that others write to has nothing to send, so that a frame goes at once. */
static bool ember_uplink_quiet(const struct ember_uplink *p)
{
	int waiting = 0;

	return !p->address.shared || ioctl(p->fd, TIOCOUTQ, &waiting) || !waiting;
}

bool ember_uplink_send(struct ember_uplink *p, const void *chunk, uint32_t n)
{
	ssize_t sent;

	if (p->fd < 0 || p->connecting || p->out.used || !ember_uplink_quiet(p))
		return false;
	if (p->seal) {
		p->sealed.used = 0;
		ember_seal_put(p->seal, chunk, n, &p->sealed);
		chunk = p->sealed.bytes;
		n = p->sealed.used;
	}
	if (p->address.link == EMBER_LINK_UDP) {
		sent = send(p->fd, chunk, n, 0);
		/* Nobody listens there now: it's lost as any datagram may be. */
		return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS);
	}
	if (p->address.link == EMBER_LINK_SERIAL) {
		ember_serial_frame_put(chunk, n, p->address.shared, &p->out);
	} else {
		ember_proto_copy(&p->out, chunk, n);
	}
	ember_uplink_flush(p);
	return p->fd >= 0;
}

struct ember_uplink_ear {
	struct ember_uplink *port;
	ember_uplink_heard *heard;
	void *context;
};

/* An ember_serial_frame_got. */
static void ember_uplink_packet(void *context, const struct ember_packet *packet)
{
	const struct ember_uplink_ear *ear = context;
	struct ember_uplink *p = ear->port;
	struct ember_chunk chunk;

	if (!p->seal && !packet->sealed) {
		ear->heard(ear->context, &packet->chunk);
		return;
	}
	p->sealed.used = 0;
	if (p->seal && packet->sealed &&
	    ember_seal_open(&p->seal->key, &packet->seal, &p->sealed) &&
	    ember_chunk_at(p->sealed.bytes, p->sealed.used, &chunk))
		ear->heard(ear->context, &chunk);
	else
		p->forged++;
}

void ember_uplink_read(struct ember_uplink *p, ember_uplink_heard *heard, void *context)
{
	struct ember_uplink_ear ear = { p, heard, context };
	struct ember_packet packet;
	uint8_t bytes[1024];
	ssize_t n;

	if (p->fd < 0 || p->connecting || p->address.shared)
		return;
	while (p->fd >= 0) {
		n = read(p->fd, bytes, sizeof(bytes));
		if (n < 0 && (errno == EINTR || errno == ECONNREFUSED))
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0 && p->address.link != EMBER_LINK_UDP) {
			ember_uplink_broken(p, n ? errno : ECONNRESET);
			return;
		}
		if (n < 0)
			return;
		if (p->address.link == EMBER_LINK_SERIAL) {
			p->frames.got = ember_uplink_packet;
			p->frames.context = &ear;
			ember_serial_frames_take(&p->frames, bytes, n);
			continue;
		}
		if (p->address.link == EMBER_LINK_UDP) {
			if (ember_packet_at(bytes, n, &packet))
				ember_uplink_packet(&ear, &packet);
			continue;
		}
		ember_incoming_add(&p->in, bytes, n);
		while (ember_incoming_next(&p->in, &packet))
			ember_uplink_packet(&ear, &packet);
		if (p->in.hopeless)
			ember_uplink_broken(p, EBADMSG);
	}
}

void ember_uplink_close(struct ember_uplink *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	free(p->out.bytes);
	ember_incoming_free(&p->in);
	free(p->sealed.bytes);
	ember_serial_frames_free(&p->frames);
}
