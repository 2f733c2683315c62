// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/loop.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"

#define EMBER_LOOP_MOST_NS 86400000000000ull /* of one wait: what a 32-bit time_t holds */

void ember_loop_begin(struct ember_loop *l)
{
	l->nr = 0;
}

uint32_t ember_loop_fd(struct ember_loop *l, int fd, short events)
{
	l->fd = ember_array_reserve(l->fd, l->nr, &l->size, sizeof(*l->fd));
	l->fd[l->nr] = (struct pollfd){ .fd = fd, .events = events };
	return l->nr++;
}

void ember_loop_due(struct ember_loop *l, uint64_t ns)
{
	if (ns < l->due_ns)
		l->due_ns = ns;
}

void ember_loop_within(struct ember_loop *l, double seconds)
{
	if (seconds >= 0)
		ember_loop_due(l, ember_clock_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds * 1e9));
}

int ember_loop_wait(struct ember_loop *l)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint64_t wait = l->due_ns > now ? l->due_ns - now : 0;
	bool forever = l->due_ns == UINT64_MAX;
	struct timespec timeout;
	uint32_t i;
	int n;

	if (wait > EMBER_LOOP_MOST_NS)
		wait = EMBER_LOOP_MOST_NS;
	timeout = (struct timespec){ wait / 1000000000, wait % 1000000000 };
	n = l->signals ?
		    ember_signals_poll(l->signals, l->fd, l->nr, forever ? NULL : &timeout) :
		    ppoll(l->fd, l->nr, forever ? NULL : &timeout, NULL);
	l->due_ns = UINT64_MAX;
	for (i = 0; n <= 0 && i < l->nr; i++)
		l->fd[i].revents = 0;
	return n < 0 && errno != EINTR ? ember_error("poll: %s", strerror(errno)) : 0;
}

short ember_loop_ready(const struct ember_loop *l, uint32_t place)
{
	return l->fd[place].revents;
}

void ember_loop_free(struct ember_loop *l)
{
	free(l->fd);
	*l = EMBER_LOOP(NULL);
}
