/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits as text, as Go's block and mutex profiles are with debug=1. */
#ifndef EMBER_HTTP_CONTENTION_H
#define EMBER_HTTP_CONTENTION_H

#include <stdio.h>

#include "model/profile.h"

/*
 * Write each stack of the first event with its delay in ns and its count, the longest delay
 * first. title: "contention", "mutex".
 */
void ember_http_contention(FILE *out, const struct ember_profile *profile, const char *title);

#endif
