// SPDX-License-Identifier: GPL-2.0-or-later
/* /etc/ld.so.cache, and what a program says that it needs. */
#include "fuzz.h"

#include <string.h>

#include "record/dynamic.h"
#include "record/ldcache.h"

static bool passes(void *context, const char *path)
{
	unsigned int *n = context;

	/* All of it can be read, and none is good enough. */
	*n += strlen(path);
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ember_dynamic dynamic;
	unsigned int bytes = 0;
	struct ember_elf elf;

	FUZZ_MUST(!ember_ldcache_find((const char *)data, n, "libc.so.6", passes, &bytes));
	if (n && ember_elf_image(&elf, data, n)) {
		ember_dynamic_read(&elf, &dynamic);
		ember_dynamic_free(&dynamic);
		ember_elf_close(&elf);
	}
	return 0;
}
