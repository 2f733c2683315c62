// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that no file has: the kernel's, a compiler's at run time, the vDSO's. */
#include "symbols_kit.h"

#include <sys/auxv.h>
#include <time.h>

#include "base/kallsyms.h"
#include "symbolize/kernel_names.h"
#include "symbolize/perfmap.h"
#include "symbolize/process.h"

static const char lines[] = "0000000000000000 A fixed_percpu_data\n"
			    "ffffffff81000000 T _stext\n"
			    "ffffffff81000000 T _text\n"
			    "ffffffff81000100 t local_alias\n"
			    "ffffffff81000100 T __global_alias\n"
			    "ffffffff81000100 T global_alias\n"
			    "ffffffff81000100 W weak_alias\n"
			    "ffffffff81000200 t $t\n"
			    "ffffffff81000300 T __sched_text_start\n"
			    "ffffffff81000300 t __schedule\n"
			    "ffffffff81000400 T _etext\n"
			    "ffffffff82000000 D some_data\n"
			    "ffffffff82000010 T after_data\n"
			    "ffffffffc0001000 t probe\t[one]\n"
			    "ffffffffc0001800 t remove\t[one]\n"
			    "ffffffffc0009000 d state\t[two]\n"
			    "ffffffffc0008000 T work\t[two]\n"
			    "ffffffffc0100000 t bpf_prog_1_x\t[bpf]\n"
			    "not a line\n"
			    "ffffffff81000380\n";
static const char modules[] = "one 4096 1 two, Live 0xffffffffc0001000\n"
			      "two 8192 0 - Live 0xffffffffc0008000 (OE)\n";

/* What is not asked for has an answer between two places of one function, and nowhere else. */
static void known(const struct ember_addr_lookup *wanted)
{
	assert_string_equal(ember_addr_lookup_known(wanted, 0xffffffff81000350ull)->name,
			    "__schedule");
	assert_string_equal(ember_addr_lookup_known(wanted, 0xffffffff81000300ull)->name,
			    "__schedule");
	assert_string_equal(ember_addr_lookup_known(wanted, 0xffffffffc0001001ull)->name,
			    "probe");
	assert_null(ember_addr_lookup_known(wanted, 0xffffffffc0001900ull));
	assert_null(ember_addr_lookup_known(wanted, 0xffffffffc0008800ull));
	assert_null(ember_addr_lookup_known(wanted, 0xffffffff80000000ull));
	assert_null(ember_addr_lookup_known(wanted, UINT64_MAX));
}

static void test_kallsyms(void **state)
{
	static const struct {
		uint64_t address;
		const char *name, *module;
	} want[] = {
		{ 0xffffffff80ffffffull, NULL, NULL },
		{ 0xffffffff81000010ull, NULL, NULL }, /* a section's begin only */
		{ 0xffffffff81000100ull, "global_alias", NULL },
		{ 0xffffffff810002ffull, "global_alias", NULL }, /* past $t */
		{ 0xffffffff81000300ull, "__schedule", NULL },
		{ 0xffffffff810003ffull, "__schedule", NULL },
		{ 0xffffffff81000400ull, NULL, NULL },
		{ 0xffffffff81999999ull, NULL, NULL },
		{ 0xffffffff82000008ull, NULL, NULL }, /* data */
		{ 0xffffffff82000010ull, "after_data", NULL },
		{ 0xffffffffc0001000ull, "probe", "one" },
		{ 0xffffffffc00017ffull, "probe", "one" },
		{ 0xffffffffc0001fffull, "remove", "one" },
		{ 0xffffffffc0002000ull, NULL, NULL }, /* past the module */
		{ 0xffffffffc0008fffull, "work", "two" },
		{ 0xffffffffc0009001ull, NULL, NULL },
		{ 0xffffffffc0100080ull, "bpf_prog_1_x", "bpf" },
		{ 0xffffffffc0900080ull, NULL, NULL },
	};
	FILE *file = fmemopen((void *)lines, strlen(lines), "r");
	FILE *modules_file = fmemopen((void *)modules, strlen(modules), "r");
	struct ember_strings strings = {};
	struct ember_addr_lookup wanted = {};
	struct ember_asked asked = {};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(*want); i++)
		ember_asked_add(&asked, want[i].address);
	ember_addr_lookup_new(&wanted, &asked, NULL, NULL);
	assert_false(ember_kernel_symbols_hidden(file));
	ember_kernel_names(file, modules_file, &wanted, &strings);
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		const struct ember_want *w = ember_addr_lookup_find(&wanted, want[i].address);

		assert_non_null(w);
		if (!want[i].name != !w->name || (w->name && strcmp(w->name, want[i].name)))
			fail_msg("0x%" PRIx64 " is %s, not %s", want[i].address,
				 want[i].name ? want[i].name : "nobody's", w->name);
		if (w->name && want[i].module)
			assert_string_equal(w->module, want[i].module);
		else if (w->name)
			assert_null(w->module);
	}
	fclose(file);
	fclose(modules_file);
	known(&wanted);
	ember_addr_lookup_free(&wanted);
	ember_asked_free(&asked);
	ember_strings_free(&strings);
}

