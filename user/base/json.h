/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_JSON_H
#define EMBER_JSON_H

#include <stdio.h>

/* `text` in quotes: UTF-8 as it is, control characters as \u00xx, other bytes as \ufffd. */
void ember_json_string(FILE *out, const char *text);
/* The same of printable UTF-8, such as the strings of a profile, with a suffix. */
void ember_json_text(FILE *out, const char *text, const char *suffix);

#endif
