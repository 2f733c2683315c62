/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The collector reads what anyone sends: it does so without privileges. */
#ifndef EMBER_PRIVILEGES_H
#define EMBER_PRIVILEGES_H

#include <sys/types.h>

/*
 * Gives up all privileges of the process: call before any thread is started (capabilities
 * are a thread's), and after sockets, lines and the store are open. folder_fd, folder: the
 * store, an open descriptor and its path. groups: supplementary groups to keep, and no others.
 *
 * Started by root, switches to `user` if it is given, else to the owner of the folder if that
 * is not root, else to `emberprof`, else to `nobody`. What root owns of the store is given to
 * that user first. Started by another user, `user` must be NULL.
 *
 * Where `user` is not given and the one it would be cannot reach the folder, or does not get
 * it, the process stays root as below, and says so.
 *
 * `user` "root" keeps uid 0 and its groups, without capabilities. Root's files are what is
 * left: the process can write them as their modes allow (/etc/passwd too), but no one else's,
 * and it cannot signal or trace others, mount, or change the network.
 *
 * In every case no exec can regain anything (PR_SET_NO_NEW_PRIVS). Returns 0, or 1 with one
 * line on stderr; the process may then have switched, and is to end.
 */
int ember_privileges_drop(const char *user, int folder_fd, const char *folder,
			  const gid_t *groups, unsigned int nr_groups);

/*
 * Finds the group that may read and write a serial device, so that a process of this group
 * can reopen it. Returns 1 and *group, or 0: no group may, or only root's.
 */
unsigned int ember_privileges_tty_group(const char *device, gid_t *group);

#endif
