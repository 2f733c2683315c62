// SPDX-License-Identifier: GPL-2.0-or-later
/* Is it the very file that was mapped, and can it be had without waiting? */
#include "symbols_kit.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>

#include "base/clock.h"
#include "model/tally.h"
#include "workstation/symbols/below.h"
#include "symbolize/binary.h"
#include "workstation/symbols/image.h"
#include "symbolize/kept.h"
#include "symbolize/maps.h"
#include "symbolize/safe_open.h"

static const char source[] =
	"#include <unistd.h>\n"
	"__attribute__((noinline)) int target(int x) { return x * 5; }\n"
	"int main(int argc, char **argv) { (void)argv; if (argc > 1) pause(); return target(argc); }\n";

static uint64_t target_of(const char *name)
{
	const struct kit_symbol *s;
	struct kit_table t;
	uint64_t start;

	kit_table(&t, NULL, kit_path(name));
	s = kit_find(&t, "target");
	start = s->start;
	free(t.symbol);
	return start;
}

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

/* Runs a program until kit_stop(), in a mount namespace of its own if it says so. */
static pid_t start(const char *path, const char *root)
{
	int ready[2];
	pid_t pid;
	char end;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (root && (unshare(CLONE_NEWNS) ||
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
			     mount("tmpfs", root, "tmpfs", 0, NULL)))
			_exit(1);
		if (root && system(path))
			_exit(1);
		if (root && (chroot(root) || chdir("/")))
			_exit(1);
		execl(root ? "/app/run" : path, "run", "stay", NULL);
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &end, 1), 0); /* exec closed it */
	close(ready[0]);
	usleep(100000);
	return pid;
}

static void stop(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* Fill @place with @pid's mapping of the file @in, as the module would report it. */
static void mapped(struct ember_place *place, pid_t pid, const char *in)
{
	char line[4096], flags[8];
	FILE *maps = kit_pipe("cat /proc/%d/maps", pid);
	bool found = false;

	while (!found && fgets(line, sizeof(line), maps))
		found = sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64, &place->map_start,
			       &place->map_end, flags, &place->map_offset) == 4 &&
			strchr(flags, 'x') && strstr(line, in);
	pclose(maps);
	if (!found)
		fail_msg("%d doesn't map %s", pid, in);
	place->tgid = pid;
}

static const char *named(const struct kit_binary *b, const struct ember_place *at,
			 uint64_t address)
{
	struct ember_symbols *symbols = ember_symbols_new();
	struct ember_place place;
	struct ember_name name;
	static char text[256];

	kit_place(b, address, false, &place);
	place.pc = place.pc - KIT_BASE - at->map_offset + at->map_start;
	place.map_start = at->map_start;
	place.map_end = at->map_end;
	place.map_offset = at->map_offset;
	place.tgid = at->tgid;
	ember_symbols_process(symbols, place.tgid);
	ember_symbols_user(symbols, &place, &name);
	if (name.name)
		snprintf(text, sizeof(text), "%s", name.name);
	ember_symbols_free(symbols);
	return name.name ? text : NULL;
}

/* Deleted while it runs, without a build-id: what is mapped is still to be had. */
static void test_deleted(void **state)
{
	struct ember_place place = {};
	struct kit_binary b;
	uint64_t at;
	pid_t pid;

	(void)state;
	if (geteuid()) {
		print_message("skip: /proc/PID/map_files is for root\n");
		skip();
		return;
	}
	kit_write("s.c", source);
	kit_run("gcc -O1 -Wl,--build-id=none s.c -o gone");
	at = target_of("gone");
	kit_binary(&b, kit_path("gone"));
	pid = start(kit_path("gone"), NULL);
	mapped(&place, pid, "/gone");
	b.file.flags = EMBER_FILE_DELETED;
	/* Another file has the name, and perhaps the number. */
	kit_run("rm gone && printf 'int main(void) { return 0; }' >n.c && gcc n.c -o gone");
	assert_string_equal(named(&b, &place, at), "target");
	b.file.ino++;
	assert_null(named(&b, &place, at));
	b.file.ino--;
	stop(pid);
	assert_null(named(&b, &place, at));
	kit_binary_free(&b);
}

