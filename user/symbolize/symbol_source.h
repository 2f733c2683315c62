/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where names come from: a file, a vDSO, a perf map, a kernel's image. */
#ifndef EMBER_SYMBOL_SOURCE_H
#define EMBER_SYMBOL_SOURCE_H

#include "symbolize/symbols_state.h"

/* Finds the names of all that has been asked for of a source. */
void ember_symbol_source_read(struct ember_symbols *symbols, struct ember_symbol_source *source);
/* Returns whether a source is to be left out, since the caller is in a hurry; counts it. */
bool ember_symbols_skip(struct ember_symbols *symbols);
/* Names as people write them. */
void ember_addr_lookup_plain(struct ember_symbols *symbols, struct ember_addr_lookup *wanted);

#endif
