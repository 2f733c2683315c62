// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbols/binary.h"

#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "model/recording.h"
#include "symbols/print.h"

/*
 * Numbers of inodes are used again, so a file that was changed since the recording
 * began may be another one. A time in the future isn't such a change: boards without a
 * clock begin in 1970.
 */
static bool ember_inode_is(const struct ember_file *file, int fd,
			   const struct ember_clock *clock)
{
	int generation[2] = {};
	struct stat st;

	if (fstat(fd, &st) || st.st_ino != file->ino || major(st.st_dev) != file->dev_major ||
	    minor(st.st_dev) != file->dev_minor)
		return false;
	if (file->generation && !ioctl(fd, FS_IOC_GETVERSION, generation) &&
	    (uint32_t)generation[0] != (uint32_t)file->generation)
		return false;
	return st.st_ctime < clock->since || st.st_ctime > clock->now;
}

static bool ember_print_is(const struct ember_file *file, const struct ember_elf *elf)
{
	struct ember_print print;

	return file->print.bytes && ember_print_of(elf, &print) &&
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
	if (!file->build_id_bytes ? known || ember_print_is(file, elf) :
				    ember_elf_id(elf, id) == file->build_id_bytes &&
					    !memcmp(id, file->build_id, file->build_id_bytes))
		return true;
	ember_elf_close(elf);
	return false;
}

/* mapped: the kernel itself led us to it. */
static bool ember_binary_is(const struct ember_file *file, int fd, bool mapped,
			    const struct ember_clock *clock, struct ember_elf *elf)
{
	/* Another machine's numbers of inodes mean nothing here. */
	return fd >= 0 && ember_binary_take(file, fd,
					    mapped || (!file->machine &&
						       !(file->flags & EMBER_FILE_DELETED) &&
						       ember_inode_is(file, fd, clock)),
					    elf);
}

bool ember_binary_told(const struct ember_file *file, int fd, struct ember_elf *elf)
{
	return ember_binary_take(file, fd, false, elf);
}

bool ember_binary_open(struct ember_reach *reach, const struct ember_file *file,
		       const struct ember_mapper *mapper, uint32_t nr,
		       const struct ember_clock *clock, struct ember_elf *elf, uint32_t *root)
{
	bool memfd = file->path && !strncmp(file->path, "/memfd:", 7);
	uint32_t i;

	*root = 0;
	if (file->path && *file->path == '/' && !(file->flags & EMBER_FILE_CUT) && !memfd) {
		if (ember_binary_is(file, ember_reach_open(reach, 0, file->path), false, clock,
				    elf))
			return true;
		for (i = 0; i < nr; i++) {
			*root = mapper[i].tgid;
			if (mapper[i].tgid &&
			    ember_binary_is(
				    file, ember_reach_open(reach, mapper[i].tgid, file->path),
				    false, clock, elf))
				return true;
		}
	}
	for (i = 0; i < nr; i++) {
		*root = mapper[i].tgid;
		if (mapper[i].tgid &&
		    ember_binary_is(file,
				    ember_reach_mapped(reach, mapper[i].tgid, mapper[i].start,
						       mapper[i].end, file->dev_major,
						       file->dev_minor, file->ino, memfd),
				    true, clock, elf))
			return true;
	}
	return false;
}

bool ember_binary_print(struct ember_reach *reach, const struct ember_file *file,
			struct ember_print *print)
{
	static const struct ember_clock any = { .since = INT64_MAX, .now = INT64_MAX };
	struct ember_elf elf;
	bool known;
	int fd;

	if (!file->path || *file->path != '/' ||
	    file->flags &
		    (EMBER_FILE_ANON | EMBER_FILE_VDSO | EMBER_FILE_CUT | EMBER_FILE_DELETED))
		return false;
	fd = ember_reach_open(reach, 0, file->path);
	known = fd >= 0 && ember_inode_is(file, fd, &any);
	if (fd >= 0 && !known)
		close(fd);
	if (!known || !ember_elf_open(&elf, fd))
		return false;
	known = ember_print_of(&elf, print);
	ember_elf_close(&elf);
	return known;
}
