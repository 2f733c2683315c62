/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of one line, as the kernel has many. */
#ifndef EMBER_FIRST_LINE_H
#define EMBER_FIRST_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* A short file's first line, without its newline. False if it can't be read. */
bool ember_first_line(const char *path, char *line, size_t bytes);

#endif
