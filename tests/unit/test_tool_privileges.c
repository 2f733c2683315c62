// SPDX-License-Identifier: GPL-2.0-or-later
/* A collector that root starts ends up as somebody who owns the store and nothing else. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "workstation/collect/privileges.h"

#define OTHER 4242 /* a uid and gid without an entry */

static void need_root(void)
{
	if (!geteuid())
		return;
	print_message("SKIP: only root can switch users\n");
	skip();
}

static void need_daemon(void)
{
	need_root();
	if (getpwnam("daemon"))
		return;
	print_message("SKIP: no user daemon\n");
	skip();
}

static void run(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	assert_int_equal(system(command), 0);
}

/* A store with a log, which root owns. */
static const char *store(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s", tool_path(name));
	run("mkdir -p %s/boards/a && cd %s && touch .lock index.db index.db-wal boards/a/1.ember",
	    path, path);
	return path;
}

/* What the child saw, as bits; stderr goes to a file. */
enum { FAILED = 1, CAPABLE = 2, GAINS = 4, DUMPS = 8, WRITES = 16, GROUPS = 32 };

static bool capable(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = {};

	syscall(SYS_capget, &header, sets);
	return sets[0].permitted | sets[0].inheritable | sets[1].permitted |
	       sets[1].inheritable;
}

static int seen(const char *folder, int dir)
{
	char path[300];
	int fd, bits = 0;

	if (capable() || prctl(PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0) == 1)
		bits |= CAPABLE;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		bits |= GAINS;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0))
		bits |= DUMPS;
	if (getgroups(0, NULL) == 1)
		bits |= GROUPS;
	snprintf(path, sizeof(path), "%s/boards/new.ember", folder);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	if (fd >= 0 && openat(dir, "index.db", O_RDWR) >= 0)
		bits |= WRITES;
	return bits;
}

struct outcome {
	int bits;
	uid_t uid;
	gid_t gid;
	char said[512];
};

/* Drops in a child that begins as uid `from`. */
static struct outcome drop(uid_t from, const char *user, const char *folder)
{
	struct outcome o = {}, *got = &o;
	int ends[2], dir = open(folder, O_RDONLY | O_DIRECTORY), status;
	gid_t group = 4243;
	pid_t child;

	assert_return_code(dir, errno);
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	child = fork();
	if (!child) {
		FILE *said = tmpfile();

		if (from && (setgroups(0, NULL) || setresgid(from, from, from) ||
			     setresuid(from, from, from)))
			_exit(9);
		dup2(fileno(said), 2);
		if (ember_privileges_drop(user, dir, folder, &group, 1))
			got->bits |= FAILED;
		else
			got->bits = seen(folder, dir);
		/* What is gained back at once was never given up. */
		if (from || !user || strcmp(user, "root"))
			got->bits |= setuid(0) ? 0 : CAPABLE;
		got->uid = getuid();
		got->gid = getgid();
		lseek(fileno(said), 0, SEEK_SET);
		if (read(fileno(said), got->said, sizeof(got->said) - 1) < 0 ||
		    write(ends[1], got, sizeof(*got)) != sizeof(*got))
			_exit(8);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], got, sizeof(*got)), sizeof(*got));
	close(ends[0]);
	close(dir);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return o;
}

static struct stat stat_of(const char *folder, const char *name)
{
	struct stat st;
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_return_code(lstat(path, &st), errno);
	return st;
}

/* The owner of root's store is `emberprof`, or `nobody` where there is no such user. */
static void test_default_user(void **state)
{
	const struct passwd *user;
	const char *folder;
	struct outcome o;

	(void)state;
	need_root();
	folder = store("default");
	user = getpwnam("emberprof");
	if (!user)
		user = getpwnam("nobody");
	assert_non_null(user);
	o = drop(0, NULL, folder);
	assert_string_equal(o.said, "");
	assert_int_equal(o.bits, WRITES | GROUPS);
	assert_int_equal(o.uid, user->pw_uid);
	assert_int_equal(o.gid, user->pw_gid);
	assert_int_equal(stat_of(folder, ".").st_uid, user->pw_uid);
	assert_int_equal(stat_of(folder, "index.db-wal").st_uid, user->pw_uid);
	assert_int_equal(stat_of(folder, "boards/a/1.ember").st_uid, user->pw_uid);
	assert_int_equal(stat_of(folder, "boards/a/1.ember").st_gid, user->pw_gid);
}

