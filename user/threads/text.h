/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot's profile as text: as Go writes its goroutine profile. */
#ifndef EMBER_THREADS_TEXT_H
#define EMBER_THREADS_TEXT_H

#include <stdio.h>

#include "model/profile.h"

/* Threads with equal stacks and states in one, the most first: as with debug=1. name: the head's. */
void ember_threads_text_groups(FILE *out, const struct ember_profile *profile, const char *name);
/* Each thread with its stack, by process and thread: as with debug=2. */
void ember_threads_text_full(FILE *out, const struct ember_profile *profile);

#endif
