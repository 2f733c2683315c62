// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/syslog.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define EMBER_SYSLOG_DAEMON (3 << 3) /* the facility */
#define EMBER_SYSLOG_MAX    1024 /* bytes that each reader takes */

/* No time is in it: the reader adds when it came, which needs no time zone here. */
bool ember_syslog(const char *socket_path, enum ember_message_level level, const char *line)
{
	static const unsigned char severity[] = {
		[EMBER_LEVEL_ERROR] = 3,
		[EMBER_LEVEL_WARNING] = 4,
		[EMBER_LEVEL_NOTE] = 5,
		[EMBER_LEVEL_DEBUG] = 7,
	};
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char text[EMBER_SYSLOG_MAX];
	ssize_t sent = -1;
	int n;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", socket_path);
	n = snprintf(text, sizeof(text), "<%d>emberprof[%d]: %s",
		     EMBER_SYSLOG_DAEMON | severity[level], (int)getpid(), line);
	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	if (fd >= 0) {
		sent = sendto(fd, text, n, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to));
		close(fd);
	}
	return sent == n;
}
