// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/message.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define EMBER_MESSAGE_MAX 4096 /* bytes of a line: so many a pipe takes at once, or none */

static bool ember_message_hurries;

/*
 * Names in a message may come from anywhere: whatever would move a terminal's cursor or begin
 * another line in a log is escaped, and the line is written at once, so that those of several
 * threads and processes do not mix.
 */
int ember_error(const char *format, ...)
{
	char text[EMBER_MESSAGE_MAX], line[EMBER_MESSAGE_MAX] = "emberprof: ";
	size_t n = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n += ember_utf8_escape(line + n, sizeof(line) - n - 1, text);
	line[n++] = '\n';
	if (ember_message_ready())
		fwrite(line, 1, n, stderr);
	return 1;
}

void ember_message_never_wait(void)
{
	ember_message_hurries = true;
}

bool ember_message_ready(void)
{
	struct pollfd fd = { .fd = 2, .events = POLLOUT };

	return !ember_message_hurries || (poll(&fd, 1, 0) == 1 && fd.revents & POLLOUT);
}
