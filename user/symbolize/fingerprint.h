/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an ELF file without a build-id is known by, wherever a copy of it lies. */
#ifndef EMBER_FINGERPRINT_H
#define EMBER_FINGERPRINT_H

#include "model/dictionary.h"
#include "elf/elf.h"

/* False: it has no code. */
bool ember_fingerprint_of(const struct ember_elf *elf, struct ember_fingerprint *print);

#endif