/* Fill @b and @place for @pid's mapping of @in, as the module would report it for @path. */
static void define(struct kit_binary *b, struct ember_place *place, pid_t pid, const char *in,
		   const char *path)
{
	struct ember_maps_entry entry;
	struct ember_maps maps;
	bool found = false;

	ember_maps_open(&maps, pid);
	while (!found && ember_maps_next(&maps, &entry))
		found = entry.code && strstr(entry.name, in);
	assert_true(found);
	b->file.ino = entry.ino;
	b->file.dev_major = entry.major;
	b->file.dev_minor = entry.minor;
	ember_maps_close(&maps);
	free(b->file.path);
	b->file.path = strdup(path);
	mapped(place, pid, in);
}

static bool only_root(void)
{
	if (!geteuid())
		return true;
	print_message("skip: /proc/PID/map_files is for root\n");
	return false;
}

/* A program that runs from a memfd, without a build-id. */
static void test_memfd(void **state)
{
	char *argv[] = { "run", "stay", NULL }, *none[] = { NULL }, link[64];
	struct ember_dates dates = {};
	struct ember_safe_open reach = {};
	struct ember_kept kept = {};
	struct ember_place place = {};
	struct ember_elf elf;
	struct kit_binary b;
	uint64_t at;
	int in, fd;
	pid_t pid;
	struct stat st;

	(void)state;
	if (!only_root()) {
		skip();
		return;
	}
	kit_write("s.c", source);
	kit_run("gcc -O1 -static -Wl,--build-id=none s.c -o runs");
	at = target_of("runs");
	kit_binary(&b, kit_path("runs"));
	kit_age();
	fd = memfd_create("a b:c\n[vdso]", MFD_CLOEXEC);
	in = open(kit_path("runs"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && in >= 0 && !fstat(in, &st));
	assert_int_equal(sendfile(fd, in, NULL, st.st_size), st.st_size);
	close(in);
	/* Open for writing, it can't be run. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	in = open(link, O_RDONLY | O_CLOEXEC);
	close(fd);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fexecve(in, argv, none);
		_exit(1);
	}
	close(in);
	kit_age();
	define(&b, &place, pid, "/memfd:a b:c", "/memfd:a b:c\n[vdso]");
	b.file.flags = EMBER_FILE_DELETED;
	assert_string_equal(named(&b, &place, at), "target");
	b.file.ino++;
	assert_null(named(&b, &place, at));
	b.file.ino--;
	/* A build-id that it hasn't. */
	b.file.build_id_bytes = 20;
	assert_null(named(&b, &place, at));
	b.file.build_id_bytes = 0;
	b.file.tgid = pid;
	ember_dates_look(&dates);
	ember_kept_look(&kept, &reach, &b.file, 1);
	assert_int_equal(kept.nr, 1);
	stop(pid);
	assert_null(named(&b, &place, at));
	/* When it has ended what was kept is there: that file and no other. */
	assert_true(
		ember_binary_mapped(&b.file, ember_kept_open(&kept, &b.file), &dates, &elf));
	ember_elf_close(&elf);
	b.file.ino++;
	assert_int_equal(ember_kept_open(&kept, &b.file), -1);
	ember_kept_free(&kept);
	ember_safe_open_free(&reach);
	kit_binary_free(&b);
}

/* What a compiler made is nothing to be kept, nor is a program on a file system. */
static void test_unkept(void **state)
{
	struct ember_file file[4] = {
		{ .path = "/memfd:code", .flags = EMBER_FILE_DELETED, .tgid = getpid() }
	};
	struct ember_maps_entry entry = {};
	struct ember_safe_open reach = {};
	struct ember_kept kept = {};
	struct ember_maps maps;
	int fd = memfd_create("code", MFD_CLOEXEC);
	void *code;

	(void)state;
	assert_int_equal(write(fd, "\177ELG code", 9), 9);
	code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	assert_true(code != MAP_FAILED);
	ember_maps_open(&maps, 0);
	while (ember_maps_next(&maps, &entry) && !strstr(entry.name, "/memfd:code"))
		;
	ember_maps_close(&maps);
	file[0].ino = entry.ino;
	file[0].dev_major = entry.major;
	file[0].dev_minor = entry.minor;
	file[1] = file[0];
	file[1].path = "/nowhere/code";
	file[2] = file[0];
	file[2].tgid = 0;
	ember_kept_look(&kept, &reach, file, 3);
	assert_int_equal(kept.nr, 0);
	/* The last one waits for its mapping. */
	assert_int_equal(kept.looked, 2);
	assert_int_equal(pwrite(fd, "\177ELF", 4, 0), 4);
	kept.looked = 0;
	ember_kept_look(&kept, &reach, file, 3);
	assert_int_equal(kept.nr, geteuid() ? 0 : 1);
	ember_kept_free(&kept);
	/* Entries of files that aren't defined yet are skipped. */
	memset(file + 1, 0, 3 * sizeof(*file));
	file[3] = file[0];
	file[0] = file[1];
	kept.looked = 0;
	file[3].path = NULL;
	ember_kept_look(&kept, &reach, file, 4);
	assert_int_equal(kept.nr, 0);
	file[3].path = "/memfd:code";
	ember_kept_look(&kept, &reach, file, 4);
	assert_int_equal(kept.nr, geteuid() ? 0 : 1);
	ember_kept_free(&kept);
	ember_safe_open_free(&reach);
	munmap(code, 4096);
	close(fd);
}

/* A path that /proc/PID/maps can't show as it is. */
static void test_odd_paths(void **state)
{
	static const char *const names[] = { "a b",	 "a:b",		"a\nb",
					     "a [vdso]", "a (deleted)", "a\\012b" };
	struct ember_place place = {};
	char odd[256], maps[256];
	struct kit_binary b;
	uint64_t at;
	size_t i;
	pid_t pid;

	(void)state;
	kit_write("s.c", source);
	kit_run("gcc -O1 -Wl,--build-id=none s.c -o usual");
	at = target_of("usual");
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		kit_run("cp usual odd");
		snprintf(odd, sizeof(odd), "%s", kit_path(names[i]));
		assert_int_equal(rename(kit_path("odd"), odd), 0);
		kit_binary(&b, kit_path("usual"));
		pid = start(odd, NULL);
		snprintf(maps, sizeof(maps), "%s/a", kit_dir);
		define(&b, &place, pid, maps, odd);
		assert_string_equal(named(&b, &place, at), "target");
		/* Another one has the name. */
		if (!geteuid()) {
			assert_int_equal(unlink(odd), 0);
			kit_run("cp /bin/true odd");
			assert_int_equal(rename(kit_path("odd"), odd), 0);
			if (!named(&b, &place, at))
				fail_msg("not named any more: %s", names[i]);
		}
		stop(pid);
		assert_null(named(&b, &place, at));
		unlink(odd);
		kit_binary_free(&b);
	}
}

