// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of symbols, on what says that it's an ELF file. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbolize/debugfile.h"
#include "elf/elf.h"
#include "symbolize/functions.h"
#include "elf/plt.h"

/* Every name comes from the file, so it can't be longer than that. */
static void names(struct ember_elf *elf, size_t n)
{
	struct ember_strings strings = {};
	struct ember_addr_lookup wanted = {};
	struct ember_asked asked = {};
	uint32_t i, k;

	for (i = 0; i < elf->nr_segment; i++)
		for (k = 0; k < 32; k++)
			ember_asked_add(&asked, elf->segment[i].address + k * 61);
	for (i = 0; i < elf->nr_section; i++)
		for (k = 0; k < 4; k++)
			ember_asked_add(&asked, elf->section[i].start + k * 17);
	ember_addr_lookup_new(&wanted, &asked, NULL, NULL);
	ember_elf_symbols(elf, &wanted, 0, false, NULL);
	ember_addr_lookup_settle(&wanted);
	ember_elf_symbols(elf, &wanted, 0, true, &strings);
	ember_elf_plt(elf, &wanted, &strings);
	ember_elf_functions(elf, true, &wanted, &strings);
	for (i = 0; i < wanted.nr; i++)
		FUZZ_MUST(wanted.want[i].begin <= wanted.want[i].address);
	for (i = 0; i < wanted.nr; i++)
		FUZZ_MUST(!wanted.want[i].name || strlen(wanted.want[i].name) < n + 4);
	ember_addr_lookup_free(&wanted);
	ember_asked_free(&asked);
	ember_strings_free(&strings);
}

static void all(struct ember_elf *elf, size_t n)
{
	struct ember_safe_open reach = {};
	struct ember_debug_dirs dirs = {};
	struct ember_elf debug;
	uint64_t offset, bytes, bias;
	uint8_t id[20];

	FUZZ_MUST(ember_elf_id(elf, id) <= sizeof(id));
	ember_elf_has_symtab(elf);
	ember_elf_find(elf, ".text", &offset, &bytes);
	names(elf, n);
	if (ember_debug_open(&reach, &dirs, elf, "/nowhere/program", 0, &debug, &bias))
		ember_elf_close(&debug);
	ember_safe_open_free(&reach);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);
	struct ember_elf elf;

	FUZZ_MUST(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	if (ember_elf_open(&elf, fd)) {
		all(&elf, n);
		ember_elf_close(&elf);
	}
	if (n && ember_elf_image(&elf, data, n)) {
		names(&elf, n);
		ember_elf_close(&elf);
	}
	return 0;
}
