/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels and modules of other machines, on a workstation: by their files, which are named. */
#ifndef EMBER_IMAGE_H
#define EMBER_IMAGE_H

#include <stdio.h>

#include "elf/elf.h"
#include "symbolize/symfs.h"

struct ember_file;

struct ember_image {
	struct ember_elf elf;
	FILE *map;			/* System.map instead, or NULL */
	uint64_t base;			/* what offsets count from, at the file's own addresses */
};

/*
 * The file of a kernel (offsets count from _stext) or of a module (from its .text). vmlinux:
 * what was given as such, an ELF file or a System.map, or NULL; else by build-id. False: it
 * isn't there, or what was given is another kernel's (said).
 */
bool ember_image_open(struct ember_image *image, const struct ember_file *file,
		      const struct ember_symfs *symfs, const char *vmlinux);
void ember_image_close(struct ember_image *image);

#endif
