// SPDX-License-Identifier: GPL-2.0-or-later
/* The module's reader of build-ids. */
#include "fuzz.h"

#include "kernel.h"
#include <elf.h>

#include "../../kmod/task/elfnote.c"

struct image {
	const uint8_t *bytes;
	size_t n;
};

static int image_read(void *context, u64 offset, void *to, u32 bytes)
{
	const struct image *image = context;

	if (offset > image->n || bytes > image->n - offset)
		return -1;
	memcpy(to, image->bytes + offset, bytes);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct image image = { data, n };
	u8 id[20];

	FUZZ_MUST(ember_elf_build_id(image_read, &image, id) <= (int)sizeof(id));
	return 0;
}
