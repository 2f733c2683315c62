// SPDX-License-Identifier: GPL-2.0-or-later
/* The files that a command will run: what ld.so itself loads is the truth. */
#include "symbols_kit.h"

#include "record/ldcache.h"
#include "record/needed.h"

struct paths {
	char *path[256];
	size_t nr;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void paths_add(struct paths *p, const char *path)
{
	char *real = realpath(path, NULL);

	assert_true(p->nr < 256);
	p->path[p->nr++] = real ? real : strdup(path);
}

static void paths_free(struct paths *p)
{
	while (p->nr)
		free(p->path[--p->nr]);
}

static void found_of(const char *command, struct paths *p)
{
	struct ember_safe_open reach = { .remote_too = true };
	struct ember_needed needed;
	uint32_t i;

	p->nr = 0;
	ember_needed_find(&needed, &reach, command);
	for (i = 0; i < needed.nr; i++)
		paths_add(p, needed.file[i].path);
	ember_needed_free(&needed);
	ember_safe_open_free(&reach);
}

static bool found(const struct paths *p, const char *path)
{
	size_t i;

	for (i = 0; i < p->nr; i++)
		if (!strcmp(p->path[i], path))
			return true;
	return false;
}

/* What ld.so says that it loads for a program, itself and the program. */
static void loaded_of(const char *program, struct paths *p)
{
	char line[1024], path[512];
	FILE *pipe = kit_pipe("LD_TRACE_LOADED_OBJECTS=1 %s", program);

	p->nr = 0;
	paths_add(p, program);
	while (fgets(line, sizeof(line), pipe))
		if (sscanf(line, " %*s => %511s", path) == 1 ||
		    sscanf(line, " /%510s", path + 1) == 1) {
			path[0] = '/';
			paths_add(p, path);
		}
	pclose(pipe);
}

static void same(const char *program)
{
	struct paths is, wanted;
	size_t i;

	found_of(program, &is);
	loaded_of(program, &wanted);
	qsort(is.path, is.nr, sizeof(char *), by_text);
	qsort(wanted.path, wanted.nr, sizeof(char *), by_text);
	assert_true(wanted.nr > 2);
	for (i = 0; i < wanted.nr; i++)
		if (!found(&is, wanted.path[i]))
			fail_msg("%s: %s isn't found", program, wanted.path[i]);
	assert_int_equal(is.nr, wanted.nr);
	paths_free(&is);
	paths_free(&wanted);
}

static void test_installed(void **state)
{
	static const char *const program[] = { "/bin/ls",      "/usr/bin/python3",
					       "/usr/bin/gcc", "/usr/bin/git",
					       "/usr/bin/gdb", "/usr/bin/curl" };
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < sizeof(program) / sizeof(*program); i++)
		if (!access(program[i], X_OK)) {
			same(program[i]);
			n++;
		}
	assert_true(n > 2);
}

/* One library a folder, each with another answer; the program's needs lead to all. */
static void made(const char *flags)
{
	kit_run("rm -rf a b c && mkdir a b c && echo 'int b(void) { return 1; }' >b.c && "
		"echo 'int b(void); int a(void) { return b(); }' >a.c && "
		"echo 'int a(void); int main(void) { return a(); }' >main.c && "
		"gcc -shared -fPIC -o b/libinner.so b.c -Wl,-soname,libinner.so && "
		"cp b/libinner.so c/ && "
		"gcc -shared -fPIC -o a/libouter.so a.c -Lb -linner -Wl,-soname,libouter.so %s && "
		"cp a/libouter.so c/",
		strstr(flags, "inherit") ? "" : "-Wl,-rpath,'$ORIGIN/../b'");
	kit_run("gcc -o main main.c -La -louter -Wl,-rpath-link,b %s",
		strstr(flags, "inherit") ?
			"-Wl,--disable-new-dtags,-rpath,'${ORIGIN}/a:${ORIGIN}/b'" :
			flags);
}

static void test_paths(void **state)
{
	struct paths p;

	(void)state;
	made("-Wl,--enable-new-dtags,-rpath,'$ORIGIN/a'");
	same(kit_path("main"));
	found_of(kit_path("main"), &p);
	assert_true(found(&p, kit_path("b/libinner.so")));
	paths_free(&p);
	/* DT_RPATH holds for what its libraries need, too; DT_RUNPATH doesn't. */
	made("inherit");
	same(kit_path("main"));
	made("-Wl,--enable-new-dtags,-rpath,'$ORIGIN/a:$ORIGIN/b'");
	same(kit_path("main"));
	/* Before DT_RUNPATH, behind DT_RPATH. */
	setenv("LD_LIBRARY_PATH", kit_path("c"), 1);
	same(kit_path("main"));
	found_of(kit_path("main"), &p);
	assert_true(found(&p, kit_path("c/libouter.so")));
	paths_free(&p);
	made("inherit");
	same(kit_path("main"));
	found_of(kit_path("main"), &p);
	assert_true(found(&p, kit_path("a/libouter.so")));
	paths_free(&p);
	unsetenv("LD_LIBRARY_PATH");
	/* Another machine's library of that name is passed over. */
	made("-Wl,--enable-new-dtags,-rpath,'$ORIGIN/c:$ORIGIN/a'");
	kit_run("printf '\\050' | dd of=c/libouter.so bs=1 seek=18 conv=notrunc 2>/dev/null");
	same(kit_path("main"));
	found_of(kit_path("main"), &p);
	assert_true(found(&p, kit_path("a/libouter.so")));
	paths_free(&p);
}

