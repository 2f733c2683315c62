// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/vdso.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/memory.h"
#include "symbolize/maps.h"

#define EMBER_VDSO_BYTES (1u << 20)

/* Below 4 GiB only 32-bit tasks have one: the kernel puts it where the address space ends. */
bool ember_vdso_ours(const struct ember_mapper *mapper)
{
	return (mapper->end > 1ull << 32) == (sizeof(void *) == 8);
}

/* Where a process has its vDSO now. */
static bool ember_vdso_range(uint32_t tgid, uint64_t *start, uint64_t *end)
{
	struct ember_maps_entry entry;
	struct ember_maps maps;
	bool found = false;

	ember_maps_open(&maps, tgid);
	while (!found && ember_maps_next(&maps, &entry))
		found = !strcmp(entry.name, "[vdso]");
	ember_maps_close(&maps);
	if (!found || entry.start >= entry.end || entry.end - entry.start > EMBER_VDSO_BYTES)
		return false;
	*start = entry.start;
	*end = entry.end;
	return true;
}

static bool ember_vdso_copy(uint32_t tgid, uint64_t start, void *image, uint64_t bytes)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/mem", tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = pread(fd, image, bytes, start);
		close(fd);
	}
	return n == (ssize_t)bytes;
}

bool ember_vdso_open(const struct ember_mapper *mapper, struct ember_elf *elf, void **image)
{
	bool ours = ember_vdso_ours(mapper), good;
	uint64_t start = 0, end = 0;

	*image = NULL;
	if (!ember_vdso_range(ours ? 0 : mapper->tgid, &start, &end) ||
	    end - start != mapper->end - mapper->start || (!ours && start != mapper->start))
		return false;
	*image = ember_try_realloc(NULL, end - start, 1);
	if (!*image)
		return false;
	if (ours) {
		good = start == getauxval(AT_SYSINFO_EHDR);
		if (good)
			memcpy(*image, (void *)(uintptr_t)start, end - start);
	} else {
		good = ember_vdso_copy(mapper->tgid, start, *image, end - start);
	}
	if (good && ember_elf_image(elf, *image, end - start))
		return true;
	free(*image);
	*image = NULL;
	return false;
}
