// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "link/tty.h"

#define EMBER_LINE_RETRY_NS 2000000000ull
#define EMBER_LINE_TURNS    64 /* reads before others have their turn */
#define EMBER_LINE_OUT	    (4u << 10) /* bytes of the console that wait, at most */

/* A terminal for the console, which others open by the name that is printed. */
int ember_line_pty(struct ember_source *s)
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
	ember_note("%s: its console is %s", s->address.text, ptsname(s->pty));
	return 0;
}

void ember_line_broken(struct ember_source *s, int err)
{
	if (!s->failing)
		ember_warning("%s: %s; it's tried again", s->address.text, strerror(err));
	s->failing = true;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->out.used = 0;
	s->retry_ns = ember_clock_ns(CLOCK_MONOTONIC) + EMBER_LINE_RETRY_NS;
}

void ember_line_open(struct ember_source *s)
{
	int fd = ember_tty_open(&s->address, O_RDWR);

	if (fd < 0) {
		ember_line_broken(s, -fd);
		return;
	}
	s->fd = fd;
	if (s->failing)
		ember_note("%s: is back", s->address.text);
	s->failing = false;
}

/* What the frames of a line are given with. */
struct ember_line_of {
	struct ember_sources *all;
	struct ember_source *source;
};

static void ember_line_frame(void *context, const struct ember_packet *packet)
{
	const struct ember_line_of *of = context;
	struct ember_peer peer = { .source = of->source->number };

	of->all->got(of->all->context, &peer, packet);
}

/*
 * What others write to the line goes to the console's reader. One that does not read must not
 * stop the collector: so much is written as fits without waiting, the rest is lost.
 */
static void ember_line_console(void *context, const uint8_t *bytes, uint32_t n)
{
	const struct ember_line_of *of = context;
	struct ember_peer peer = { .source = of->source->number };
	struct pollfd out = { .fd = of->source->pty >= 0 ? of->source->pty : 1,
			      .events = POLLOUT };

	if (!of->source->address.shared) {
		ember_source_fault(of->all, EMBER_FAULT_NOISE, n, &peer);
		return;
	}
	while (n && poll(&out, 1, 0) == 1 && out.revents & POLLOUT) {
		ssize_t put = write(out.fd, bytes, n < 256 ? n : 256);

		if (put <= 0)
			return;
		bytes += put;
		n -= put;
	}
}

void ember_line_turn(struct ember_sources *all, struct ember_source *s)
{
	struct ember_line_of of = { all, s };
	uint8_t bytes[4096];
	uint32_t turn;
	ssize_t n = -1;

	if (s->fd < 0) {
		if (ember_clock_ns(CLOCK_MONOTONIC) >= s->retry_ns)
			ember_line_open(s);
		return;
	}
	s->frames.got = ember_line_frame;
	s->frames.other = ember_line_console;
	s->frames.context = &of;
	for (turn = 0; turn < EMBER_LINE_TURNS && (n = read(s->fd, bytes, sizeof(bytes))) > 0;
	     turn++) {
		all->bytes += n;
		ember_serial_frames_take(&s->frames, bytes, n);
	}
	s->frames.context = NULL;
	if (!n || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		ember_line_broken(s, n ? errno : EIO);
		return;
	}
	if (s->pty < 0 || s->out.used > EMBER_LINE_OUT)
		return;
	n = read(s->pty, bytes, sizeof(bytes));
	if (n > 0)
		ember_proto_copy(&s->out, bytes, n);
}
