// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/message.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define EMBER_MESSAGE_MAX 4096 /* bytes of a line: so many a pipe takes at once, or none */

static bool ember_message_hurries;
static enum ember_message_level ember_message_least = EMBER_LEVEL_NOTE;
static ember_message_sink *ember_message_to;
static void *ember_message_context;

/*
 * Names in a message may come from anywhere: whatever would move a terminal's cursor or begin
 * another line in a log is escaped, and the line is written at once, so that those of several
 * threads and processes do not mix.
 */
static void ember_message_put(enum ember_message_level level, const char *format, va_list args)
{
	static const char program[] = "emberprof: ";
	char text[EMBER_MESSAGE_MAX], line[EMBER_MESSAGE_MAX];
	size_t n = sizeof(program) - 1;

	if (level > ember_message_least)
		return;
	memcpy(line, program, n);
	vsnprintf(text, sizeof(text), format, args);
	n += ember_utf8_escape(line + n, sizeof(line) - n - 1, text);
	if (ember_message_to) {
		ember_message_to(ember_message_context, level, line + sizeof(program) - 1);
		return;
	}
	line[n++] = '\n';
	if (ember_message_ready())
		fwrite(line, 1, n, stderr);
}

int ember_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ember_message_put(EMBER_LEVEL_ERROR, format, args);
	va_end(args);
	return 1;
}

void ember_message(enum ember_message_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ember_message_put(level, format, args);
	va_end(args);
}

void ember_message_set(enum ember_message_level least, ember_message_sink *sink, void *context)
{
	ember_message_least = least;
	ember_message_to = sink;
	ember_message_context = context;
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
