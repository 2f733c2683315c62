// SPDX-License-Identifier: GPL-2.0-or-later
/* Source lines, of what says that it's an ELF file with debug information, packed or not. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "symbolize/companion.h"
#include "elf/elf.h"
#include "symbolize/lines.h"
#include "symbolize/unpack.h"

#define CALLS 64 /* one inlined in the other, at most, and the function */

static void lines(int fd, const struct ember_elf *elf)
{
	struct ember_strings strings = {};
	static struct ember_safe_open reach;
	static const struct ember_debug_dirs dirs;
	struct ember_companions companions = { &reach, &dirs, 0 };
	struct ember_lines *l = ember_lines_open(fd, &companions);
	uint32_t i, k, nr;

	for (i = 0; l && i < elf->nr_section; i++) {
		for (k = 0; elf->section[i].code && k < 16; k++) {
			const struct ember_call *call = ember_lines_at(
				l, elf->section[i].start + k * 7, &strings, &nr);

			FUZZ_MUST(nr <= CALLS && (!nr || call));
		}
	}
	ember_lines_close(l);
	ember_strings_free(&strings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	int fd = memfd_create("elf", MFD_CLOEXEC), inner;
	struct ember_elf elf, symbols;

	FUZZ_MUST(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	if (!ember_elf_open(&elf, fd))
		return 0;
	inner = ember_unpack_symbols(&elf);
	if (inner >= 0 && ember_elf_open(&symbols, inner))
		ember_elf_close(&symbols);
	lines(fd, &elf);
	ember_elf_close(&elf);
	return 0;
}
