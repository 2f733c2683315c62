/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libFuzzer, or driver.c in its place, calls with each input. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define FUZZ_MUST(what)	do { if (!(what)) __builtin_trap(); } while (0)

#endif