/* Whether a user that may not follow map_files has the program, though deleted: 0 yes. */
static int unprivileged(void)
{
	struct ember_maps_entry entry, exe = {}, other = {};
	struct ember_safe_open reach = {};
	struct ember_maps maps;
	int fd, others;
	struct stat st;
	pid_t pid;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 1;
	pid = start(kit_path("mine"), NULL);
	ember_maps_open(&maps, pid);
	while (ember_maps_next(&maps, &entry))
		if (entry.code && entry.ino)
			*(strstr(entry.name, "/mine") ? &exe : &other) = entry;
	ember_maps_close(&maps);
	if (!exe.ino || !other.ino || stat(kit_path("mine"), &st) || unlink(kit_path("mine")))
		return 2;
	/* As on an overlay. */
	if (st.st_ino != exe.ino || minor(st.st_dev) != exe.minor)
		return 77;
	fd = ember_safe_open_mapped(&reach, pid, exe.major, exe.minor, exe.ino, false);
	others = ember_safe_open_mapped(&reach, pid, other.major, other.minor, other.ino,
					false);
	stop(pid);
	ember_safe_open_free(&reach);
	if (fd < 0)
		return 3;
	close(fd);
	return others < 0 ? 0 : 4;
}

/* Where /proc/PID/map_files is for others, /proc/PID/exe is there for the program itself. */
static void test_exe(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (!only_root()) {
		skip();
		return;
	}
	kit_write("s.c", source);
	kit_run("gcc -O1 s.c -o mine && chmod 777 .");
	pid = fork();
	if (!pid)
		_exit(unprivileged());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("skip: stat() has other devices here than what is mapped\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/*
 * A library that is replaced while a process maps it keeps its names; what was written
 * over it in place is another one.
 */
static void test_upgrade(void **state)
{
	static const struct {
		const char *how;
		bool named;
	} ways[] = {
		{ "cp old new && mv new lib", true },
		{ "mv lib lib.old && cp old lib", true },
		{ "rm lib", true },
		{ "ln lib kept && cp old new && mv new lib", true },
		{ "cat old >lib", false },
	};
	struct ember_place place = {};
	struct kit_binary b;
	struct stat st;
	uint64_t at;
	void *code;
	size_t i;
	int fd;

	(void)state;
	if (!only_root()) {
		skip();
		return;
	}
	kit_write("s.c", source);
	kit_run("gcc -O1 -shared -fPIC -Wl,--build-id=none s.c -o old");
	at = target_of("old");
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		kit_run("rm -f lib kept && cp old lib");
		kit_age();
		kit_binary(&b, kit_path("lib"));
		fd = open(kit_path("lib"), O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0 && !fstat(fd, &st));
		code = mmap(NULL, st.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		assert_true(code != MAP_FAILED);
		close(fd);
		define(&b, &place, getpid(), kit_path("lib"), kit_path("lib"));
		b.file.seen_ns = ember_clock_ns(CLOCK_BOOTTIME);
		assert_string_equal(named(&b, &place, at), "target");
		kit_age();
		kit_run("%s", ways[i].how);
		if (ways[i].named != !!named(&b, &place, at))
			fail_msg("%s", ways[i].how);
		munmap(code, st.st_size);
		assert_null(named(&b, &place, at));
		kit_binary_free(&b);
	}
}

/* A root that only the process has, on a file system that only it has mounted. */
static void test_namespace(void **state)
{
	struct ember_place place = {};
	struct kit_binary b;
	char make[1024];
	uint64_t at;
	pid_t pid;

	(void)state;
	if (geteuid()) {
		print_message("skip: only root makes mount namespaces\n");
		skip();
		return;
	}
	kit_write("s.c", source);
	kit_run("mkdir -p root && "
		"gcc -O1 -static -Wl,--build-id s.c -o inside && strip -o stripped inside && "
		"objcopy --only-keep-debug inside inside.debug");
	at = target_of("inside");
	kit_binary(&b, kit_path("stripped"));
	snprintf(make, sizeof(make),
		 "cd %s && mkdir -p root/app root/dbg root/usr/lib && "
		 "cp stripped root/app/run && ln -s /dbg root/usr/lib/debug && "
		 "mkdir -p root/dbg/.build-id/%02x && f=root/dbg/.build-id/%02x/ && "
		 "cp inside.debug $f$(readelf -n stripped | sed -n "
		 "'s/.*Build ID: ..//p').debug",
		 kit_dir, b.file.build_id[0], b.file.build_id[0]);
	pid = start(make, kit_path("root"));
	define(&b, &place, pid, "/app/run", "/app/run");
	/* Its debug file lies behind a link that is absolute within its root. */
	assert_string_equal(named(&b, &place, at), "target");
	b.file.build_id[3] ^= 1;
	assert_null(named(&b, &place, at));
	b.file.build_id[3] ^= 1;
	stop(pid);
	assert_null(named(&b, &place, at));
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
		cmocka_unit_test(test_mounts),	  cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_below),	  cmocka_unit_test(test_vmlinux),
		cmocka_unit_test(test_build_id),  cmocka_unit_test(test_inode),
		cmocka_unit_test(test_deleted),	  cmocka_unit_test(test_memfd),
		cmocka_unit_test(test_unkept),	  cmocka_unit_test(test_odd_paths),
		cmocka_unit_test(test_upgrade),	  cmocka_unit_test(test_exe),
		cmocka_unit_test(test_namespace), cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests_name("reach", tests, kit_setup, kit_teardown);
}
