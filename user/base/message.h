/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_MESSAGE_H
#define EMBER_MESSAGE_H

#include <stdbool.h>

#include "base/poison.h"

enum ember_message_level {
	EMBER_LEVEL_ERROR,		/* something that was asked for fails */
	EMBER_LEVEL_WARNING,		/* it goes on, with less than was asked for */
	EMBER_LEVEL_NOTE,		/* it goes on as it should: a summary, a line that is back */
	EMBER_LEVEL_DEBUG,
};

/*
 * One line, `emberprof: ...` on stderr. Each line says: object: what failed: why (what to do).
 * ember_error() returns 1, the exit status of a failure.
 */
int ember_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void ember_message(enum ember_message_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
#define ember_warning(...)	ember_message(EMBER_LEVEL_WARNING, __VA_ARGS__)
#define ember_note(...)		ember_message(EMBER_LEVEL_NOTE, __VA_ARGS__)
#define ember_debug(...)	ember_message(EMBER_LEVEL_DEBUG, __VA_ARGS__)

/* A line without the program's name and the newline. Any thread may call it. */
typedef void ember_message_sink(void *context, enum ember_message_level level,
				const char *line);
/*
 * Messages down to a level go to a sink, such as syslog's; NULL: to stderr. As the program
 * begins: notes and what is above them, to stderr. To be set before there are threads.
 */
void ember_message_set(enum ember_message_level least, ember_message_sink *sink,
		       void *context);

/*
 * From now on a line is left out if stderr would make us wait for its reader: for programs
 * that must go on whatever happens to their log. See ember_message_ready().
 */
void ember_message_never_wait(void);
/* Whether a line can be written to stderr now. */
bool ember_message_ready(void);

#endif
