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
 * By its path, here and as the mappers see it, then by what they still map. It's taken
 * if it has the build-id that was told; where none was told, if it's this machine's same
 * inode and didn't change since it was first seen mapped (or, where that's unknown, since
 * dates->since), or has the print that was told. *root is the process in whose root
 * the path led to it, 0: in ours. False: it can't be found.
 */
bool ember_binary_open(struct ember_safe_open *reach, const struct ember_file *file,
		       const struct ember_mapper *mapper, uint32_t nr_mapper,
		       const struct ember_dates *dates, struct ember_elf *elf,
		       uint32_t *root);

/*
 * The same of a descriptor that the kernel led to by a mapping. Takes it over, unless it's
 * true into *elf.
 */
bool ember_binary_mapped(const struct ember_file *file, int fd,
			 const struct ember_dates *dates, struct ember_elf *elf);

/*
 * Whether it's the file that was told of: by the build-id, or where there is none by its
 * print. Takes the descriptor over, unless it's true into *elf.
 */
bool ember_binary_matches(const struct ember_file *file, int fd, struct ember_elf *elf);

/* What a file of this machine is known by elsewhere; false: it isn't there as it was. */
bool ember_binary_fingerprint(struct ember_safe_open *reach, const struct ember_file *file,
			struct ember_fingerprint *print);

#endif
