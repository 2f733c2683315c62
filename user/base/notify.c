// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/utf8.h"

#define EMBER_NOTIFY_MOST 1024 /* bytes of an assignment */

/* Fills *to from $NOTIFY_SOCKET. Returns its length; 0: unset, or not a socket's name. */
static socklen_t ember_notify_address(struct sockaddr_un *to)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t n = name ? strlen(name) : 0;

	if (n < 2 || n >= sizeof(to->sun_path) || (*name != '/' && *name != '@'))
		return 0;
	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	memcpy(to->sun_path, name, n);
	/* An abstract name begins with NUL, and ends with the address. */
	if (*name == '@')
		to->sun_path[0] = 0;
	return offsetof(struct sockaddr_un, sun_path) + n + (*name == '/');
}

void ember_notify(const char *state)
{
	struct timeval patience = { .tv_sec = 1 };
	struct sockaddr_un to;
	socklen_t n = ember_notify_address(&to);
	char text[EMBER_NOTIFY_MOST];
	int fd = n ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	while (sendto(fd, text, ember_utf8_escape(text, sizeof(text), state), MSG_NOSIGNAL,
		      (struct sockaddr *)&to, n) < 0 &&
	       errno == EINTR)
		;
	close(fd);
}

/* Returns false unless the variable is a decimal number without a sign. */
static int ember_notify_number(const char *name, uint64_t *number)
{
	const char *text = getenv(name);
	char *end;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && !*end;
}

uint64_t ember_notify_watchdog_ns(void)
{
	uint64_t usec, pid;

	if (!ember_notify_number("WATCHDOG_USEC", &usec) || usec > UINT64_MAX / 500)
		return 0;
	/* Without WATCHDOG_PID, the interval applies to every process that inherits it. */
	if (getenv("WATCHDOG_PID") &&
	    (!ember_notify_number("WATCHDOG_PID", &pid) || pid != (uint64_t)getpid()))
		return 0;
	return usec * 500;
}
