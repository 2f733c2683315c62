// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/error.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define EMBER_ERROR_MAX 4096 /* bytes of a line: so many a pipe takes at once, or none */

static bool ember_error_hurries;

/*
 * Names in a message may come from anywhere: whatever would move a terminal's cursor or begin
 * another line in a log is escaped, and the line is written at once, so that those of several
 * threads and processes do not mix.
 */
int ember_error(const char *format, ...)
{
	char text[EMBER_ERROR_MAX], line[EMBER_ERROR_MAX] = "emberprof: ";
	size_t n = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n += ember_utf8_escape(line + n, sizeof(line) - n - 1, text);
	line[n++] = '\n';
	if (ember_error_ready())
		fwrite(line, 1, n, stderr);
	return 1;
}

void ember_error_never_wait(void)
{
	ember_error_hurries = true;
}

bool ember_error_ready(void)
{
	struct pollfd fd = { .fd = 2, .events = POLLOUT };

	return !ember_error_hurries || (poll(&fd, 1, 0) == 1 && fd.revents & POLLOUT);
}

void *ember_xrealloc(void *old, unsigned long count, unsigned long size)
{
	void *memory = reallocarray(old, count, size);

	if (!memory && count) {
		ember_error("out of memory");
		exit(1);
	}
	return memory;
}

char *ember_copy(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(ember_xrealloc(NULL, n, 1), text, n);
}

void *ember_array_reserve(void *array, unsigned int nr, unsigned int *size, unsigned long each)
{
	if (nr < *size)
		return array;
	*size += *size / 2 + 64;
	return ember_xrealloc(array, *size, each);
}

void *ember_array_ensure(void *array, unsigned int *nr, unsigned int number,
			 unsigned long each)
{
	unsigned int now;

	if (number < *nr)
		return array;
	now = number + number / 4 + 16;
	array = ember_xrealloc(array, now, each);
	memset((char *)array + *nr * each, 0, (now - *nr) * each);
	*nr = now;
	return array;
}
