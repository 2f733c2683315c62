/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that people write: lines of one or two words, others empty or behind a #. */
#ifndef EMBER_LINE_CONFIG_H
#define EMBER_LINE_CONFIG_H

#include <stdbool.h>

/* second: NULL if there's none. False: they make no sense. */
typedef bool ember_line_config_take(void *context, const char *first, const char *second);

/*
 * Pass each line of a file to @take; @form is the error text for an invalid line. Return 0, or
 * 1 after printing an error.
 */
int ember_line_config_read(const char *path, const char *form, ember_line_config_take *take,
		     void *context);

#endif
