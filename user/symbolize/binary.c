// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/binary.h"

#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "model/recording.h"
#include "symbolize/fingerprint.h"

/*
 * Whether the file has another path by now, or none: that changed its inode, and not what is
 * in it.
 */
static bool ember_inode_moved(const struct ember_file *file, int fd)
{
	char link[64], path[EMBER_PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = 0;
	return !file->path || strcmp(path, file->path);
}

/*
 * Numbers of inodes are used again, so a file that was changed since it was seen may be
 * another one. A time in the future isn't such a change: boards without a clock begin in
 * 1970. dates: NULL, any time will do. mapped: the kernel itself led us to it.
 */
static bool ember_inode_is(const struct ember_file *file, int fd, bool mapped,
			   const struct ember_dates *dates)
{
	int generation[2] = {};
	struct stat st;

	/* On some file systems stat() has other devices than what is mapped. */
	if (fstat(fd, &st) ||
	    (!mapped && (st.st_ino != file->ino || major(st.st_dev) != file->dev_major ||
			 minor(st.st_dev) != file->dev_minor)))
		return false;
	if (file->generation && !ioctl(fd, FS_IOC_GETVERSION, generation) &&
	    (uint32_t)generation[0] != (uint32_t)file->generation)
		return false;
	return !dates ||
	       !ember_dates_since(dates, file->seen_ns ? file->seen_ns : dates->since,
				  mapped && ember_inode_moved(file, fd) ? &st.st_mtim :
									  &st.st_ctim);
}

static bool ember_fingerprint_is(const struct ember_file *file, const struct ember_elf *elf)
{
	struct ember_fingerprint print;

	return file->print.bytes && ember_fingerprint_of(elf, &print) &&
	       print.bytes == file->print.bytes && print.headers == file->print.headers &&
	       print.text == file->print.text;
}

/* known: without a build-id or a print it's believed. Takes the descriptor over. */
static bool ember_binary_take(const struct ember_file *file, int fd, bool known,
			      struct ember_elf *elf)
{
	uint8_t id[EMBER_BUILD_ID_MAX];

	if (!ember_elf_open(elf, fd))
		return false;
	if (!file->build_id_bytes ? known || ember_fingerprint_is(file, elf) :
				    ember_elf_id(elf, id) == file->build_id_bytes &&
					    !memcmp(id, file->build_id, file->build_id_bytes))
		return true;
	ember_elf_close(elf);
	return false;
}

/* By an inode another machine's file isn't known, nor a deleted one by its path. */
static bool ember_binary_is(const struct ember_file *file, int fd, bool mapped,
			    const struct ember_dates *dates, struct ember_elf *elf)
{
	return fd >= 0 &&
	       ember_binary_take(file, fd,
				 !file->machine &&
					 (mapped || !(file->flags & EMBER_FILE_DELETED)) &&
					 ember_inode_is(file, fd, mapped, dates),
				 elf);
}

bool ember_binary_matches(const struct ember_file *file, int fd, struct ember_elf *elf)
{
	return ember_binary_take(file, fd, false, elf);
}

bool ember_binary_mapped(const struct ember_file *file, int fd,
			 const struct ember_dates *dates, struct ember_elf *elf)
{
	return ember_binary_is(file, fd, true, dates, elf);
}

bool ember_binary_open(struct ember_safe_open *reach, const struct ember_file *file,
		       const struct ember_mapper *mapper, uint32_t nr,
		       const struct ember_dates *dates, struct ember_elf *elf, uint32_t *root)
{
	uint32_t i;

	*root = 0;
	if (file->path && *file->path == '/' && !(file->flags & EMBER_FILE_CUT)) {
		if (ember_binary_is(file, ember_safe_open_file(reach, 0, file->path), false,
				    dates, elf))
			return true;
		for (i = 0; i < nr; i++) {
			*root = mapper[i].tgid;
			if (mapper[i].tgid &&
			    ember_binary_is(file,
					    ember_safe_open_file(reach, mapper[i].tgid,
								 file->path),
					    false, dates, elf))
				return true;
		}
	}
	for (i = 0; i < nr; i++) {
		*root = mapper[i].tgid;
		if (mapper[i].tgid &&
		    ember_binary_mapped(file,
					ember_safe_open_mapped(reach, mapper[i].tgid,
							       file->dev_major,
							       file->dev_minor, file->ino,
							       ember_file_memfd(file)),
					dates, elf))
			return true;
	}
	return false;
}

bool ember_binary_fingerprint(struct ember_safe_open *reach, const struct ember_file *file,
			      struct ember_fingerprint *print)
{
	struct ember_elf elf;
	bool known;
	int fd;

	if (!file->path || *file->path != '/' ||
	    file->flags &
		    (EMBER_FILE_ANON | EMBER_FILE_VDSO | EMBER_FILE_CUT | EMBER_FILE_DELETED))
		return false;
	fd = ember_safe_open_file(reach, 0, file->path);
	known = fd >= 0 && ember_inode_is(file, fd, false, NULL);
	if (fd >= 0 && !known)
		close(fd);
	if (!known || !ember_elf_open(&elf, fd))
		return false;
	known = ember_fingerprint_of(&elf, print);
	ember_elf_close(&elf);
	return known;
}
