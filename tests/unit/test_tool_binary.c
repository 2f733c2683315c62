// SPDX-License-Identifier: GPL-2.0-or-later
/* Is it the very file that was mapped? */
#include "target_kit.h"

#include "base/clock.h"
#include "model/tally.h"
#include "symbolize/binary.h"
#include "symbolize/safe_open.h"

static void test_build_id(void **state)
{
	struct kit_binary b;
	uint64_t at;

	(void)state;
	kit_write("s.c", source);
	kit_run("gcc -O1 -Wl,--build-id s.c -o right && cp right other && cp right moved");
	at = target_of("right");
	kit_binary(&b, kit_path("right"));
	assert_string_equal(kit_name(&b, at), "target");
	/* A copy is as good: its content is what counts. */
	b.file.ino++;
	assert_string_equal(kit_name(&b, at), "target");
	b.file.build_id[19] ^= 1;
	assert_null(kit_name(&b, at));
	b.file.build_id[19] ^= 1;
	b.file.build_id_bytes = 19;
	assert_null(kit_name(&b, at));
	b.file.build_id_bytes = 20;
	b.file.flags = EMBER_FILE_CUT;
	assert_null(kit_name(&b, at));
	kit_binary_free(&b);
}

static void test_inode(void **state)
{
	struct ember_symbols *symbols;
	struct kit_binary b;
	uint64_t at;

	(void)state;
	kit_write("s.c", source);
	kit_run("gcc -O1 -Wl,--build-id=none s.c -o bare");
	kit_age();
	at = target_of("bare");
	kit_binary(&b, kit_path("bare"));
	assert_int_equal(b.file.build_id_bytes, 0);
	assert_string_equal(kit_name(&b, at), "target");
	b.file.ino++;
	assert_null(kit_name(&b, at));
	b.file.ino--;
	b.file.dev_minor++;
	assert_null(kit_name(&b, at));
	b.file.dev_minor--;
	b.file.flags = EMBER_FILE_DELETED; /* and another has its number by now */
	assert_null(kit_name(&b, at));
	b.file.flags = 0;
	assert_string_equal(kit_name(&b, at), "target");
	/* Written over since the recording began: the same inode. */
	symbols = ember_symbols_new();
	kit_run("cp bare copy && cat copy >bare");
	assert_null(kit_ask(symbols, &b, at, false));
	ember_symbols_free(symbols);
	kit_age();
	assert_string_equal(kit_name(&b, at), "target");
	/* Built while the recording ran, before it was seen; and changed since then. */
	symbols = ember_symbols_new();
	kit_age();
	kit_run("cat copy >bare");
	kit_age();
	b.file.seen_ns = ember_clock_ns(CLOCK_BOOTTIME);
	assert_string_equal(kit_ask(symbols, &b, at, false), "target");
	ember_symbols_free(symbols);
	kit_age();
	kit_run("cat copy >bare");
	assert_null(kit_name(&b, at));
	kit_binary_free(&b);
}

static bool opens(const struct ember_file *file)
{
	struct ember_dates dates = { .since = UINT64_MAX / 4 };
	struct ember_safe_open reach = {};
	struct ember_elf elf;
	uint32_t root;
	bool opened = ember_binary_open(&reach, file, NULL, 0, &dates, &elf, &root);

	if (opened)
		ember_elf_close(&elf);
	ember_safe_open_free(&reach);
	return opened;
}

/* Of another machine's log: a copy is the file, whatever its inode, and others aren't. */
static void test_print(void **state)
{
	struct ember_safe_open reach = {};
	struct ember_file file = {};
	struct ember_fingerprint print;
	struct stat st;

	(void)state;
	kit_write("p.c", source);
	kit_run("cd %s && gcc -O1 -Wl,--build-id=none p.c -o plain && cp plain copy && "
		"cp plain longer && echo >>longer && "
		"gcc -O2 -Wl,--build-id=none p.c -o another",
		kit_dir);
	file.path = strdup(kit_path("plain"));
	assert_int_equal(stat(file.path, &st), 0);
	file.ino = st.st_ino;
	file.dev_major = major(st.st_dev);
	file.dev_minor = minor(st.st_dev);
	assert_true(opens(&file));
	assert_true(ember_binary_fingerprint(&reach, &file, &print));
	assert_int_equal(print.bytes, st.st_size);
	/* The same numbers elsewhere are somebody else's, unless the print is the same. */
	file.machine = 5;
	assert_false(opens(&file));
	file.print = print;
	assert_true(opens(&file));
	file.print.text ^= 1;
	assert_false(opens(&file));
	file.print = print;
	file.print.headers ^= 1;
	assert_false(opens(&file));
	file.print = print;
	file.ino = 1;
	free(file.path);
	file.path = strdup(kit_path("copy"));
	assert_true(opens(&file));
	/* This isn't the file that was mapped, so no fingerprint is taken. */
	assert_false(ember_binary_fingerprint(&reach, &file, &print));
	free(file.path);
	file.path = strdup(kit_path("longer"));
	assert_false(opens(&file));
	free(file.path);
	file.path = strdup(kit_path("another"));
	assert_false(opens(&file));
	free(file.path);
	ember_safe_open_free(&reach);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_inode),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests_name("binary", tests, kit_setup, kit_teardown);
}