static void test_hidden(void **state)
{
	static const char zeros[] = "0000000000000000 T _stext\n0000000000000000 t first\n";
	FILE *file = fmemopen((void *)zeros, strlen(zeros), "r");

	(void)state;
	assert_true(ember_kernel_symbols_hidden(file));
	fclose(file);
	file = fopen("/dev/null", "r"); /* no CONFIG_KALLSYMS: nothing is hidden */
	assert_false(ember_kernel_symbols_hidden(file));
	fclose(file);
}

struct own_line {
	uint64_t start;
	char type, name[256];
};

static int own_order(const void *a, const void *b)
{
	const struct own_line *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* This machine's own list: every name is one that stands at the nearest address. */
static void test_own_kernel(void **state)
{
	struct ember_symbols *symbols = ember_symbols_new();
	struct own_line *own = malloc(400000 * sizeof(*own));
	size_t nr = 0, i, k, named = 0;
	struct ember_name name;
	struct timespec a, b;
	char line[1024];
	FILE *file = fopen("/proc/kallsyms", "r");

	(void)state;
	assert_non_null(own);
	while (file && nr < 400000 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 " %c %255s", &own[nr].start, &own[nr].type,
			   own[nr].name) == 3 &&
		    own[nr].name[0] != '$')
			nr++;
	if (file)
		fclose(file);
	if (!nr || ember_symbols_kernel_hidden(symbols)) {
		print_message("skip: this kernel hides its symbols\n");
		goto out;
	}
	qsort(own, nr, sizeof(*own), own_order);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < nr; i += 97)
		ember_symbols_want_kernel(symbols, own[i].start + 1, false);
	for (i = 0; i < nr; i += 97) {
		ember_symbols_kernel(symbols, own[i].start + 1, false, &name);
		if (!name.name)
			continue;
		for (k = nr - 1; own[k].start > own[i].start + 1; k--)
			;
		while (k && own[k - 1].start == own[k].start && strcmp(own[k].name, name.name))
			k--;
		assert_string_equal(own[k].name, name.name);
		assert_true(strchr("tTwW", own[k].type) != NULL);
		named++;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	print_message("%zu lines, %zu named of %zu, %ld ms under the sanitizers\n", nr, named,
		      nr / 97,
		      (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
	assert_true(named > nr / 97 / 4);
out:
	ember_symbols_free(symbols);
	free(own);
	if (!named)
		skip();
}

static const char map[] = "1000 100 first\n"
			  "0x1080 0x100 second with blanks\r\n"
			  "1100 10 third\n"
			  "2000 0 empty\n"
			  "nonsense\n"
			  "3000 zz bad\n"
			  "fffffffffffffff0 1000 last\n"
			  "4000 10\n"
			  "5000 10 end";

static void test_perfmap(void **state)
{
	static const struct {
		uint64_t address;
		const char *name;
	} want[] = {
		{ 0xfff, NULL },
		{ 0x1000, "first" },
		{ 0x107f, "first" },
		{ 0x1080, "second with blanks" },
		{ 0x10ff, "second with blanks" },
		{ 0x1100, "third" },
		{ 0x110f, "third" },
		{ 0x1110, "second with blanks" },
		{ 0x1180, NULL },
		{ 0x2000, NULL },
		{ 0x3000, NULL },
		{ 0x4000, NULL },
		{ 0x500f, "end" },
		{ 0x5010, NULL },
		{ 0xfffffffffffffff8ull, "last" },
	};
	FILE *file = fmemopen((void *)map, strlen(map), "r");
	struct ember_strings strings = {};
	struct ember_addr_lookup wanted = {};
	struct ember_asked asked = {};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(*want); i++)
		ember_asked_add(&asked, want[i].address);
	ember_addr_lookup_new(&wanted, &asked, NULL, NULL);
	ember_perfmap_name(file, &wanted, &strings);
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		const char *name = ember_addr_lookup_find(&wanted, want[i].address)->name;

		if (!want[i].name != !name || (name && strcmp(name, want[i].name)))
			fail_msg("0x%" PRIx64 " is %s, not %s", want[i].address,
				 want[i].name ? want[i].name : "nobody's", name);
	}
	fclose(file);
	ember_addr_lookup_free(&wanted);
	ember_asked_free(&asked);
	ember_strings_free(&strings);
}

