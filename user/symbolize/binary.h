/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The very file that was mapped, wherever it can be found now. */
#ifndef EMBER_BINARY_H
#define EMBER_BINARY_H

#include <stdint.h>

#include "base/dates.h"
#include "elf/elf.h"
#include "symbolize/safe_open.h"

struct ember_file;
struct ember_fingerprint;

struct ember_mapper {			/* a process that mapped it, and where */
	uint32_t tgid;
	uint64_t start, end;		/* of a vDSO alone */
};

/*
 * Open the mapped file: by its path in our root and in the mappers' roots, then through
 * the mappings that the mappers still have. The file must have the recorded build-id. If
 * none was recorded, it must be the same inode of this machine, unchanged since it was
 * first seen mapped (if that is unknown, since dates->since), or match the recorded
 * fingerprint. Return true with the file in *elf and the process through which it was
 * found in *root (0: by its path in our root), or false if no file matches.
 */
bool ember_binary_open(struct ember_safe_open *reach, const struct ember_file *file,
		       const struct ember_mapper *mapper, uint32_t nr_mapper,
		       const struct ember_dates *dates, struct ember_elf *elf,
		       uint32_t *root);

/*
 * Verify likewise a file that was opened through a mapping, not by its path. Take @fd
 * over. Return true with the file in *elf, or false after closing @fd.
 */
bool ember_binary_mapped(const struct ember_file *file, int fd,
			 const struct ember_dates *dates, struct ember_elf *elf);

/*
 * Check that a file has the recorded build-id or, if none was recorded, the recorded
 * fingerprint. Take @fd over. Return true with the file in *elf, or false after closing @fd.
 */
bool ember_binary_matches(const struct ember_file *file, int fd, struct ember_elf *elf);

/* What a file of this machine is known by elsewhere; false: it isn't there as it was. */
bool ember_binary_fingerprint(struct ember_safe_open *reach, const struct ember_file *file,
			struct ember_fingerprint *print);

#endif
