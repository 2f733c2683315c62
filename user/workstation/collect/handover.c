// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/handover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "base/utf8.h"
#include "log/folder.h"

#define EMBER_HANDOVER_DEPTH 2 /* DIR/boards/NAME/ */
#define EMBER_HANDOVER_FSCK  "lost+found" /* of a store that has a file system to itself */

struct ember_handover {
	struct statx folder;
	uid_t uid;
	gid_t gid;
	char stranger[256]; /* the first entry that no store has; "": none */
	int err; /* of the first change that failed */
};

/* Whether a store has a file of this name, at a depth below its folder. */
static bool ember_handover_file(const char *name, unsigned int depth)
{
	static const char *const first[] = { "index.db", "sessions.db", "state.db" };
	size_t i;

	if (ember_log_is_named(name))
		return true;
	/* SQLite's own files beside a database begin with its name. */
	for (i = 0; !depth && i < sizeof(first) / sizeof(*first); i++)
		if (!strncmp(name, first[i], strlen(first[i])))
			return true;
	return !depth && !strcmp(name, ".lock");
}

/* The next entry but the two of the folder itself. */
static const char *ember_handover_next(DIR *dir)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			return entry->d_name;
	return NULL;
}

static bool ember_handover_stat(int at, const char *name, struct statx *st)
{
	return !statx(at, name, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
		      STATX_BASIC_STATS | STATX_MNT_ID, st);
}

/* By mount where the kernel knows (5.8): files of an overlay have devices of their own. */
static bool ember_handover_near(const struct ember_handover *h, const struct statx *st)
{
	if (h->folder.stx_mask & st->stx_mask & STATX_MNT_ID)
		return h->folder.stx_mnt_id == st->stx_mnt_id;
	return h->folder.stx_dev_major == st->stx_dev_major &&
	       h->folder.stx_dev_minor == st->stx_dev_minor;
}

static DIR *ember_handover_open(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

/* Whether the directory has only what a store has; else the first other name is kept. */
static bool ember_handover_pure(struct ember_handover *h, int at, const char *path,
				unsigned int depth)
{
	DIR *dir = ember_handover_open(at, path);
	bool pure = dir;
	const char *name;
	struct statx st;

	while (pure && (name = ember_handover_next(dir))) {
		if (!ember_handover_stat(dirfd(dir), name, &st) ||
		    (!depth && !strcmp(name, EMBER_HANDOVER_FSCK)))
			continue;
		if (S_ISDIR(st.stx_mode))
			pure = depth < EMBER_HANDOVER_DEPTH && ember_handover_near(h, &st) &&
			       ember_handover_pure(h, dirfd(dir), name, depth + 1);
		else
			pure = S_ISREG(st.stx_mode) && ember_handover_file(name, depth);
		if (!pure && !*h->stranger)
			snprintf(h->stranger, sizeof(h->stranger), "%s", name);
	}
	if (dir)
		closedir(dir);
	return pure;
}

/* Whether a directory is the store's: by its name, or of logs alone as older stores have. */
static bool ember_handover_enters(struct ember_handover *h, int at, const char *name,
				  unsigned int depth)
{
	if (depth)
		return depth < EMBER_HANDOVER_DEPTH;
	return !strcmp(name, "boards") || (strcmp(name, EMBER_HANDOVER_FSCK) != 0 &&
					   ember_handover_pure(h, at, name, depth + 1));
}

/* By an open descriptor: what the name means may change between check and use. */
static void ember_handover_give(struct ember_handover *h, int fd)
{
	struct statx st;

	if (!ember_handover_stat(fd, "", &st) || st.stx_uid || !ember_handover_near(h, &st) ||
	    (!S_ISDIR(st.stx_mode) && (!S_ISREG(st.stx_mode) || st.stx_nlink != 1)))
		return;
	if (fchownat(fd, "", h->uid, h->gid, AT_EMPTY_PATH) && !h->err)
		h->err = errno;
}

static void ember_handover_walk(struct ember_handover *h, int at, const char *path,
				unsigned int depth)
{
	DIR *dir = ember_handover_open(at, path);
	const char *name;
	struct statx st;

	while (dir && (name = ember_handover_next(dir))) {
		int fd;

		if (!ember_handover_stat(dirfd(dir), name, &st) ||
		    !ember_handover_near(h, &st))
			continue;
		if (S_ISDIR(st.stx_mode) && ember_handover_enters(h, dirfd(dir), name, depth))
			ember_handover_walk(h, dirfd(dir), name, depth + 1);
		if (!S_ISREG(st.stx_mode) || !ember_handover_file(name, depth))
			continue;
		fd = openat(dirfd(dir), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			continue;
		ember_handover_give(h, fd);
		close(fd);
	}
	if (!dir)
		return;
	ember_handover_give(h, dirfd(dir));
	closedir(dir);
}

static int ember_handover_refuse(struct ember_handover *h, const char *folder,
				 const char *name)
{
	ember_utf8_clean(h->stranger, h->stranger, strlen(h->stranger));
	return ember_error(
		"%s: holds %s, which no collector wrote: not giving the folder to user %s (choose one for logs alone, or chown it)",
		folder, h->stranger, name);
}

int ember_handover(int fd, const char *folder, uid_t uid, gid_t gid, const char *name)
{
	struct ember_handover h = { .uid = uid, .gid = gid };

	if (!ember_handover_stat(fd, "", &h.folder))
		return ember_error("%s: %s", folder, strerror(errno));
	if (!h.folder.stx_uid && !ember_handover_pure(&h, fd, ".", 0))
		return ember_handover_refuse(&h, folder, name);
	ember_handover_walk(&h, fd, ".", 0);
	if (h.err)
		return ember_error("%s: cannot give it to user %s: %s", folder, name,
				   strerror(h.err));
	return 0;
}