/* began_ns: when the process did; 0: it isn't known. */
static const char *made_name(uint64_t pc, struct ember_file *file, uint64_t began_ns)
{
	struct ember_symbols *symbols = ember_symbols_new();
	struct ember_place place = {
		.file = file,
		.file_number = 7,
		.tgid = getpid(),
		.began_ns = began_ns,
		.map_start = 0x1000,
		.map_end = 0x9000,
		.pc = pc,
	};
	static char text[64];
	struct ember_name name;

	ember_symbols_user(symbols, &place, &name);
	if (name.name)
		snprintf(text, sizeof(text), "%s", name.name);
	ember_symbols_free(symbols);
	return name.name ? text : NULL;
}

static const char *jit_name(uint64_t pc)
{
	return made_name(
		pc, &(struct ember_file){ .path = "[anon]", .flags = EMBER_FILE_ANON }, 0);
}

/* Whose map is believed? */
static void test_perfmap_owner(void **state)
{
	const struct timespec old[2] = { { .tv_sec = 1000000 }, { .tv_sec = 1000000 } };
	struct ember_file anonymous = { .path = "[anon]", .flags = EMBER_FILE_ANON };
	struct ember_process process;
	struct timespec unset[2];
	char path[64];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	unlink(path);
	assert_null(jit_name(0x2010));
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("2000 100 made\n", file);
	fclose(file);
	assert_string_equal(jit_name(0x2010), "made");
	/* Left by another process that had the number, before this one began. */
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_null(jit_name(0x2010));
	/* Written before the clock was set, which began in 1970. */
	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &unset[0]), 0);
	unset[1] = unset[0];
	assert_int_equal(utimensat(AT_FDCWD, path, unset, 0), 0);
	assert_string_equal(jit_name(0x2010), "made");
	assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
	assert_string_equal(jit_name(0x2010), "made");
	/* The number was another process', whose map this isn't. */
	assert_true(ember_process_read(getpid(), &process));
	assert_string_equal(made_name(0x2010, &anonymous, process.began_ns), "made");
	assert_null(made_name(0x2010, &anonymous, process.began_ns - 1000000000));
	if (!geteuid()) {
		assert_int_equal(chown(path, 12345, 12345), 0);
		assert_null(jit_name(0x2010));
	} else {
		print_message("skip: a map of another user's, which only root can make\n");
	}
	/* Opening a FIFO for reading would block until a writer opens it. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(jit_name(0x2010));
	unlink(path);
}

/* A map names addresses, whatever backs them, unless that's a file which has names itself. */
static void test_perfmap_backed(void **state)
{
	static const struct {
		struct ember_file file;
		bool made;
	} want[] = {
		{ { .path = "/memfd:doublemapper", .flags = EMBER_FILE_DELETED }, true },
		{ { .path = "/anon_hugepage", .flags = EMBER_FILE_DELETED }, true },
		{ { .path = "/SYSV00000000", .flags = EMBER_FILE_DELETED }, true },
		{ { .path = "/dev/zero", .flags = EMBER_FILE_DELETED }, true },
		{ { .path = "/nowhere/ffi", .flags = EMBER_FILE_DELETED }, true },
		{ { .path = "/dev/shm/code" }, true },
		{ { .path = "/tmp/nowhere/code" }, true },
		{ { .path = "/nowhere/lib.so" }, false },
		{ { .path = "/memfd:lib", .build_id_bytes = 20, .flags = EMBER_FILE_DELETED },
		  false },
	};
	char path[64];
	FILE *file;
	size_t i;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("2000 100 made\n", file);
	fclose(file);
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		struct ember_file backing = want[i].file;
		const char *name = made_name(0x2010, &backing, 0);

		if (want[i].made != (name && !strcmp(name, "made")))
			fail_msg("%s: %s", backing.path, name ? name : "no name");
		assert_null(made_name(0x2110, &backing, 0));
	}
	unlink(path);
}

