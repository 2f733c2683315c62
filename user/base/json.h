/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_JSON_H
#define EMBER_JSON_H

#include <stdio.h>

/* `text` in quotes; what isn't printable ASCII as \u00xx, byte by byte. */
void ember_json_string(FILE *out, const char *text);
/* The same of printable UTF-8, such as the strings of a profile, with a suffix. */
void ember_json_text(FILE *out, const char *text, const char *suffix);

#endif
