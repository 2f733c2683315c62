// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/message.h"
#include "workstation/collect/handover.h"

struct ember_user {
	char name[64]; /* for messages */
	uid_t uid;
	gid_t gid;
};

/* Empties the bounding set where the process may; PR_SET_NO_NEW_PRIVS is enough without. */
static void ember_privileges_bounding(void)
{
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			return;
}

/*
 * Clear the calling thread's capability sets; with the inheritable set the kernel clears the
 * ambient one. Skip capset() if all are empty: a service manager's seccomp filter may kill its
 * callers. Return false, with errno set, if that or PR_SET_NO_NEW_PRIVS fails.
 */
static bool ember_privileges_none(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2] = {}, none[2] = {};

	if (syscall(SYS_capget, &header, now) ||
	    (memcmp(now, none, sizeof(now)) && syscall(SYS_capset, &header, none)))
		return false;
	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void ember_user_set(struct ember_user *u, const struct passwd *entry)
{
	snprintf(u->name, sizeof(u->name), "%s", entry->pw_name);
	u->uid = entry->pw_uid;
	u->gid = entry->pw_gid;
}

/* The owner of a folder may have no entry: a container's, or another machine's. */
static void ember_user_owner(struct ember_user *u, const struct stat *folder)
{
	const struct passwd *entry = getpwuid(folder->st_uid);

	if (entry) {
		ember_user_set(u, entry);
		return;
	}
	u->uid = folder->st_uid;
	u->gid = folder->st_gid ? folder->st_gid : folder->st_uid;
	snprintf(u->name, sizeof(u->name), "%u", u->uid);
}

static int ember_user_find(struct ember_user *u, const char *name, const struct stat *folder)
{
	const struct passwd *entry;

	if (name) {
		entry = getpwnam(name);
		if (!entry)
			return ember_error("--user %s: no such user", name);
		ember_user_set(u, entry);
		return 0;
	}
	if (folder->st_uid) {
		ember_user_owner(u, folder);
		return 0;
	}
	entry = getpwnam("emberprof");
	if (!entry || !entry->pw_uid)
		entry = getpwnam("nobody");
	if (!entry || !entry->pw_uid)
		return ember_error(
			"no user emberprof or nobody to switch to (use --user NAME)");
	ember_user_set(u, entry);
	return 0;
}

/* Returns false, with errno, if the process is not the user's for good. */
static bool ember_privileges_switch(const struct ember_user *u, const gid_t *groups,
				    unsigned int nr_groups)
{
	ember_privileges_bounding();
	if (u->uid && (setgroups(nr_groups, groups) || setresgid(u->gid, u->gid, u->gid) ||
		       setresuid(u->uid, u->uid, u->uid)))
		return false;
	if (!ember_privileges_none())
		return false;
	errno = ENOTRECOVERABLE;
	return !u->uid || (setuid(0) && seteuid(0) && (!u->gid || setgid(0)));
}

/* Whether the mode of each folder on the way lets the user pass. */
static bool ember_privileges_passes(const struct ember_user *u, const char *folder)
{
	char *path = realpath(folder, NULL), *end;
	bool passes = path;
	struct stat st;

	while (passes && (end = strrchr(path, '/')) && *path) {
		mode_t bit;

		*end = 0;
		passes = !stat(*path ? path : "/", &st);
		bit = st.st_uid == u->uid ? S_IXUSR : st.st_gid == u->gid ? S_IXGRP : S_IXOTH;
		passes &= (st.st_mode & bit) != 0;
	}
	free(path);
	return passes;
}

/* A folder that root has opened may lie below one that the user cannot enter. */
static int ember_privileges_reach(const struct ember_user *u, int fd, const char *folder)
{
	struct stat held, found;

	if (!fstat(fd, &held) && !stat(folder, &found)) {
		errno = ESTALE;
		if (held.st_dev == found.st_dev && held.st_ino == found.st_ino &&
		    !faccessat(AT_FDCWD, folder, R_OK | W_OK | X_OK, AT_EACCESS))
			return 0;
	}
	return ember_error("%s: user %s cannot reach it: %s (choose a folder that %s)", folder,
			   u->name, strerror(errno),
			   u->uid ? "it can, or --user root" : "root owns");
}

static int ember_privileges_of_user(const char *user)
{
	if (user)
		return ember_error("--user %s: only root can switch users", user);
	ember_privileges_bounding();
	if (!ember_privileges_none())
		return ember_error("cannot drop capabilities: %s", strerror(errno));
	return 0;
}

int ember_privileges_drop(const char *user, int folder_fd, const char *folder,
			  const gid_t *groups, unsigned int nr_groups)
{
	struct ember_user u = {};
	struct stat st;

	if (geteuid())
		return ember_privileges_of_user(user);
	if (fstat(folder_fd, &st))
		return ember_error("%s: %s", folder, strerror(errno));
	if (ember_user_find(&u, user, &st))
		return 1;
	/* Nobody has asked for that user: a collector that starts is better than none. */
	if (!user && u.uid && !ember_privileges_passes(&u, folder)) {
		ember_warning(
			"%s: user %s cannot reach it: staying root, without capabilities (choose a folder that it can, or --user NAME)",
			folder, u.name);
		u = (struct ember_user){ .name = "root" };
	}
	if (u.uid && ember_handover(folder_fd, folder, u.uid, u.gid, u.name)) {
		if (user)
			return 1;
		ember_warning("%s: staying root, without capabilities", folder);
		u = (struct ember_user){ .name = "root" };
	}
	if (!ember_privileges_switch(&u, groups, nr_groups))
		return ember_error("cannot switch to user %s: %s (try --user root)", u.name,
				   strerror(errno));
	/*
	 * Not dumpable: keys are in memory, and other services may run as `nobody`, which
	 * must not trace this one nor find its core. A user's own process stays as it was.
	 */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return ember_privileges_reach(&u, folder_fd, folder);
}

unsigned int ember_privileges_tty_group(const char *device, gid_t *group)
{
	struct stat st;

	if (stat(device, &st) || !S_ISCHR(st.st_mode) || !st.st_gid ||
	    (st.st_mode & (S_IRGRP | S_IWGRP)) != (S_IRGRP | S_IWGRP))
		return 0;
	*group = st.st_gid;
	return 1;
}
