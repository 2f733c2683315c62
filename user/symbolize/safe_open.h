/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens files for reading, as a process sees them, without waiting for anybody. */
#ifndef EMBER_SAFE_OPEN_H
#define EMBER_SAFE_OPEN_H

#include "symbolize/mounts.h"

struct ember_safe_open {
	struct ember_mounts own, other;
	uint32_t other_tgid;
	bool own_read;
	bool remote_too;		/* file systems with a server behind them, too */
};

/*
 * An absolute path within a process' root (0: within our own). A descriptor of a
 * regular file, or -1: nothing else is ever opened, since that can wait or act.
 */
int ember_safe_open_file(struct ember_safe_open *reach, uint32_t tgid, const char *path);

/*
 * That inode, if a process maps it, wherever; also if it's deleted, or its name leads
 * elsewhere by now. memfd: it's on no file system that anybody mounts.
 */
int ember_safe_open_mapped(struct ember_safe_open *reach, uint32_t tgid, uint32_t major,
		       uint32_t minor, uint64_t ino, bool memfd);

/*
 * Of a descriptor that only names a file (O_PATH), which is closed: one to read it with, or
 * -1 if it isn't a regular file. A FIFO waits and a device acts when it is opened.
 */
int ember_safe_open_regular(int name);

void ember_safe_open_free(struct ember_safe_open *reach);

#endif
