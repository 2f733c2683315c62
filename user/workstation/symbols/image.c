// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/kallsyms.h"
#include "model/dictionary.h"
#include "symbolize/safe_open.h"

/* Where that symbol is, in the file's own addresses; false: it hasn't got it. */
static bool ember_image_symbol(const struct ember_elf *e, const char *name, uint64_t *address)
{
	Elf_Scn *section = NULL;
	const char *is;
	GElf_Shdr h;
	GElf_Sym s;
	int i;

	while ((section = elf_nextscn(e->elf, section))) {
		Elf_Data *data;

		if (!gelf_getshdr(section, &h) || h.sh_type != SHT_SYMTAB ||
		    !(data = elf_getdata(section, NULL)))
			continue;
		for (i = 0; gelf_getsym(data, i, &s); i++) {
			is = elf_strptr(e->elf, h.sh_link, s.st_name);
			if (is && !strcmp(is, name)) {
				*address = s.st_value;
				return true;
			}
		}
	}
	return false;
}

/* Sections of a module have their places when it's loaded: .text has the first. */
static bool ember_image_text(struct ember_elf *e)
{
	bool found = false;
	GElf_Shdr h;
	uint32_t i;

	for (i = 0; i < e->nr_section; i++) {
		if (!e->section[i].code)
			continue;
		if (!found && gelf_getshdr(elf_getscn(e->elf, i), &h) &&
		    ember_elf_named(e, &h, ".text", sizeof(".text")))
			found = true;
		else
			e->section[i].code = false;
	}
	return found;
}

/* Takes the descriptor over. */
static bool ember_image_is(struct ember_image *image, int fd, bool kernel)
{
	GElf_Ehdr header;

	if (fd < 0 || !ember_elf_open(&image->elf, fd))
		return false;
	image->base = 0;
	if (gelf_getehdr(image->elf.elf, &header) && ember_elf_has_symtab(&image->elf) &&
	    (kernel ? header.e_type != ET_REL &&
			      ember_image_symbol(&image->elf, EMBER_KERNEL_BEGIN,
						 &image->base) :
		      header.e_type == ET_REL && ember_image_text(&image->elf)))
		return true;
	ember_elf_close(&image->elf);
	return false;
}

/* As `nm` lists it: that's its one way to say what it is. */
static bool ember_image_map(struct ember_image *image, int fd)
{
	FILE *file = fdopen(dup(fd), "r");

	if (file && ember_kernel_symbol_find(file, EMBER_KERNEL_BEGIN, &image->base)) {
		image->map = file;
		return true;
	}
	if (file)
		fclose(file);
	return false;
}

/* A file that is read twice: no pipe, and nothing that would make the report wait. */
static int ember_image_file(const char *path)
{
	int name = open(path, O_PATH | O_CLOEXEC), fd;

	if (name < 0) {
		ember_error("%s: %s", path, strerror(errno));
		return -1;
	}
	fd = ember_safe_open_regular(name);
	if (fd < 0)
		ember_error("%s: not a regular file", path);
	return fd;
}

static bool ember_image_given(struct ember_image *image, const struct ember_file *file,
			      const char *path)
{
	uint8_t id[EMBER_BUILD_ID_MAX];
	unsigned int n;
	int fd = ember_image_file(path);

	if (fd < 0)
		return false;
	if (ember_image_map(image, fd)) {
		close(fd);
		return true;
	}
	if (!ember_image_is(image, fd, true)) {
		ember_error("%s: neither a vmlinux with symbols nor a System.map or kallsyms",
			    path);
		return false;
	}
	n = ember_elf_id(&image->elf, id);
	if (!n || !file->build_id_bytes ||
	    (n == file->build_id_bytes && !memcmp(id, file->build_id, n)))
		return true;
	ember_warning(
		"%s: isn't the kernel that was sampled (its build-id is another): left out",
		path);
	ember_elf_close(&image->elf);
	return false;
}

bool ember_image_open(struct ember_image *image, const struct ember_file *file,
		      const struct ember_symfs *symfs, const char *vmlinux)
{
	bool kernel = !(file->flags & EMBER_FILE_MODULE);
	uint32_t n;
	int fd;

	memset(image, 0, sizeof(*image));
	if (kernel && vmlinux)
		return ember_image_given(image, file, vmlinux);
	for (n = 0;
	     (fd = ember_symfs_open(symfs, file->build_id, file->build_id_bytes, n)) >= 0; n++)
		if (ember_image_is(image, fd, kernel))
			return true;
	return ember_image_is(
		image, ember_symfs_fetch(symfs, file->build_id, file->build_id_bytes, true),
		kernel);
}

void ember_image_close(struct ember_image *image)
{
	if (image->map)
		fclose(image->map);
	else
		ember_elf_close(&image->elf);
}
