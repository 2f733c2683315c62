/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file systems may be asked. One that a server stands behind (NFS, FUSE, ...)
 * can keep whoever looks up a name in it waiting for ever, so it is told from
 * /proc/PID/mountinfo, before the first look-up. The exception is the one that our
 * own root is on: without that nothing works.
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

/* True if the device is mounted there; then *remote is told. */
bool ember_mounts_device(const struct ember_mounts *mounts, uint32_t major, uint32_t minor,
			 bool *remote);

#endif