/* A folder that somebody owns makes the collector theirs. */
static void test_owner(void **state)
{
	const char *folder;
	struct outcome o;

	(void)state;
	need_root();
	folder = store("owned");
	run("chown %d:%d %s && echo x >%s/notes", OTHER, OTHER, folder, folder);
	o = drop(0, NULL, folder);
	assert_string_equal(o.said, "");
	assert_int_equal(o.bits, WRITES | GROUPS);
	assert_int_equal(o.uid, OTHER);
	assert_int_equal(o.gid, OTHER);
	assert_int_equal(stat_of(folder, "boards").st_uid, OTHER);
	/* Root's other files there stay root's. */
	assert_int_equal(stat_of(folder, "notes").st_uid, 0);
}

static void test_named_user(void **state)
{
	const char *folder;
	struct outcome o;

	(void)state;
	need_daemon();
	folder = store("named");
	o = drop(0, "daemon", folder);
	assert_int_equal(o.bits, WRITES | GROUPS);
	assert_int_equal(o.uid, getpwnam("daemon")->pw_uid);
	/* Now the folder is daemon's, which another user cannot write. */
	o = drop(0, "nobody", folder);
	assert_int_equal(o.bits, FAILED);
	assert_non_null(strstr(o.said, "user nobody cannot reach it"));
	o = drop(0, "no-such-user", folder);
	assert_int_equal(o.bits & FAILED, FAILED);
	assert_string_equal(o.said, "emberprof: --user no-such-user: no such user\n");
}

/* Root without capabilities writes root's files, and no others. */
static void test_stay_root(void **state)
{
	const char *folder;
	struct outcome o;

	(void)state;
	need_root();
	folder = store("root");
	o = drop(0, "root", folder);
	assert_string_equal(o.said, "");
	assert_int_equal(o.bits & (FAILED | CAPABLE | GAINS | WRITES), WRITES);
	assert_int_equal(o.uid, 0);
	run("chown %d %s", OTHER, folder);
	o = drop(0, "root", folder);
	assert_int_equal(o.bits, FAILED);
	assert_non_null(strstr(o.said, "user root cannot reach it"));
}

static void test_not_root(void **state)
{
	const char *folder = store("plain");
	struct outcome o;
	uid_t from = geteuid() ? 0 : OTHER;

	(void)state;
	if (from)
		run("chown -R %d %s", OTHER, folder);
	o = drop(from, "nobody", folder);
	assert_int_equal(o.bits, FAILED);
	assert_string_equal(o.said, "emberprof: --user nobody: only root can switch users\n");
	o = drop(from, NULL, folder);
	assert_string_equal(o.said, "");
	assert_int_equal(o.bits & (FAILED | GAINS | WRITES), WRITES);
}

/* Neither links nor devices are given away, nor what lies behind them. */
static void test_handover(void **state)
{
	static const char *const kept[] = { "link.ember",
					    "boards/a/hard.ember",
					    "boards/a/fifo.ember",
					    "boards/b",
					    "c",
					    "lost+found",
					    "deep",
					    "deep/1/2/3/x.ember",
					    "etc",
					    "etc/shadow",
					    "../victim",
					    "../victim/passwd",
					    "../victim/x.ember" };
	const char *folder = store("given"), *victim = tool_path("victim");
	size_t i;

	(void)state;
	need_root();
	/* An owner's folder: what isn't the store's is passed over. */
	run("mkdir %s && touch %s/passwd %s/x.ember && cd %s && chown %d . && "
	    "touch l.ember && ln -s %s/passwd link.ember && ln %s/passwd boards/a/hard.ember && "
	    "mkfifo boards/a/fifo.ember && ln -s %s boards/b && ln -s %s c && mkdir lost+found && "
	    "mkdir -p deep/1/2/3 && touch deep/1/2/3/x.ember && mkdir etc && touch etc/shadow",
	    victim, victim, victim, folder, OTHER, victim, victim, victim, victim);
	assert_int_equal(drop(0, NULL, folder).bits, WRITES | GROUPS);
	for (i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (stat_of(folder, kept[i]).st_uid)
			fail_msg("%s was given away", kept[i]);
	assert_int_equal(stat_of(folder, "boards/a/1.ember").st_uid, OTHER);
}

/* What is mounted below is not the store's, be it of the same file system. */
static void test_mount(void **state)
{
	const char *folder, *victim = tool_path("mounted");
	char at[300];

	(void)state;
	need_root();
	folder = store("mounts");
	run("mkdir %s %s/boards/b && touch %s/1.ember", victim, folder, victim);
	snprintf(at, sizeof(at), "%s/boards/b", folder);
	/* It goes away with this process. */
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(victim, at, NULL, MS_BIND, NULL)) {
		print_message("SKIP: nothing can be mounted here\n");
		skip();
	}
	/* Root's own folder with that is refused. */
	need_daemon();
	assert_int_equal(drop(0, "daemon", folder).bits & FAILED, FAILED);
	run("chown %d %s", OTHER, folder);
	assert_int_equal(drop(0, NULL, folder).bits, WRITES | GROUPS);
	assert_int_equal(stat_of(victim, ".").st_uid, 0);
	assert_int_equal(stat_of(victim, "1.ember").st_uid, 0);
	assert_int_equal(umount(at), 0);
}

