/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program's or a library's file says that it needs to run. */
#ifndef EMBER_DYNAMIC_H
#define EMBER_DYNAMIC_H

#include "elf/elf.h"

struct ember_dynamic {
	char *interpreter;		/* PT_INTERP, or NULL */
	char *rpath, *runpath;		/* DT_RPATH, DT_RUNPATH, or NULL */
	char **needed;			/* [nr] DT_NEEDED, in their order */
	uint32_t nr;
	unsigned int room;
};

void ember_dynamic_read(const struct ember_elf *elf, struct ember_dynamic *dynamic);
void ember_dynamic_free(struct ember_dynamic *dynamic);

#endif
