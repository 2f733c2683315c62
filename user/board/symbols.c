// SPDX-License-Identifier: GPL-2.0-or-later
/* Source lines and files of other machines: a board's tool knows none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/kallsyms.h"
#include "model/tally.h"
#include "symbolize/image.h"
#include "symbolize/lines.h"
#include "symbolize/symfs.h"
#include "symbolize/unpack.h"

struct ember_lines *ember_lines_open(int fd, const struct ember_companions *companions)
{
	(void)fd;
	(void)companions;
	return NULL;
}

const struct ember_call *ember_lines_at(struct ember_lines *lines, uint64_t address,
					struct ember_strings *strings, uint32_t *nr)
{
	(void)lines;
	(void)address;
	(void)strings;
	*nr = 0;
	return NULL;
}

void ember_lines_close(struct ember_lines *lines)
{
	(void)lines;
}

bool ember_image_open(struct ember_image *image, const struct ember_file *file,
		      const struct ember_symfs *symfs, const char *vmlinux)
{
	(void)symfs;
	memset(image, 0, sizeof(*image));
	if (!vmlinux || file->flags & EMBER_FILE_MODULE)
		return false;
	image->map = fopen(vmlinux, "re");
	if (!image->map)
		return false;
	if (ember_kernel_symbol_find(image->map, EMBER_KERNEL_BEGIN, &image->base))
		return true;
	ember_image_close(image);
	return false;
}

void ember_image_close(struct ember_image *image)
{
	if (image->map)
		fclose(image->map);
}

int ember_unpack_symbols(const struct ember_elf *elf)
{
	(void)elf;
	return -1;
}

int ember_symfs_open(const struct ember_symfs *symfs, const uint8_t *id, unsigned int id_bytes,
		     uint32_t n)
{
	(void)symfs;
	(void)id;
	(void)id_bytes;
	(void)n;
	return -1;
}

int ember_symfs_fetch(const struct ember_symfs *symfs, const uint8_t *id,
		      unsigned int id_bytes, bool debug)
{
	(void)symfs;
	(void)id;
	(void)id_bytes;
	(void)debug;
	return -1;
}

bool ember_symfs_binary(const struct ember_symfs *symfs, const struct ember_file *file,
			struct ember_elf *elf)
{
	(void)symfs;
	(void)file;
	(void)elf;
	return false;
}