/* Root's folder that holds other things is not given to anybody. */
static void test_foreign(void **state)
{
	const char *folder;
	struct outcome o;

	(void)state;
	need_root();
	folder = store("foreign");
	run("mkdir %s/lost+found && echo x >%s/pass'\033'wd", folder, folder);
	need_daemon();
	o = drop(0, "daemon", folder);
	assert_int_equal(o.bits & FAILED, FAILED);
	assert_non_null(strstr(o.said, "which no collector wrote"));
	assert_null(strchr(o.said, 27));
	/* Where nobody asked for a user, the collector starts, as root without capabilities. */
	o = drop(0, NULL, folder);
	assert_int_equal(o.bits & (FAILED | WRITES), WRITES);
	assert_int_equal(o.uid, 0);
	assert_non_null(strstr(o.said, "staying root, without capabilities"));
	assert_int_equal(stat_of(folder, ".").st_uid, 0);
	assert_int_equal(stat_of(folder, "index.db").st_uid, 0);
	run("rm %s/pass*", folder);
	assert_int_equal(drop(0, NULL, folder).bits, WRITES | GROUPS);
	assert_int_equal(stat_of(folder, "lost+found").st_uid, 0);
}

/* A parent that only root may enter: the descriptor is good, the path is not. */
static void test_unreachable(void **state)
{
	const char *folder;
	char line[512];
	struct outcome o;

	(void)state;
	need_daemon();
	run("mkdir -m 700 %s", tool_path("closed"));
	folder = store("closed/logs");
	o = drop(0, "daemon", folder);
	assert_int_equal(o.bits, FAILED);
	snprintf(line, sizeof(line),
		 "emberprof: %s: user daemon cannot reach it: Permission denied (choose a "
		 "folder that it can, or --user root)\n",
		 folder);
	assert_string_equal(o.said, line);
	o = drop(0, NULL, store("closed/others"));
	assert_int_equal(o.bits & (FAILED | WRITES), WRITES);
	assert_int_equal(o.uid, 0);
	assert_non_null(strstr(o.said, "staying root, without capabilities"));
}

static void test_tty_group(void **state)
{
	const char *line = tool_path("line");
	gid_t group = 7;

	(void)state;
	assert_int_equal(ember_privileges_tty_group(tool_path("none"), &group), 0);
	assert_int_equal(ember_privileges_tty_group(tool_path("."), &group), 0);
	assert_int_equal(group, 7);
	need_root();
	if (mknod(line, S_IFCHR | 0600, makedev(1, 3))) {
		print_message("SKIP: no device can be made here\n");
		skip();
	}
	assert_int_equal(chmod(line, 0660), 0);
	assert_int_equal(ember_privileges_tty_group(line, &group), 0); /* root's */
	assert_int_equal(chown(line, 0, 20), 0);
	assert_int_equal(ember_privileges_tty_group(line, &group), 1);
	assert_int_equal(group, 20);
	assert_int_equal(chmod(line, 0640), 0);
	assert_int_equal(ember_privileges_tty_group(line, &group), 0);
}

/* tool_path()'s folder is made closed to others. */
static int open_folder(void **state)
{
	(void)state;
	return chmod(tool_path("."), 0711);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_user), cmocka_unit_test(test_owner),
		cmocka_unit_test(test_named_user),   cmocka_unit_test(test_stay_root),
		cmocka_unit_test(test_not_root),     cmocka_unit_test(test_handover),
		cmocka_unit_test(test_foreign),	     cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_tty_group),    cmocka_unit_test(test_mount),
	};

	umask(022);
	return cmocka_run_group_tests_name("privileges", tests, open_folder, tool_clean);
}
