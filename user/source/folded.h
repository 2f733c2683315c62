/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_SOURCE_FOLDED_H
#define EMBER_SOURCE_FOLDED_H

#include <stddef.h>

#include "model/profile.h"

/* Whether the first line is a stack and a count. */
bool ember_folded_is(const char *text, size_t n);

/*
 * `comm;outer;...;leaf count` lines; frames that end in `_[k]` are the kernel's. NULL
 * and *why (static storage) for a line that isn't one.
 */
struct ember_profile *ember_folded_read(const char *text, size_t n, const char **why);

#endif
