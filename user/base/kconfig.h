/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel's configuration, as in /proc/config.gz. */
#ifndef EMBER_KCONFIG_H
#define EMBER_KCONFIG_H

#include <stdbool.h>
#include <stddef.h>

/* The file's text, compressed or not; to be freed. NULL: it can't be read. */
char *ember_kconfig_read(const char *path);

/*
 * What `option` (without CONFIG_) is set to, without quotes: y, m, a number, a text; n
 * if it isn't set, which is told by a comment or by nothing at all. Cut at `bytes`.
 */
void ember_kconfig_value(const char *text, const char *option, char *value, size_t bytes);

/* One of several, with | between them, is y or m. */
bool ember_kconfig_any(const char *text, const char *options);

#endif
