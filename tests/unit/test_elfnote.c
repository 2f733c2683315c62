// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <elf.h>
#include <unistd.h>

#include "../../kmod/task/elfnote.c"

struct image {
	u8 *bytes;
	size_t size;
};

static int image_read(void *context, u64 offset, void *to, u32 bytes)
{
	const struct image *image = context;

	if (offset > image->size || bytes > image->size - offset)
		return -1;
	memcpy(to, image->bytes + offset, bytes);
	return 0;
}

/* This very program. */
static struct image image_self(void)
{
	struct image image = { 0 };
	FILE *file = fopen("/proc/self/exe", "rb");

	assert_non_null(file);
	image.bytes = malloc(32 << 20);
	assert_non_null(image.bytes);
	image.size = fread(image.bytes, 1, 32 << 20, file);
	fclose(file);
	return image;
}

/* readelf says the same. */
static void test_as_readelf(void **state)
{
	struct image image = image_self();
	char path[4096], command[4200], line[512], ours[64] = "";
	u8 id[20];
	ssize_t n;
	bool seen = false;
	FILE *pipe;
	int i, bytes = ember_elf_build_id(image_read, &image, id);

	(void)state;
	assert_int_equal(bytes, 20);
	for (i = 0; i < bytes; i++)
		snprintf(ours + 2 * i, 3, "%02x", id[i]);
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	assert_true(n > 0);
	path[n] = 0;
	snprintf(command, sizeof(command), "readelf -n '%s'", path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while (fgets(line, sizeof(line), pipe))
		seen |= strstr(line, ours) != NULL;
	pclose(pipe);
	assert_true(seen);
	free(image.bytes);
}

static void test_not_elf(void **state)
{
	struct image image = image_self();
	u8 id[20];

	(void)state;
	image.bytes[1] = 'e';
	assert_int_equal(ember_elf_build_id(image_read, &image, id), 0);
	free(image.bytes);
}

/* Any byte of headers and notes may lie, and the file may end anywhere. */
static void test_corrupt(void **state)
{
	struct image image = image_self();
	size_t whole = image.size;
	unsigned int i;

	(void)state;
	srand(3);
	for (i = 0; i < 200000; i++) {
		size_t at = rand() % 2048;
		u8 was = image.bytes[at], id[20];
		int n;

		image.bytes[at] = rand();
		image.size = rand() % 8 ? whole : (size_t)(rand() % 2048);
		n = ember_elf_build_id(image_read, &image, id);
		assert_in_range(n + 1, 0, 21);
		image.bytes[at] = was;
	}
	free(image.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_readelf),
		cmocka_unit_test(test_not_elf),
		cmocka_unit_test(test_corrupt),
	};

	return cmocka_run_group_tests_name("elfnote", tests, NULL, NULL);
}
