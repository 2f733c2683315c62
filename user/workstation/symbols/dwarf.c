// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/symbols/dwarf.h"

#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/unpack.h"

/* Nothing else is looked for: what belongs to a file was found by its build-id. */
static int ember_dwarf_nothing(Dwfl_Module *module, void **data, const char *name,
			       Dwarf_Addr base, const char *file, const char *link,
			       GElf_Word crc, char **found)
{
	(void)module;
	(void)data;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	(void)found;
	return -1;
}

/* Where .text has come to be. */
static bool ember_dwarf_text(struct ember_dwarf *d, Dwfl_Module *module)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	Elf_Scn *section = NULL;
	size_t names;
	GElf_Shdr h;

	if (!elf || elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		const char *name =
			gelf_getshdr(section, &h) ? elf_strptr(elf, names, h.sh_name) : NULL;

		if (name && !strcmp(name, ".text")) {
			d->base = h.sh_addr + bias;
			d->limit = h.sh_size;
			return true;
		}
	}
	return false;
}

/* A kernel module's addresses aren't there before it's loaded: relocation makes some. */
static bool ember_dwarf_relocate(struct ember_dwarf *d, int fd)
{
	static const Dwfl_Callbacks callbacks = {
		.find_debuginfo = ember_dwarf_nothing,
		.section_address = dwfl_offline_section_address,
	};
	Dwfl_Module *module = NULL;
	Dwarf_Addr bias = 0;

	d->dwfl = dwfl_begin(&callbacks);
	if (d->dwfl)
		module = dwfl_report_offline(d->dwfl, "module", "module", fd);
	/* The descriptor is theirs, if that went well. */
	if (!module) {
		close(fd);
		return false;
	}
	dwfl_report_end(d->dwfl, NULL, NULL);
	d->dwarf = dwfl_module_getdwarf(module, &bias);
	if (!d->dwarf || !ember_dwarf_text(d, module))
		return false;
	d->base -= bias;
	return true;
}

/*
 * libdw remembers the folder in which a descriptor's file is. With the folder of all
 * descriptors in its place that is /proc/PID, where symbols/split leads libdw to.
 */
static void ember_dwarf_hide(int fd)
{
	int all = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (all < 0)
		return;
	dup3(all, fd, O_CLOEXEC);
	close(all);
}

/* Takes the descriptor over. */
static bool ember_dwarf_begin(struct ember_dwarf *d, int fd)
{
	GElf_Ehdr header;

	elf_version(EV_CURRENT);
	d->elf = elf_begin(fd, ELF_C_READ_MMAP_PRIVATE, NULL);
	if (!d->elf || !gelf_getehdr(d->elf, &header)) {
		close(fd);
		return false;
	}
	if (header.e_type == ET_REL) {
		elf_end(d->elf);
		d->elf = NULL;
		return ember_dwarf_relocate(d, fd);
	}
	ember_dwarf_hide(fd);
	d->dwarf = dwarf_begin_elf(d->elf, DWARF_C_READ, NULL);
	elf_cntl(d->elf, ELF_C_FDDONE);
	close(fd);
	return d->dwarf;
}

static char *ember_dwarf_path(int fd)
{
	char link[32], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	return n > 0 && *path == '/' ? strndup(path, n) : NULL;
}

bool ember_dwarf_open(struct ember_dwarf *d, int fd, const struct ember_companions *companions)
{
	int plain = ember_unpack_sections(fd);

	memset(d, 0, sizeof(*d));
	d->limit = UINT64_MAX;
	if (companions)
		d->companions = *companions;
	d->path = ember_dwarf_path(fd);
	if (plain < 0)
		plain = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (plain >= 0 && ember_dwarf_begin(d, plain) &&
	    ember_alternate_set(&d->alternate, d->dwarf, companions, d->path))
		return true;
	ember_dwarf_close(d);
	return false;
}

void ember_dwarf_close(struct ember_dwarf *d)
{
	if (d->dwfl)
		dwfl_end(d->dwfl);
	else
		dwarf_end(d->dwarf);
	elf_end(d->elf);
	ember_alternate_close(&d->alternate);
	free(d->path);
	memset(d, 0, sizeof(*d));
}
