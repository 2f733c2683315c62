// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/elf.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "elf/note.h"

#define EMBER_SECTIONS_MAX 0xff00 /* no more without extended numbering */
#define EMBER_BARE_MAX	   256 /* executable segments: each symbol is looked for in them */

bool ember_elf_read(const struct ember_elf *e, uint64_t offset, void *to, uint64_t bytes)
{
	uint8_t *at = to;

	if (offset > e->bytes || bytes > e->bytes - offset)
		return false;
	if (e->image) {
		memcpy(to, e->image + offset, bytes);
		return true;
	}
	while (bytes) {
		ssize_t n = pread(e->fd, at, bytes, offset);

		if (n <= 0)
			return false;
		at += n;
		offset += n;
		bytes -= n;
	}
	return true;
}

/*
 * Return true if the section and program headers lie within the file: libelf allocates as
 * many sections as the ELF header states, before it checks them.
 */
static bool ember_elf_plausible(const struct ember_elf *e)
{
	union {
		Elf32_Ehdr e32;
		Elf64_Ehdr e64;
	} h;
	uint64_t at, nr, each, table, segments;
	bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

	if (!ember_elf_read(e, 0, &h, sizeof(h.e32)) ||
	    memcmp(h.e32.e_ident, ELFMAG, SELFMAG) ||
	    h.e32.e_ident[EI_DATA] != (little ? ELFDATA2LSB : ELFDATA2MSB))
		return false;
	if (h.e32.e_ident[EI_CLASS] == ELFCLASS64) {
		if (!ember_elf_read(e, 0, &h, sizeof(h.e64)))
			return false;
		at = h.e64.e_shoff;
		nr = h.e64.e_shnum;
		each = h.e64.e_shentsize;
		table = h.e64.e_phoff;
		segments = h.e64.e_phnum;
		if (each && each != sizeof(Elf64_Shdr))
			return false;
		if (segments && h.e64.e_phentsize != sizeof(Elf64_Phdr))
			return false;
		segments *= sizeof(Elf64_Phdr);
	} else if (h.e32.e_ident[EI_CLASS] == ELFCLASS32) {
		at = h.e32.e_shoff;
		nr = h.e32.e_shnum;
		each = h.e32.e_shentsize;
		table = h.e32.e_phoff;
		segments = h.e32.e_phnum;
		if (each && each != sizeof(Elf32_Shdr))
			return false;
		if (segments && h.e32.e_phentsize != sizeof(Elf32_Phdr))
			return false;
		segments *= sizeof(Elf32_Phdr);
	} else {
		return false;
	}
	if (at &&
	    (!nr || nr >= EMBER_SECTIONS_MAX || at > e->bytes || nr * each > e->bytes - at))
		return false;
	return table <= e->bytes && segments <= e->bytes - table;
}

static void ember_elf_segments(struct ember_elf *e, size_t nr)
{
	size_t i;

	e->segment = ember_xrealloc(NULL, nr + 1, sizeof(*e->segment));
	for (i = 0; i < nr && e->nr_segment < EMBER_SEGMENTS_MAX; i++) {
		GElf_Phdr p;

		if (gelf_getphdr(e->elf, i, &p) && p.p_type == PT_LOAD)
			e->segment[e->nr_segment++] =
				(struct ember_segment){ p.p_offset, p.p_filesz, p.p_vaddr };
	}
}

/* sstrip and some packers cut the section headers off. */
static void ember_elf_bare(struct ember_elf *e, size_t nr)
{
	GElf_Phdr p;
	size_t i;

	e->bare = true;
	e->section = ember_xrealloc(NULL, nr + 1, sizeof(*e->section));
	for (i = 0; i < nr && e->nr_section < EMBER_BARE_MAX; i++)
		if (gelf_getphdr(e->elf, i, &p) && p.p_type == PT_LOAD && p.p_flags & PF_X &&
		    p.p_vaddr + p.p_filesz > p.p_vaddr)
			e->section[e->nr_section++] =
				(struct ember_elf_section){ p.p_vaddr, p.p_vaddr + p.p_filesz,
							    true };
}

static void ember_elf_sections(struct ember_elf *e, size_t nr)
{
	size_t i;

	e->section = ember_xrealloc(NULL, nr + 1, sizeof(*e->section));
	memset(e->section, 0, (nr + 1) * sizeof(*e->section));
	for (i = 0; i < nr; i++) {
		Elf_Scn *section = elf_getscn(e->elf, i);
		GElf_Shdr h;

		if (!section || !gelf_getshdr(section, &h) || !(h.sh_flags & SHF_ALLOC) ||
		    h.sh_addr + h.sh_size < h.sh_addr)
			continue;
		e->section[i].start = h.sh_addr;
		e->section[i].end = h.sh_addr + h.sh_size;
		e->section[i].code = h.sh_flags & SHF_EXECINSTR;
	}
	e->nr_section = nr;
}

static bool ember_elf_begin(struct ember_elf *e)
{
	size_t segments, sections;
	GElf_Ehdr header;

	elf_version(EV_CURRENT);
	if (!ember_elf_plausible(e))
		return false;
	e->elf = e->image ? elf_memory((char *)e->image, e->bytes) :
			    elf_begin(e->fd, ELF_C_READ, NULL);
	if (!e->elf || elf_kind(e->elf) != ELF_K_ELF || !gelf_getehdr(e->elf, &header) ||
	    elf_getphdrnum(e->elf, &segments) || elf_getshdrnum(e->elf, &sections) ||
	    sections >= EMBER_SECTIONS_MAX)
		return false;
	e->machine = header.e_machine;
	e->wide = header.e_ident[EI_CLASS] == ELFCLASS64;
	ember_elf_segments(e, segments);
	if (sections)
		ember_elf_sections(e, sections);
	else
		ember_elf_bare(e, segments);
	return true;
}

