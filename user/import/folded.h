/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_IMPORT_FOLDED_H
#define EMBER_IMPORT_FOLDED_H

#include <stddef.h>

#include "model/profile.h"

/* Return true if the first line that isn't blank or a comment is a stack and a number. */
bool ember_folded_is(const char *text, size_t n);

/*
 * Read lines `command;outer;...;leaf count`; frames that end in `_[k]` are the kernel's. If
 * every line has two counts, the profile is a pair (model/profile.h) and shows the second. Blank lines and those that begin with `#` are skipped. Returns NULL and *why
 * (static storage) for any other line.
 */
struct ember_profile *ember_folded_read(const char *text, size_t n, const char **why);

#endif
