/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file systems may be accessed. A lookup on a remote one (NFS, FUSE, ...) can block
 * forever, so /proc/PID/mountinfo identifies these before the first lookup. The exception
 * is the file system of our own root, without which nothing works.
 */
#ifndef EMBER_MOUNTS_H
#define EMBER_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct ember_mount {
	char *path;			/* as its process sees it */
	uint32_t major, minor;
	bool remote, pseudo;
};

struct ember_mounts {
	struct ember_mount *mount;	/* later ones lie on top */
	uint32_t nr;
	bool remote_too;		/* don't mind */
};

/* Replaces what is there; nothing is reachable if the file is NULL. */
void ember_mounts_read(struct ember_mounts *mounts, FILE *mountinfo);
void ember_mounts_free(struct ember_mounts *mounts);

/* An absolute path, as the process sees it. */
bool ember_mounts_safe_open(const struct ember_mounts *mounts, const char *path);

/*
 * Return true if the device is mounted, with *remote set if its files must not be opened
 * (they may block, or have side effects).
 */
bool ember_mounts_device(const struct ember_mounts *mounts, uint32_t major, uint32_t minor,
			 bool *remote);

#endif
