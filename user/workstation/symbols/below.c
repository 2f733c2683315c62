// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/symbols/below.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "symbolize/safe_open.h"

#define EMBER_BELOW_LINKS 40 /* symbolic links in one path, as many as the kernel follows */

struct ember_below_walk {
	int root;
	char done[PATH_MAX]; /* resolved, without links, relative to the root */
	char rest[PATH_MAX];
	unsigned int links;
};

/* Put `text` before what is left to resolve; return false if the path gets too long. */
static bool ember_walk_prepend(struct ember_below_walk *w, const char *text, size_t bytes)
{
	size_t rest = strlen(w->rest);

	if (bytes + 1 + rest >= sizeof(w->rest))
		return false;
	memmove(w->rest + bytes + 1, w->rest, rest + 1);
	memcpy(w->rest, text, bytes);
	w->rest[bytes] = '/';
	return true;
}

/* Open what is resolved so far; no component of it is a link, or the open fails. */
static int ember_walk_here(const struct ember_below_walk *w)
{
	char path[PATH_MAX], *name, *next;
	int at = fcntl(w->root, F_DUPFD_CLOEXEC, 0), fd;

	strcpy(path, w->done);
	for (name = path; at >= 0 && *name; name = next) {
		next = strchrnul(name, '/');
		if (*next)
			*next++ = 0;
		fd = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		close(at);
		at = fd;
	}
	return at;
}

/* Take the first component of what is left; return false if there is no such file. */
static bool ember_walk_step(struct ember_below_walk *w)
{
	char name[NAME_MAX + 1], link[PATH_MAX], *end;
	size_t n = strcspn(w->rest, "/"), done = strlen(w->done);
	struct stat st;
	ssize_t bytes;
	int fd;

	if (n >= sizeof(name))
		return false;
	memcpy(name, w->rest, n);
	name[n] = 0;
	memmove(w->rest, w->rest + n, strlen(w->rest + n) + 1);
	if (!strcmp(name, "."))
		return true;
	if (!strcmp(name, "..")) {
		end = strrchr(w->done, '/');
		*(end ? end : w->done) = 0;
		return true;
	}
	if (done + n + 2 > sizeof(w->done))
		return false;
	strcpy(w->done + done, done ? "/" : "");
	strcat(w->done, name);
	fd = ember_walk_here(w);
	if (fd < 0)
		return false;
	bytes = fstat(fd, &st) || !S_ISLNK(st.st_mode) ?
			-1 :
			readlinkat(fd, "", link, sizeof(link));
	close(fd);
	if (bytes < 0)
		return true;
	w->done[link[0] == '/' ? 0 : done] = 0;
	return w->links++ < EMBER_BELOW_LINKS && bytes < (ssize_t)sizeof(link) &&
	       ember_walk_prepend(w, link, bytes);
}

/* A file of no length has nothing to read; those of /proc say so and may wait. */
static int ember_below_regular(int name)
{
	int fd = ember_safe_open_regular(name);
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && st.st_size)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

int ember_below_walk(const char *folder, const char *path)
{
	struct ember_below_walk w = { .root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) };
	bool good = w.root >= 0 && strlen(path) < sizeof(w.rest);
	int fd = -1;

	if (good)
		strcpy(w.rest, path);
	while (good) {
		memmove(w.rest, w.rest + strspn(w.rest, "/"),
			strlen(w.rest + strspn(w.rest, "/")) + 1);
		if (!*w.rest)
			break;
		good = ember_walk_step(&w);
	}
	if (good)
		fd = ember_walk_here(&w);
	if (w.root >= 0)
		close(w.root);
	return ember_below_regular(fd);
}

int ember_below_open(const char *folder, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};
	int root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

	if (root < 0)
		return -1;
	fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	close(root);
	/* EAGAIN: something below the folder was renamed meanwhile. EPERM: a seccomp filter. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EAGAIN))
		return ember_below_walk(folder, path);
	return ember_below_regular(fd);
}