static void test_vdso(void **state)
{
	uint64_t start = getauxval(AT_SYSINFO_EHDR), end = 0, from, to;
	struct ember_symbols *symbols = ember_symbols_new();
	struct ember_file file = { .path = "[vdso]", .flags = EMBER_FILE_VDSO };
	struct ember_place place;
	struct ember_name name;
	const struct kit_symbol *s;
	struct kit_table t;
	char line[1024];
	FILE *maps = fopen("/proc/self/maps", "r"), *image;
	size_t i, named = 0;

	(void)state;
	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) == 2 && from == start)
			end = to;
	if (maps)
		fclose(maps);
	if (!start || !end) {
		print_message("skip: this kernel has no vDSO\n");
		ember_symbols_free(symbols);
		skip();
		return;
	}
	image = fopen(kit_path("vdso"), "w");
	assert_non_null(image);
	assert_int_equal(fwrite((void *)(uintptr_t)start, 1, end - start, image), end - start);
	fclose(image);
	kit_table(&t, NULL, kit_path("vdso"));
	for (i = 0; i < t.nr; i++) {
		s = &t.symbol[i];
		/* Another process' lies elsewhere. */
		place = (struct ember_place){
			.file = &file,
			.file_number = 3,
			.tgid = 1,
			.map_start = start + 0x100000,
			.map_end = end + 0x100000,
			.pc = start + 0x100000 + s->start + s->size / 2,
		};
		ember_symbols_user(symbols, &place, &name);
		if (!name.name)
			fail_msg("no %s", s->name);
		assert_int_equal(kit_find(&t, name.name)->start, s->start);
		named++;
	}
	assert_true(named > 0);
	/* One of another size is another kernel's, or another width's. */
	place.map_end += 4096;
	ember_symbols_free(symbols);
	symbols = ember_symbols_new();
	ember_symbols_user(symbols, &place, &name);
	assert_null(name.name);
	ember_symbols_free(symbols);
	free(t.symbol);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kallsyms),      cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_own_kernel),    cmocka_unit_test(test_perfmap),
		cmocka_unit_test(test_perfmap_owner), cmocka_unit_test(test_perfmap_backed),
		cmocka_unit_test(test_vdso),
	};

	return cmocka_run_group_tests_name("kallsyms", tests, kit_setup, kit_teardown);
}
