// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/kept.h"

#include <fcntl.h>
#include <libelf.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/dictionary.h"

/* Mappings come right behind their file: one that isn't mapped by then never will be. */
#define EMBER_KEPT_BEHIND 64

static void ember_kept_add(struct ember_kept *k, const struct ember_file *file, int fd)
{
	char magic[SELFMAG];
	struct stat st;

	if (fstat(fd, &st) || st.st_size > EMBER_KEPT_BYTES - k->bytes ||
	    pread(fd, magic, SELFMAG, 0) != SELFMAG || memcmp(magic, ELFMAG, SELFMAG)) {
		close(fd);
		return;
	}
	k->bytes += st.st_size;
	k->file[k->nr].ino = file->ino;
	k->file[k->nr].major = file->dev_major;
	k->file[k->nr].minor = file->dev_minor;
	k->file[k->nr++].fd = fd;
}

void ember_kept_look(struct ember_kept *k, struct ember_safe_open *reach,
		     const struct ember_file *file, uint32_t nr)
{
	uint32_t i, behind;
	int fd;

	for (i = k->looked; i < nr && k->nr < EMBER_KEPT_MAX; i++) {
		const struct ember_file *f = &file[i];

		/* Skip undefined files: @nr is the array's capacity. */
		if (!f->path)
			continue;
		behind = i + EMBER_KEPT_BEHIND;
		if (ember_file_memfd(f) && !f->tgid && (behind >= nr || !file[behind].path))
			return;
		k->looked = i + 1;
		fd = ember_file_memfd(f) && f->tgid ?
			     ember_safe_open_mapped(reach, f->tgid, f->dev_major, f->dev_minor,
						    f->ino, true) :
			     -1;
		if (fd >= 0)
			ember_kept_add(k, f, fd);
	}
}

int ember_kept_open(const struct ember_kept *k, const struct ember_file *file)
{
	uint32_t i;

	for (i = 0; i < k->nr; i++)
		if (k->file[i].ino == file->ino && k->file[i].major == file->dev_major &&
		    k->file[i].minor == file->dev_minor && ember_file_memfd(file))
			return fcntl(k->file[i].fd, F_DUPFD_CLOEXEC, 0);
	return -1;
}

void ember_kept_free(struct ember_kept *k)
{
	while (k->nr)
		close(k->file[--k->nr].fd);
}
