/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the cache of names keeps, for the files of symbolize/ that fill it. */
#ifndef EMBER_SYMBOLS_STATE_H
#define EMBER_SYMBOLS_STATE_H

#include "symbolize/binary.h"
#include "symbolize/debugfile.h"
#include "symbolize/kept.h"
#include "symbolize/living.h"
#include "symbolize/safe_open.h"
#include "symbolize/lines.h"

enum ember_symbol_source_kind {
	EMBER_FROM_FILE,
	EMBER_FROM_VDSO,
	EMBER_FROM_PERFMAP,
	EMBER_FROM_IMAGE
};

/* What a name comes from: a file by its number, a vDSO by its tasks' width, a process. */
struct ember_symbol_source {
	enum ember_symbol_source_kind kind;
	uint32_t number;
	const struct ember_file *file;
	struct ember_mapper mapper; /* the first one */
	uint64_t began_ns; /* of the process */
	bool read, found;
	struct ember_asked asked; /* offsets in the file, or addresses */
	struct ember_segment *segment;
	uint32_t nr_segment;
	struct ember_addr_lookup wanted; /* the answers, at the file's own addresses */
	struct ember_lines *lines;
	uint64_t lines_bias; /* to be added to what they have for addresses */
	uint64_t base; /* what offsets count from, of an image */
};

struct ember_symbols {
	struct ember_strings strings;
	struct ember_safe_open reach;
	struct ember_debug_dirs dirs;
	struct ember_dates dates;
	struct ember_living living;
	struct ember_kept kept;
	const char *vmlinux; /* NULL: by build-id */
	struct ember_symbol_source **source; /* open addressing */
	uint32_t nr_source, slots;
	bool lines, inlined; /* are wanted */
	struct ember_asked kernel_asked;
	struct ember_addr_lookup kernel;
	bool kernel_read, kernel_hidden, kernel_known;
	bool (*hurry)(void);
	uint32_t unread; /* left out in a hurry */
};

#endif
