// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbols/dwarf.h"

#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#include "symbols/unpack.h"

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
static bool ember_dwarf_relocate(struct ember_dwarf *d)
{
	static const Dwfl_Callbacks callbacks = {
		.find_debuginfo = ember_dwarf_nothing,
		.section_address = dwfl_offline_section_address,
	};
	Dwfl_Module *module = NULL;
	Dwarf_Addr bias = 0;

	d->dwfl = dwfl_begin(&callbacks);
	if (d->dwfl)
		module = dwfl_report_offline(d->dwfl, "module", "module", d->fd);
	/* The descriptor is theirs, if that went well. */
	if (!module)
		return false;
	d->fd = -1;
	dwfl_report_end(d->dwfl, NULL, NULL);
	d->dwarf = dwfl_module_getdwarf(module, &bias);
	if (!d->dwarf || !ember_dwarf_text(d, module))
		return false;
	d->base -= bias;
	return true;
}

bool ember_dwarf_open(struct ember_dwarf *d, int fd)
{
	GElf_Ehdr header;
	int plain;

	memset(d, 0, sizeof(*d));
	d->limit = UINT64_MAX;
	plain = ember_unpack_sections(fd);
	d->fd = plain < 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : plain;
	d->dwarf = d->fd < 0 ? NULL : dwarf_begin(d->fd, DWARF_C_READ);
	if (!d->dwarf || !gelf_getehdr(dwarf_getelf(d->dwarf), &header)) {
		ember_dwarf_close(d);
		return false;
	}
	if (header.e_type != ET_REL)
		return true;
	dwarf_end(d->dwarf);
	d->dwarf = NULL;
	if (ember_dwarf_relocate(d))
		return true;
	ember_dwarf_close(d);
	return false;
}

void ember_dwarf_close(struct ember_dwarf *d)
{
	if (d->dwfl)
		dwfl_end(d->dwfl);
	else if (d->dwarf)
		dwarf_end(d->dwarf);
	if (d->fd >= 0)
		close(d->fd);
	memset(d, 0, sizeof(*d));
	d->fd = -1;
}
