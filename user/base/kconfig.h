/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel's configuration, as in /proc/config.gz. */
#ifndef EMBER_KCONFIG_H
#define EMBER_KCONFIG_H

#include <stdbool.h>
#include <stddef.h>

/* The file's text, compressed or not; to be freed. NULL: it can't be read. */
char *ember_kconfig_read(const char *path);

/*
 * Write the value of `option` (without CONFIG_) to `value`, without quotes: y, m, a number or
 * a text; n if the file has it as "is not set" or lacks it. Truncate it to `bytes`.
 */
void ember_kconfig_value(const char *text, const char *option, char *value, size_t bytes);

/* One of several, with | between them, is y or m. */
bool ember_kconfig_any(const char *text, const char *options);

#endif
