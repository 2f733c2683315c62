// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables that are compiled before the module knows their files, and what processes map. */
#include "symbols_kit.h"

#include "record/mapped.h"
#include "record/loader.h"

static struct ember_debug_dirs none;

static void make(const char *name)
{
	kit_run("echo 'int f(int x) { return x ? f(x - 1) + 1 : 0; } int main(void) { return f(3); }' >%s.c && "
		"gcc -O1 -fno-optimize-sibling-calls -o %s %s.c && ln -f %s %s-too",
		name, name, name, name, name);
}

static unsigned int ahead(struct ember_loader *l, const char *path)
{
	unsigned int steps = 0;

	ember_loader_ahead(l, 0, path);
	while (ember_loader_step(l, -1))
		steps++;
	assert_false(l->job.on);
	return steps;
}

static void test_ahead(void **state)
{
	struct ember_loader l = { .dirs = &none, .reach.remote_too = true };
	struct ember_ready_key key;
	struct ember_elf elf;

	(void)state;
	make("one");
	assert_true(ahead(&l, kit_path("one")) > 0);
	assert_int_equal(l.ready.nr, 1);
	assert_true(l.ready.ready[0].table.nr_pages > 0);
	assert_int_equal(l.ready.bytes, ember_table_bytes(&l.ready.ready[0].table));
	/* By another name it's the same file, and what is none changes nothing. */
	assert_int_equal(ahead(&l, kit_path("one-too")), 0);
	assert_int_equal(ahead(&l, kit_path("one.c")), 0);
	assert_int_equal(ahead(&l, kit_path("missing")), 0);
	assert_int_equal(l.ready.nr, 1);
	/* Written to, it isn't the one that was compiled. */
	assert_true(ember_elf_open(&elf, open(kit_path("one"), O_RDONLY)));
	assert_true(ember_ready_key(&elf, &key));
	assert_non_null(ember_ready_find(&l.ready, &key));
	kit_run("printf x >>one");
	assert_true(ember_ready_key(&elf, &key));
	assert_null(ember_ready_find(&l.ready, &key));
	ember_elf_close(&elf);
	make("two");
	ahead(&l, kit_path("two"));
	assert_int_equal(l.ready.nr, 2);
	ember_ready_drop(&l.ready, &l.ready.ready[0]);
	assert_int_equal(l.ready.nr, 1);
	assert_int_equal(l.ready.bytes, ember_table_bytes(&l.ready.ready[0].table));
	ember_loader_forget(&l);
	assert_int_equal(l.ready.nr, 0);
	/* In the middle of one. */
	ember_loader_ahead(&l, 0, kit_path("two"));
	assert_true(ember_loader_step(&l, -1));
	assert_true(l.job.on);
	ember_loader_free(&l);
}

static void test_kept(void **state)
{
	struct ember_loader l = { .dirs = &none, .reach.remote_too = true };

	(void)state;
	make("kept");
	kit_run("mkdir -p tables");
	l.cache.dir = kit_path("tables");
	assert_true(ahead(&l, kit_path("kept")) > 0);
	ember_loader_forget(&l);
	/* Without a step of compiling. */
	assert_int_equal(ahead(&l, kit_path("kept")), 0);
	assert_int_equal(l.ready.nr, 1);
	assert_true(l.ready.ready[0].table.nr_pages > 0);
	ember_loader_free(&l);
}

static void test_mapped(void **state)
{
	char self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	uint32_t i, found = 0, pid = getpid();
	struct ember_mapped m;

	(void)state;
	assert_true(n > 0);
	self[n] = 0;
	ember_mapped_find(&m, &pid, 1);
	assert_true(m.nr > 2);
	for (i = 0; i < m.nr; i++)
		found += !strcmp(m.file[i].path, self) && m.file[i].tgid == pid;
	assert_int_equal(found, 1);
	ember_mapped_free(&m);
	ember_mapped_find(&m, NULL, 0);
	assert_true(m.nr > 2);
	for (i = 1; i < m.nr; i++)
		assert_true(m.file[i - 1].uses >= m.file[i].uses);
	ember_mapped_free(&m);
	pid = 4194305;
	ember_mapped_find(&m, &pid, 1);
	assert_int_equal(m.nr, 0);
	ember_mapped_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_mapped),
	};

	return cmocka_run_group_tests_name("loader", tests, kit_setup, kit_teardown);
}
