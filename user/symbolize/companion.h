/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that a debug file refers to by name: the .dwo file of a split unit, the alternate
 * file that dwz has made. A name in a debug file is a stranger's: only regular files are
 * opened, none that a server would have to answer for, and of a file below a folder that the
 * user named (--symfs, --debug-dir) only files below such a folder. Workstations only.
 */
#ifndef EMBER_COMPANION_H
#define EMBER_COMPANION_H

#include <stdbool.h>
#include <stdint.h>

#include "symbolize/debugfile.h"

struct ember_companions {		/* where they are looked for */
	struct ember_safe_open *reach;
	const struct ember_debug_dirs *dirs;
	uint32_t root;			/* the process in whose root the debug file is; 0: ours */
};

/* Whether that is the file, by its contents. The descriptor stays the caller's. */
typedef bool ember_companion_is(void *context, int fd);

/*
 * Return a descriptor of the file `name`, relative to `folder` (NULL or relative: to the
 * folder of the file with the absolute path `of`), or -1.
 */
int ember_companion_named(const struct ember_companions *companions, const char *of,
			  const char *folder, const char *name, ember_companion_is *is,
			  void *context);

/* Return a descriptor of a debug file with that build-id, or -1. */
int ember_companion_by_id(const struct ember_companions *companions, const uint8_t *id,
			  unsigned int id_bytes, ember_companion_is *is, void *context);

#endif