/* Of musl's ld.so, which takes DT_RUNPATH for DT_RPATH and knows no cache. */
static void test_musl(void **state)
{
	struct paths p;

	(void)state;
	made("-Wl,--enable-new-dtags,-rpath,'$ORIGIN/a:$ORIGIN/b',--dynamic-linker=/lib/ld-musl-no.so.1");
	kit_run("gcc -shared -fPIC -o a/libouter.so a.c -Lb -linner");
	found_of(kit_path("main"), &p);
	assert_true(found(&p, "/lib/ld-musl-no.so.1"));
	assert_true(found(&p, kit_path("a/libouter.so")));
	assert_true(found(&p, kit_path("b/libinner.so")));
	assert_int_equal(p.nr, 4);
	paths_free(&p);
}

static void test_scripts(void **state)
{
	char *before = strdup(getenv("PATH"));
	struct paths p;

	(void)state;
	made("-Wl,--enable-new-dtags,-rpath,'$ORIGIN/a'");
	kit_run("printf '#! %%s/main -x\\n' $PWD >direct && printf '#!/usr/bin/env main\\n' >env && "
		"printf '#!%%s/direct\\n' $PWD >twice && printf 'exit 1\\n' >none && "
		"printf '#!%%s/loop\\n' $PWD >loop && chmod +x direct env twice none loop");
	setenv("PATH", kit_dir, 1);
	found_of("direct", &p);
	assert_true(found(&p, kit_path("main")) && found(&p, kit_path("b/libinner.so")));
	paths_free(&p);
	found_of("env", &p);
	assert_true(found(&p, kit_path("main")) && found(&p, kit_path("b/libinner.so")));
	paths_free(&p);
	found_of(kit_path("twice"), &p);
	assert_true(found(&p, kit_path("main")) && found(&p, kit_path("direct")));
	paths_free(&p);
	found_of("none", &p);
	assert_true(p.nr > 2);
	paths_free(&p);
	found_of("loop", &p);
	assert_true(p.nr < 8);
	paths_free(&p);
	found_of("isn't there", &p);
	assert_int_equal(p.nr, 0);
	setenv("PATH", before, 1);
	free(before);
}

/* Caches: entries of both formats as ldconfig writes them. */
struct cache {
	uint8_t text[1024];
	size_t bytes;
};

static void put(struct cache *c, const void *from, size_t bytes)
{
	memcpy(c->text + c->bytes, from, bytes);
	c->bytes += bytes;
}

static void put32(struct cache *c, uint32_t value)
{
	put(c, &value, sizeof(value));
}

static const char strings[] = "libx.so.1\0/lib/other/libx.so.1\0/lib/libx.so.1";

static void put_new(struct cache *c, bool with_strings)
{
	unsigned int i;
	uint32_t begin = 48 + 2 * 24;

	put(c, "glibc-ld.so.cache1.1", 20);
	put32(c, 2);
	put32(c, sizeof(strings));
	for (i = 0; i < 5; i++)
		put32(c, 0);
	for (i = 0; i < 2; i++) {
		put32(c, 0x303);
		put32(c, begin);
		put32(c, begin + (i ? 31 : 10));
		put32(c, 0);
		put32(c, 0);
		put32(c, 0);
	}
	if (with_strings)
		put(c, strings, sizeof(strings));
}

static void put_old(struct cache *c)
{
	put(c, "ld.so-1.7.0", 12);
	put32(c, 1);
	put32(c, 3);
	put32(c, 0);
	put32(c, 10);
}

struct taken {
	const char *wanted; /* NULL: none is good */
	char last[64];
	unsigned int nr;
};

static bool take(void *context, const char *path)
{
	struct taken *t = context;

	t->nr++;
	snprintf(t->last, sizeof(t->last), "%s", path);
	return t->wanted && !strcmp(path, t->wanted);
}

static bool look(const struct cache *c, const char *name, struct taken *t)
{
	/* Of its own size, for ASan to see what lies behind. */
	char *text = memcpy(malloc(c->bytes + 1), c->text, c->bytes);
	bool good;

	t->nr = 0;
	good = ember_ldcache_find(text, c->bytes, name, take, t);
	free(text);
	return good;
}

static void test_cache(void **state)
{
	struct cache c = {}, old = {}, both = {};
	struct taken t = { .wanted = "/lib/libx.so.1" };
	uint32_t huge = UINT32_MAX, n;

	(void)state;
	put_new(&c, true);
	assert_true(look(&c, "libx.so.1", &t));
	assert_int_equal(t.nr, 2);
	assert_false(look(&c, "liby.so.1", &t));
	assert_int_equal(t.nr, 0);
	put_old(&old);
	put(&old, strings, sizeof(strings));
	t.wanted = "/lib/other/libx.so.1";
	assert_true(look(&old, "libx.so.1", &t));
	/* The new format behind the old one, from a round place on. */
	put_old(&both);
	put32(&both, 0);
	put_new(&both, true);
	t.wanted = NULL;
	assert_false(look(&both, "libx.so.1", &t));
	assert_int_equal(t.nr, 2);
	/* Cut anywhere, and with numbers that lead out of it. */
	for (n = 0; n < c.bytes; n++) {
		struct cache cut = c;

		cut.bytes = n;
		look(&cut, "libx.so.1", &t);
		assert_true(t.nr <= 2);
	}
	memcpy(c.text + 20, &huge, sizeof(huge));
	look(&c, "libx.so.1", &t);
	memcpy(c.text + 48 + 8, &huge, sizeof(huge));
	look(&c, "libx.so.1", &t);
	assert_string_equal(t.last, "/lib/libx.so.1");
	memcpy(old.text + 12, &huge, sizeof(huge));
	assert_false(look(&old, "libx.so.1", &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_installed), cmocka_unit_test(test_paths),
		cmocka_unit_test(test_musl),	  cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_cache),
	};

	return cmocka_run_group_tests_name("needed", tests, kit_setup, kit_teardown);
}