bool ember_elf_open(struct ember_elf *e, int fd)
{
	struct stat st;

	memset(e, 0, sizeof(*e));
	e->fd = fd;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		goto close;
	e->bytes = st.st_size;
	if (ember_elf_begin(e))
		return true;
close:
	ember_elf_close(e);
	return false;
}

bool ember_elf_image(struct ember_elf *e, const void *image, uint64_t bytes)
{
	memset(e, 0, sizeof(*e));
	e->fd = -1;
	e->image = image;
	e->bytes = bytes;
	if (ember_elf_begin(e))
		return true;
	ember_elf_close(e);
	return false;
}

void ember_elf_close(struct ember_elf *e)
{
	elf_end(e->elf);
	free(e->segment);
	free(e->section);
	if (e->fd >= 0)
		close(e->fd);
	memset(e, 0, sizeof(*e));
	e->fd = -1;
}

static unsigned int ember_elf_notes(const struct ember_elf *e, uint64_t offset, uint64_t bytes,
				    uint64_t align, uint8_t *id)
{
	uint8_t notes[EMBER_NOTES_BYTES];
	const uint8_t *at;
	unsigned int n;

	if (offset > e->bytes)
		return 0;
	if (bytes > e->bytes - offset)
		bytes = e->bytes - offset;
	if (bytes > sizeof(notes))
		bytes = sizeof(notes);
	if (!ember_elf_read(e, offset, notes, bytes))
		return 0;
	n = ember_note_build_id(notes, bytes, align, &at);
	if (n)
		memcpy(id, at, n);
	return n;
}

/* By sections first: in files of debug data segments lie where nothing is. */
unsigned int ember_elf_id(const struct ember_elf *e, uint8_t *id)
{
	unsigned int bytes = 0;
	Elf_Scn *section = NULL;
	GElf_Shdr h;
	GElf_Phdr p;
	size_t i, n;

	while (!bytes && (section = elf_nextscn(e->elf, section)))
		if (gelf_getshdr(section, &h) && h.sh_type == SHT_NOTE)
			bytes = ember_elf_notes(e, h.sh_offset, h.sh_size, h.sh_addralign, id);
	if (elf_getphdrnum(e->elf, &n))
		n = 0;
	for (i = 0; !bytes && i < n; i++)
		if (gelf_getphdr(e->elf, i, &p) && p.p_type == PT_NOTE)
			bytes = ember_elf_notes(e, p.p_offset, p.p_filesz, p.p_align, id);
	return bytes;
}

bool ember_elf_named(const struct ember_elf *e, const GElf_Shdr *section, const char *name,
		     size_t bytes)
{
	GElf_Shdr names;
	size_t index;
	char is[64];

	return bytes <= sizeof(is) && !elf_getshdrstrndx(e->elf, &index) &&
	       gelf_getshdr(elf_getscn(e->elf, index), &names) &&
	       section->sh_name < names.sh_size &&
	       ember_elf_read(e, names.sh_offset + section->sh_name, is, bytes) &&
	       !memcmp(is, name, bytes);
}

bool ember_elf_section(const struct ember_elf *e, const char *name, GElf_Shdr *h)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(e->elf, section)))
		if (gelf_getshdr(section, h) && h->sh_type != SHT_NOBITS &&
		    ember_elf_named(e, h, name, strlen(name) + 1))
			return true;
	return false;
}

bool ember_elf_find(const struct ember_elf *e, const char *name, uint64_t *offset,
		    uint64_t *bytes)
{
	GElf_Shdr h;

	if (!ember_elf_section(e, name, &h))
		return false;
	*offset = h.sh_offset;
	*bytes = h.sh_size;
	return true;
}

bool ember_elf_segment(const struct ember_elf *e, uint32_t type, GElf_Phdr *p)
{
	size_t i, n;

	if (elf_getphdrnum(e->elf, &n))
		return false;
	for (i = 0; i < n; i++)
		if (gelf_getphdr(e->elf, i, p) && p->p_type == type)
			return true;
	return false;
}

bool ember_elf_has_symtab(const struct ember_elf *e)
{
	Elf_Scn *section = NULL;
	GElf_Shdr h;

	while ((section = elf_nextscn(e->elf, section)))
		if (gelf_getshdr(section, &h) && h.sh_type == SHT_SYMTAB)
			return true;
	return false;
}

bool ember_segment_address(const struct ember_segment *segment, uint32_t nr, uint64_t offset,
			   uint64_t *address)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (offset - segment[i].offset < segment[i].bytes) {
			*address = offset - segment[i].offset + segment[i].address;
			return true;
		}
	return false;
}

bool ember_segment_offset(const struct ember_segment *segment, uint32_t nr, uint64_t address,
			  uint64_t bytes, uint64_t *offset)
{
	uint32_t i;

	for (i = 0; i < nr; i++) {
		uint64_t at = address - segment[i].address;

		if (at < segment[i].bytes && bytes <= segment[i].bytes - at) {
			*offset = at + segment[i].offset;
			return true;
		}
	}
	return false;
}

struct ember_segment ember_segment_part(const struct ember_segment *segment, uint32_t nr,
					uint64_t address, uint64_t end)
{
	struct ember_segment part = { .address = address };
	uint64_t at;
	uint32_t i;

	for (i = 0; i < nr && address - segment[i].address >= segment[i].bytes; i++)
		if (segment[i].address > address && segment[i].address < end)
			end = segment[i].address;
	if (i == nr)
		return part;
	at = address - segment[i].address;
	part.offset = segment[i].offset + at;
	part.bytes = segment[i].bytes - at < end - address ? segment[i].bytes - at :
							     end - address;
	return part;
}
