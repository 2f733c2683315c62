// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening files without waiting for anyone, and only regular ones. */
#include "symbols_kit.h"

#include "symbolize/safe_open.h"
#include "workstation/symbols/below.h"
#include "symbolize/image.h"

static void test_mounts(void **state)
{
	static const char text[] = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
				   "30 22 0:40 / /mnt/a\\040b rw - nfs4 server:/x rw\n"
				   "31 22 0:41 / /mnt rw - tmpfs tmpfs rw\n"
				   "32 31 0:42 / /mnt/fuse rw - fuse.sshfs x rw\n"
				   "33 32 8:2 / /mnt/fuse/disk rw - ext4 /dev/sda2 rw\n"
				   "34 22 0:21 / /proc rw - proc proc rw\n"
				   "35 22 0:43 / /over rw - tmpfs tmpfs rw\n"
				   "36 35 0:44 / /over rw - fuseblk /dev/sdb rw\n"
				   "broken line\n"
				   "37 22 0:45 / /cut rw tmpfs\n";
	static const struct {
		const char *path;
		bool reach, reach_remote;
	} want[] = {
		{ "/usr/bin/x", true, true },
		{ "/mnt/a b/x", false, true },
		{ "/mnt/a b", false, true },
		{ "/mnt/a bc", true, true },
		{ "/mnt/x", true, true },
		{ "/mnt/fuse/x", false, true },
		{ "/mnt/fuse/disk/x", true, true },
		{ "/mnt/fused", true, true },
		{ "/over/x", false, true }, /* the later one lies on top */
		{ "/proc/1/exe", false, false },
		{ "usr/bin/x", false, false },
		{ "", false, false },
	};
	struct ember_mounts m = {};
	bool remote;
	size_t i;
	int pass;

	(void)state;
	for (pass = 0; pass < 2; pass++) {
		FILE *file = fmemopen((void *)text, strlen(text), "r");

		m.remote_too = pass;
		ember_mounts_read(&m, file);
		fclose(file);
		assert_int_equal(m.nr, 8);
		for (i = 0; i < sizeof(want) / sizeof(*want); i++)
			if (ember_mounts_safe_open(&m, want[i].path) !=
			    (pass ? want[i].reach_remote : want[i].reach))
				fail_msg("%s, %d", want[i].path, pass);
	}
	assert_true(ember_mounts_device(&m, 8, 2, &remote));
	assert_false(remote);
	assert_false(ember_mounts_device(&m, 8, 3, &remote));
	ember_mounts_free(&m);
	ember_mounts_read(&m, NULL);
	assert_false(ember_mounts_safe_open(&m, "/usr/bin/x"));
	ember_mounts_free(&m);
}

/* Nothing but regular files is opened: neither what waits nor what acts. */
static void test_kinds(void **state)
{
	struct ember_safe_open reach = {};
	int fd;

	(void)state;
	kit_run("mkfifo fifo && echo x >plain && ln -s plain link && mkdir folder");
	assert_int_equal(ember_safe_open_file(&reach, 0, kit_path("fifo")), -1);
	assert_int_equal(ember_safe_open_file(&reach, 0, kit_path("folder")), -1);
	assert_int_equal(ember_safe_open_file(&reach, 0, "/dev/null"), -1);
	assert_int_equal(ember_safe_open_file(&reach, 0, "/proc/self/maps"), -1);
	assert_int_equal(ember_safe_open_file(&reach, 0, "/nowhere"), -1);
	assert_int_equal(ember_safe_open_file(&reach, 999999999, kit_path("plain")), -1);
	fd = ember_safe_open_file(&reach, 0, kit_path("link"));
	assert_true(fd >= 0);
	close(fd);
	ember_safe_open_free(&reach);
}

/* With openat2() and as kernels without it do it: the folder is the root of all paths. */
static void test_below(void **state)
{
	static const struct {
		const char *path;
		bool opens;
	} want[] = {
		{ "file", true },
		{ "/file", true },
		{ "//sub/./leaf", true },
		{ "sub/../file", true },
		{ "../file", true }, /* above the root is the root */
		{ "sub/../../../file", true },
		{ "relative", true },
		{ "absolute", true },
		{ "sub/up/file", true },
		{ "chain", true },
		{ "sub/leaf/../../file", false },
		{ "../outside", false },
		{ "leaves", false },
		{ "sub/leaves", false },
		{ "host", false },
		{ "loop", false },
		{ "sub", false },
		{ "fifo", false },
		{ "tofifo", false },
		{ "empty", false },
		{ "nowhere", false },
		{ "file/x", false },
		{ "", false },
		{ "/", false },
		{ "..", false },
	};
	char folder[256], path[5000];
	size_t i;
	int fd;

	(void)state;
	kit_run("mkdir -p in/sub && echo x >in/file && echo x >in/sub/leaf && echo x >outside && "
		"cd in && ln -s sub/leaf relative && ln -s /sub/leaf absolute && ln -s .. sub/up && "
		"ln -s relative chain && ln -s ../outside leaves && ln -s ../../outside sub/leaves && "
		"ln -s %s/outside host && ln -s loop loop && mkfifo fifo && ln -s fifo tofifo && "
		": >empty",
		kit_dir);
	snprintf(folder, sizeof(folder), "%s", kit_path("in"));
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		fd = ember_below_open(folder, want[i].path);
		if ((fd >= 0) != want[i].opens)
			fail_msg("%s", want[i].path);
		close(fd);
		fd = ember_below_walk(folder, want[i].path);
		/* Only the kernel knows a file from a folder before `..`. */
		if ((fd >= 0) != want[i].opens && strcmp(want[i].path, "sub/leaf/../../file"))
			fail_msg("%s, without openat2()", want[i].path);
		close(fd);
	}
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	assert_int_equal(ember_below_open(folder, path), -1);
	assert_int_equal(ember_below_walk(folder, path), -1);
	for (i = 1; i < sizeof(path) - 1; i += 2)
		path[i] = '/';
	assert_int_equal(ember_below_walk(folder, path), -1);
	assert_int_equal(ember_below_open(kit_path("nowhere"), "file"), -1);
	assert_int_equal(ember_below_walk(kit_path("nowhere"), "file"), -1);
}

/* A kernel's symbols as the user names them: in a regular file. */
static void test_vmlinux(void **state)
{
	struct ember_file file = { .flags = EMBER_FILE_KERNEL };
	struct ember_image image;

	(void)state;
	kit_write("map", "ffffffff81000000 T _stext\nffffffff81000100 T reached\n");
	kit_run("mkfifo waits && ln -s map maplink");
	assert_true(ember_image_open(&image, &file, NULL, kit_path("map")));
	assert_int_equal(image.base, 0xffffffff81000000);
	ember_image_close(&image);
	assert_true(ember_image_open(&image, &file, NULL, kit_path("maplink")));
	ember_image_close(&image);
	assert_false(ember_image_open(&image, &file, NULL, kit_path("waits")));
	assert_false(ember_image_open(&image, &file, NULL, "/dev/zero"));
	assert_false(ember_image_open(&image, &file, NULL, kit_path("nomap")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_vmlinux),
	};

	return cmocka_run_group_tests_name("safe_open", tests, kit_setup, kit_teardown);
}
