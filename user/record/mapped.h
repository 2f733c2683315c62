/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files whose code is mapped by processes that run now. */
#ifndef EMBER_MAPPED_H
#define EMBER_MAPPED_H

#include <stdint.h>

struct ember_mapped_file {
	char *path;			/* as the process sees it */
	uint32_t tgid;			/* a process that maps it */
	uint64_t device, inode;		/* as the kernel's list has them */
	uint64_t uses;			/* clock ticks that its processes have run, 1 at least each */
};

struct ember_mapped {
	struct ember_mapped_file *file;	/* the most used first */
	uint32_t nr;
	unsigned int room;
};

/* Those of some processes or threads, or (nr 0) of all. */
void ember_mapped_find(struct ember_mapped *mapped, const uint32_t *ids, uint32_t nr);
void ember_mapped_free(struct ember_mapped *mapped);

#endif
