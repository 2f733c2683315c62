/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that people write: lines of one or two words, others empty or behind a #. */
#ifndef EMBER_LINE_CONFIG_H
#define EMBER_LINE_CONFIG_H

#include <stdbool.h>

/* second: NULL if there's none. False: they make no sense. */
typedef bool ember_line_config_take(void *context, const char *first, const char *second);

/* form: what a line should be, to be told of one that isn't. 0, or 1 (said). */
int ember_line_config_read(const char *path, const char *form, ember_line_config_take *take,
		     void *context);

#endif
