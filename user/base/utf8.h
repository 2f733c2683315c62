/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_UTF8_H
#define EMBER_UTF8_H

#include <stddef.h>

/*
 * Copies n bytes of text, with `?` for each byte that isn't part of a character that
 * UTF-8 and XML 1.0 allow, and for control characters. No NUL is added.
 */
void ember_utf8_clean(char *to, const char *from, size_t n);

/*
 * Copies text up to its NUL into `to`, which has `room` bytes, with \xNN for each byte that
 * ember_utf8_clean() would replace; cut where the room ends. Returns its bytes without the NUL.
 */
size_t ember_utf8_escape(char *to, size_t room, const char *from);

/* The bytes of the character at `at`, of n, or 0: there is none that may be printed. */
size_t ember_utf8_length(const unsigned char *at, size_t n);

/* Columns on a terminal, one for each character. */
size_t ember_utf8_columns(const char *text);

/* The bytes of its first `columns` characters at most. */
size_t ember_utf8_bytes(const char *text, size_t columns);

#endif
