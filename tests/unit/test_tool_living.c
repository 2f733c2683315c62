// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that only a process leads to: deleted ones, memfds, those of other mount namespaces. */
#include "target_kit.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>

#include "base/clock.h"
#include "model/tally.h"
#include "symbolize/binary.h"
#include "symbolize/kept.h"
#include "symbolize/maps.h"
#include "symbolize/safe_open.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deleted),	  cmocka_unit_test(test_memfd),
		cmocka_unit_test(test_unkept),	  cmocka_unit_test(test_odd_paths),
		cmocka_unit_test(test_upgrade),	  cmocka_unit_test(test_exe),
		cmocka_unit_test(test_namespace),
	};

	return cmocka_run_group_tests_name("living", tests, kit_setup, kit_teardown);
}
