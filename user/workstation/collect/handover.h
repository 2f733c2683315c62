/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store that root has written becomes another user's. */
#ifndef EMBER_HANDOVER_H
#define EMBER_HANDOVER_H

#include <sys/types.h>

/*
 * Changes the owner of what root owns in a store: its databases, logs and boards' folders,
 * and the folder itself. Only directories and regular files with one link, on the folder's
 * mount; links are not followed. A folder of root's that holds anything else stays as
 * it is, since who owns /etc owns the machine. name: the user's, for messages.
 * Returns 0, or 1 (one line on stderr).
 */
int ember_handover(int fd, const char *folder, uid_t uid, gid_t gid, const char *name);

#endif
