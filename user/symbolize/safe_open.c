// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/safe_open.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "symbolize/maps.h"

static void ember_safe_open_read(struct ember_mounts *mounts, const char *pid)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/mountinfo", pid);
	file = fopen(path, "re");
	ember_mounts_read(mounts, file);
	if (file)
		fclose(file);
}

static const struct ember_mounts *ember_safe_open_mounts(struct ember_safe_open *r,
							 uint32_t tgid)
{
	uint32_t i, k;

	if (!r->own_read) {
		r->own.remote_too = r->remote_too;
		ember_safe_open_read(&r->own, "self");
		r->own_read = true;
		/* What our root is on has to answer anyhow. */
		for (i = 0; i < r->own.nr; i++) {
			const struct ember_mount *root = &r->own.mount[i];

			if (strcmp(root->path, "/"))
				continue;
			for (k = 0; root->remote && k < r->own.nr; k++)
				if (r->own.mount[k].major == root->major &&
				    r->own.mount[k].minor == root->minor)
					r->own.mount[k].remote = false;
		}
	}
	if (!tgid)
		return &r->own;
	if (r->other_tgid != tgid) {
		char pid[16];

		snprintf(pid, sizeof(pid), "%u", tgid);
		r->other.remote_too = r->remote_too;
		ember_safe_open_read(&r->other, pid);
		r->other_tgid = tgid;
		for (i = 0; i < r->other.nr; i++) {
			struct ember_mount *mount = &r->other.mount[i];
			bool remote;

			if (mount->remote &&
			    ember_mounts_device(&r->own, mount->major, mount->minor, &remote))
				mount->remote = remote;
		}
	}
	return &r->other;
}

int ember_safe_open_regular(int name)
{
	char path[64];
	struct stat st;
	int fd = -1;

	if (name < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", name);
	if (!fstat(name, &st) && S_ISREG(st.st_mode))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	close(name);
	return fd;
}

/* Links that a container has in its root lead to places in its root. */
static int ember_safe_open_within(uint32_t tgid, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};
	char where[64];
	int root, fd;

	snprintf(where, sizeof(where), "/proc/%u/root", tgid);
	root = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = openat(root, path + strspn(path, "/"), O_PATH | O_CLOEXEC);
	close(root);
	return fd;
}

int ember_safe_open_file(struct ember_safe_open *r, uint32_t tgid, const char *path)
{
	if (!ember_mounts_safe_open(ember_safe_open_mounts(r, tgid), path))
		return -1;
	return ember_safe_open_regular(tgid ? ember_safe_open_within(tgid, path) :
					      open(path, O_PATH | O_CLOEXEC));
}

/* Where the process has it mapped; false: nowhere. */
static bool ember_safe_open_maps(uint32_t tgid, uint32_t major, uint32_t minor, uint64_t ino,
				 struct ember_maps_entry *entry)
{
	struct ember_maps maps;
	bool same = false;

	ember_maps_open(&maps, tgid);
	while (!same && ember_maps_next(&maps, entry))
		same = entry->major == major && entry->minor == minor && entry->ino == ino;
	ember_maps_close(&maps);
	return same;
}

/* The program that a process runs, if it's that inode: what map_files isn't needed for. */
static int ember_safe_open_exe(uint32_t tgid, uint32_t major, uint32_t minor, uint64_t ino)
{
	char path[64];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/exe", tgid);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd >= 0 && !fstat(fd, &st) && st.st_ino == ino && major(st.st_dev) == major &&
	    minor(st.st_dev) == minor)
		return fd;
	close(fd);
	return -1;
}

int ember_safe_open_mapped(struct ember_safe_open *r, uint32_t tgid, uint32_t major,
			   uint32_t minor, uint64_t ino, bool memfd)
{
	struct ember_maps_entry entry;
	bool remote = !memfd;
	char path[96];
	int fd;

	/* What isn't mounted any more may have had a server; a memfd never is mounted. */
	if (!ember_mounts_device(ember_safe_open_mounts(r, tgid), major, minor, &remote))
		ember_mounts_device(&r->own, major, minor, &remote);
	if (remote || !ember_safe_open_maps(tgid, major, minor, ino, &entry))
		return -1;
	snprintf(path, sizeof(path), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, tgid,
		 entry.start, entry.end);
	fd = open(path, O_PATH | O_CLOEXEC);
	/* They are for the system's administrator alone. */
	if (fd < 0)
		fd = ember_safe_open_exe(tgid, major, minor, ino);
	return ember_safe_open_regular(fd);
}

void ember_safe_open_free(struct ember_safe_open *r)
{
	ember_mounts_free(&r->own);
	ember_mounts_free(&r->other);
}
