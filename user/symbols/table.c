// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbols/table.h"

#include <ctype.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static void ember_table_add(struct ember_table *t, uint64_t start, uint64_t size,
			    const char *name)
{
	struct ember_symbol *s;

	if (!(t->nr & (t->nr + 1)) || !t->nr)
		t->symbol = ember_grow(t->symbol, 2 * (t->nr + 1), sizeof(*s));
	s = &t->symbol[t->nr++];
	s->start = start;
	s->size = size;
	s->name = strndup(name, strcspn(name, "@"));
}

static int ember_symbol_order(const void *a, const void *b)
{
	const struct ember_symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	/* Aliases: the one that has a size, then by name, so that runs agree. */
	if (!x->size != !y->size)
		return x->size ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void ember_table_sort(struct ember_table *t)
{
	uint32_t i, n = 0;

	qsort(t->symbol, t->nr, sizeof(*t->symbol), ember_symbol_order);
	for (i = 0; i < t->nr; i++) {
		if (n && t->symbol[n - 1].start == t->symbol[i].start)
			free(t->symbol[i].name);
		else
			t->symbol[n++] = t->symbol[i];
	}
	t->nr = n;
}

static bool ember_elf_is(Elf *elf, const uint8_t *id, unsigned int bytes)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	if (!bytes)
		return true;
	while ((section = elf_nextscn(elf, section))) {
		size_t at = 0, name, desc;
		GElf_Nhdr note;
		Elf_Data *data;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_NOTE)
			continue;
		data = elf_getdata(section, NULL);
		while (data && (at = gelf_getnote(data, at, &note, &name, &desc)) > 0)
			if (note.n_type == 3 && note.n_namesz == 4 &&
			    !memcmp((char *)data->d_buf + name, "GNU", 4))
				return note.n_descsz == bytes &&
				       !memcmp((char *)data->d_buf + desc, id, bytes);
	}
	return false;
}

static void ember_elf_symbols(struct ember_table *t, Elf *elf, uint32_t type, bool arm)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		Elf_Data *data;
		size_t i;

		if (!gelf_getshdr(section, &header) || header.sh_type != type ||
		    !header.sh_entsize)
			continue;
		data = elf_getdata(section, NULL);
		for (i = 0; data && i < header.sh_size / header.sh_entsize; i++) {
			const char *name;
			GElf_Sym s;

			if (!gelf_getsym(data, i, &s))
				break;
			if (s.st_shndx == SHN_UNDEF ||
			    (GELF_ST_TYPE(s.st_info) != STT_FUNC &&
			     GELF_ST_TYPE(s.st_info) != STT_GNU_IFUNC))
				continue;
			name = elf_strptr(elf, header.sh_link, s.st_name);
			if (name && *name)
				ember_table_add(t, arm ? s.st_value & ~1ull : s.st_value,
						s.st_size, name);
		}
	}
}

bool ember_table_elf(struct ember_table *t, const char *path, const uint8_t *id,
		     unsigned int id_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	GElf_Ehdr header;
	struct stat st;
	Elf *elf = NULL;
	size_t i, n;

	memset(t, 0, sizeof(*t));
	elf_version(EV_CURRENT);
	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) ||
	    elf_getphdrnum(elf, &n) || !ember_elf_is(elf, id, id_bytes))
		goto out;
	for (i = 0; i < n && t->nr_segment < 16; i++) {
		GElf_Phdr p;

		if (gelf_getphdr(elf, i, &p) && p.p_type == PT_LOAD)
			t->segment[t->nr_segment++] = (struct ember_segment){
				p.p_offset, p.p_filesz, p.p_vaddr };
	}
	ember_elf_symbols(t, elf, SHT_SYMTAB, header.e_machine == EM_ARM);
	if (!t->nr)
		ember_elf_symbols(t, elf, SHT_DYNSYM, header.e_machine == EM_ARM);
	ember_table_sort(t);
out:
	elf_end(elf);
	close(fd);
	return t->nr > 0;
}

bool ember_table_kallsyms(struct ember_table *t, const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long long start, any = 0;
	char line[1024], *name, type;

	memset(t, 0, sizeof(*t));
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		/* `address type name`, and a tab and the module */
		start = strtoull(line, &name, 16);
		if (name == line || name[0] != ' ' || !name[1] || name[2] != ' ')
			continue;
		type = name[1];
		name += 3;
		name[strcspn(name, "\t\n ")] = 0;
		any |= start;
		/* $t and the like say what code it is, not whose. */
		if ((tolower(type) == 't' || tolower(type) == 'w') && name[0] != '$')
			ember_table_add(t, start & ~(sizeof(long) == 4 ? 1ull : 0), 0, name);
	}
	fclose(file);
	if (!any)
		ember_table_free(t);
	ember_table_sort(t);
	return any;
}

void ember_table_free(struct ember_table *t)
{
	while (t->nr)
		free(t->symbol[--t->nr].name);
	free(t->symbol);
	memset(t, 0, sizeof(*t));
}

const char *ember_table_at(const struct ember_table *t, uint64_t address)
{
	uint32_t low = 0, high = t->nr;
	const struct ember_symbol *s;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (t->symbol[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	s = &t->symbol[low - 1];
	return !s->size || address - s->start < s->size ? s->name : NULL;
}

const char *ember_table_at_offset(const struct ember_table *t, uint64_t offset)
{
	uint32_t i;

	for (i = 0; i < t->nr_segment; i++)
		if (offset - t->segment[i].offset < t->segment[i].bytes)
			return ember_table_at(t, offset - t->segment[i].offset +
						 t->segment[i].address);
	return NULL;
}
