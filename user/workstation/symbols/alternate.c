// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/symbols/alternate.h"

#include <elfutils/libdwelf.h>
#include <string.h>
#include <unistd.h>

#include "elf/elf.h"
#include "symbolize/unpack.h"

#define EMBER_ALTERNATE_ID 20 /* bytes of a build-id */

struct ember_alternate_empty { /* an ELF file with a .debug_line that is no table */
	Elf64_Ehdr header;
	Elf64_Shdr section[3];
	char names[32];
};

static struct ember_alternate_empty ember_alternate_empty = {
	.header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB,
			     EV_CURRENT },
		.e_type = ET_DYN,
		.e_version = EV_CURRENT,
		.e_shoff = offsetof(struct ember_alternate_empty, section),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 3,
		.e_shstrndx = 1,
	},
	.section = {
		{},
		{ .sh_name = 1, .sh_type = SHT_STRTAB, .sh_addralign = 1,
		  .sh_offset = offsetof(struct ember_alternate_empty, names), .sh_size = 32 },
		{ .sh_name = 11, .sh_type = SHT_PROGBITS, .sh_addralign = 1,
		  .sh_offset = offsetof(struct ember_alternate_empty, names), .sh_size = 1 },
	},
	.names = "\0.shstrtab\0.debug_line",
};

struct ember_alternate_id {
	const void *id;
	size_t bytes;
};

/* An ember_companion_is. */
static bool ember_alternate_is(void *context, int fd)
{
	const struct ember_alternate_id *wanted = context;
	uint8_t id[EMBER_ALTERNATE_ID];
	struct ember_elf elf;
	bool same;

	if (!ember_elf_open(&elf, dup(fd)))
		return false;
	same = ember_elf_id(&elf, id) == wanted->bytes &&
	       !memcmp(id, wanted->id, wanted->bytes);
	ember_elf_close(&elf);
	return same;
}

/* Return a descriptor of the file that the link names, which has its build-id, or -1. */
static int ember_alternate_find(Dwarf *dwarf, const struct ember_companions *in,
				const char *of)
{
	struct ember_alternate_id wanted;
	const char *name;
	ssize_t bytes = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &wanted.id);
	int fd;

	if (bytes <= 0 || bytes > EMBER_ALTERNATE_ID)
		return -1;
	wanted.bytes = bytes;
	fd = ember_companion_by_id(in, wanted.id, bytes, ember_alternate_is, &wanted);
	return fd < 0 && of ?
		       ember_companion_named(in, of, NULL, name, ember_alternate_is, &wanted) :
		       fd;
}

/* Takes the descriptor over. */
static void ember_alternate_open(struct ember_alternate *a, int fd)
{
	int plain = ember_unpack_sections(fd);

	if (plain >= 0) {
		close(fd);
		fd = plain;
	}
	a->elf = elf_begin(fd, ELF_C_READ_MMAP_PRIVATE, NULL);
	a->dwarf = dwarf_begin_elf(a->elf, DWARF_C_READ, NULL);
	elf_cntl(a->elf, ELF_C_FDDONE);
	close(fd);
	/* An alternate file has none of its own. */
	if (a->dwarf)
		dwarf_setalt(a->dwarf, a->empty);
}

bool ember_alternate_set(struct ember_alternate *a, Dwarf *dwarf,
			 const struct ember_companions *in, const char *of)
{
	int fd;

	a->empty_elf =
		elf_memory((char *)&ember_alternate_empty, sizeof(ember_alternate_empty));
	a->empty = dwarf_begin_elf(a->empty_elf, DWARF_C_READ, NULL);
	if (!a->empty)
		return false;
	fd = in ? ember_alternate_find(dwarf, in, of) : -1;
	if (fd >= 0)
		ember_alternate_open(a, fd);
	dwarf_setalt(dwarf, a->dwarf ? a->dwarf : a->empty);
	return true;
}

void ember_alternate_none(const struct ember_alternate *a, Dwarf *dwarf)
{
	dwarf_setalt(dwarf, a->empty);
}

void ember_alternate_close(struct ember_alternate *a)
{
	dwarf_end(a->dwarf);
	elf_end(a->elf);
	dwarf_end(a->empty);
	elf_end(a->empty_elf);
	memset(a, 0, sizeof(*a));
}
