/* SPDX-License-Identifier: GPL-2.0-or-later */
/* C++ (Itanium) and Rust names as people write them; only with WITH_DEMANGLE=1. */
#ifndef EMBER_DEMANGLE_H
#define EMBER_DEMANGLE_H

#include "elf/strings.h"

/* Kept in strings; the name itself if it's no mangled one. */
const char *ember_demangle(struct ember_strings *strings, const char *name);

#endif
