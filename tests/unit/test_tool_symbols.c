// SPDX-License-Identifier: GPL-2.0-or-later
/* Names in ELF files, those of the machine and those that are built here. */
#include "symbols_kit.h"

#include <limits.h>
#include <time.h>

static const char program[] =
	"static __attribute__((noinline)) int hidden(int x) { return x * 3 + 1; }\n"
	"__attribute__((noinline)) int shown(int x) { return hidden(x) ^ 5; }\n"
	"int main(int argc, char **argv) { (void)argv; return shown(argc); }\n";

/* The functions around an address; NULL past the last one that is innermost. */
static bool truth(const struct kit_table *t, uint64_t address, uint64_t *start)
{
	bool found = false;
	size_t i;

	for (i = 0; i < t->nr && t->symbol[i].start <= address; i++)
		if (address - t->symbol[i].start < t->symbol[i].size) {
			*start = t->symbol[i].start;
			found = true;
		}
	return found;
}

static const struct kit_symbol *alias(const struct kit_table *t, uint64_t start,
				      const char *name)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		if (t->symbol[i].start == start && !strcmp(t->symbol[i].name, name))
			return &t->symbol[i];
	return NULL;
}

static bool any_bind(const struct kit_table *t, uint64_t start, const char *bind)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		if (t->symbol[i].start == start && !strcmp(t->symbol[i].bind, bind))
			return true;
	return false;
}

/* At all functions' first and last bytes and the one after, as readelf's table has it. */
static size_t check_against_readelf(const char *path)
{
	struct ember_symbols *symbols = ember_symbols_new();
	struct ember_place place;
	struct kit_binary b;
	struct kit_table t;
	size_t i, named = 0;
	int k, pass;

	kit_binary(&b, path);
	kit_table(&t, &b, path);
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < t.nr; i++)
			for (k = 0; t.symbol[i].size && k < 3; k++) {
				uint64_t start,
					address = t.symbol[i].start +
						  (k == 0 ? 0 : t.symbol[i].size - (k == 1));
				const char *name;

				if (!kit_mapped(&b, address))
					continue;
				if (!pass) {
					kit_place(&b, address, false, &place);
					ember_symbols_want_user(symbols, &place);
					continue;
				}
				name = kit_ask(symbols, &b, address, false);
				if (!truth(&t, address, &start)) {
					/* One without a size may begin there: _fini. */
					if (name && !alias(&t, address, name))
						fail_msg("%s: 0x%" PRIx64
							 " is no function, not %s",
							 path, address, name);
					continue;
				}
				if (!name)
					fail_msg("%s: 0x%" PRIx64 " has no name", path,
						 address);
				if (!alias(&t, start, name))
					fail_msg("%s: 0x%" PRIx64 " isn't %s", path, address,
						 name);
				if (any_bind(&t, start, "GLOBAL"))
					assert_string_equal(alias(&t, start, name)->bind,
							    "GLOBAL");
				named++;
			}
	kit_binary_free(&b);
	free(t.symbol);
	ember_symbols_free(symbols);
	return named;
}

static const char *first_that_is(const char *const *paths)
{
	for (; *paths; paths++)
		if (!access(*paths, R_OK))
			return *paths;
	fail_msg("none of the files is there");
	return NULL;
}

static const char *libc_path(void)
{
	static const char *const paths[] = {
		"/lib/x86_64-linux-gnu/libc.so.6",
		"/lib/aarch64-linux-gnu/libc.so.6",
		"/lib/arm-linux-gnueabihf/libc.so.6",
		"/lib64/libc.so.6",
		NULL,
	};
	return first_that_is(paths);
}

static void test_stripped_libraries(void **state)
{
	static const char *const crypto[] = {
		"/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
		"/usr/lib/aarch64-linux-gnu/libcrypto.so.3",
		"/usr/lib64/libcrypto.so.3",
		NULL,
	};
	char self[PATH_MAX];

	(void)state;
	/* More than nothing was compared. */
	assert_true(check_against_readelf(libc_path()) > 3000);
	assert_true(check_against_readelf(first_that_is(crypto)) > 5000);
	assert_true(realpath("/proc/self/exe", self) != NULL);
	assert_true(check_against_readelf(self) > 100);
}

/* Another reader of the same files: a name of its is one of the same function. */
static void test_as_addr2line(void **state)
{
	struct ember_symbols *symbols = ember_symbols_new();
	const char *path = kit_path("whole");
	size_t i, compared = 0;
	struct kit_binary b;
	struct kit_table t;
	char line[1024];
	FILE *pipe;

	(void)state;
	/* With .symtab, which addr2line wants, and without DWARF, where it finds inlined names. */
	kit_write("p.c", program);
	kit_run("gcc -O1 -static -Wl,--build-id p.c -o whole");
	kit_binary(&b, path);
	kit_table(&t, NULL, path);
	pipe = fopen(kit_path("addresses"), "w");
	assert_non_null(pipe);
	for (i = 0; i < t.nr; i++)
		fprintf(pipe, "0x%" PRIx64 "\n", t.symbol[i].start + t.symbol[i].size / 2);
	fclose(pipe);
	for (i = 0; i < t.nr; i++) {
		struct ember_place place;

		kit_place(&b, t.symbol[i].start + t.symbol[i].size / 2, false, &place);
		ember_symbols_want_user(symbols, &place);
	}
	pipe = kit_pipe("addr2line -f -e '%s' <'%s'", path, kit_path("addresses"));
	for (i = 0; i < t.nr; i++) {
		uint64_t start, address = t.symbol[i].start + t.symbol[i].size / 2;
		const char *name = kit_ask(symbols, &b, address, false);

		assert_non_null(fgets(line, sizeof(line), pipe));
		line[strcspn(line, "@\n")] = 0;
		if (truth(&t, address, &start) && strcmp(line, "??")) {
			assert_non_null(name);
			if (!alias(&t, start, line))
				fail_msg("addr2line says %s, we say %s", line, name);
			compared++;
		}
		assert_non_null(fgets(line, sizeof(line), pipe));
	}
	pclose(pipe);
	assert_true(compared > 1000);
	kit_binary_free(&b);
	free(t.symbol);
	ember_symbols_free(symbols);
}

static void check_program(const char *name, const char *of)
{
	static const char *const functions[] = { "hidden", "shown", "main" };
	const struct kit_symbol *s;
	struct kit_binary b;
	struct kit_table t;
	size_t i;

	kit_table(&t, NULL, kit_path(of));
	kit_binary(&b, kit_path(name));
	for (i = 0; i < 3; i++) {
		s = kit_find(&t, functions[i]);
		assert_string_equal(kit_name(&b, s->start), functions[i]);
		assert_string_equal(kit_name(&b, s->start + s->size - 1), functions[i]);
	}
	kit_binary_free(&b);
	free(t.symbol);
}

static void check_hidden(const char *name, const char *of)
{
	struct kit_binary b;
	struct kit_table t;

	kit_table(&t, NULL, kit_path(of));
	kit_binary(&b, kit_path(name));
	assert_null(kit_name(&b, kit_find(&t, "hidden")->start));
	kit_binary_free(&b);
	free(t.symbol);
}

static void test_links(void **state)
{
	(void)state;
	kit_write("p.c", program);
	kit_run("gcc -O1 -pie -fPIE -Wl,--build-id p.c -o pie");
	check_program("pie", "pie");
	kit_run("gcc -O1 -no-pie -Wl,--build-id p.c -o fixed");
	check_program("fixed", "fixed");
	kit_run("gcc -O1 -static -Wl,--build-id p.c -o static");
	check_program("static", "static");
	kit_run("gcc -O1 -Wl,-Ttext-segment=0x7000000 -no-pie -Wl,--build-id p.c -o moved");
	check_program("moved", "moved");
	/* Sections that libelf could unpack, and that nobody needs. */
	kit_run("gcc -O1 -g -gz -Wl,--build-id p.c -o packed");
	check_program("packed", "packed");
}

/* A return address after the last instruction is the next function's first. */
static void test_caller(void **state)
{
	struct ember_symbols *symbols = ember_symbols_new();
	const struct kit_symbol *hidden;
	struct kit_binary b;
	struct kit_table t;

	(void)state;
	kit_write("c.s", ".text\n.globl one, two\n.type one,%function\n.type two,%function\n"
			 "one: .skip 16\n.size one,.-one\ntwo: .skip 16\n.size two,.-two\n");
	kit_run("gcc -nostdlib -shared -Wl,--build-id c.s -o c.so");
	kit_table(&t, NULL, kit_path("c.so"));
	kit_binary(&b, kit_path("c.so"));
	hidden = kit_find(&t, "two");
	assert_string_equal(kit_ask(symbols, &b, hidden->start, false), "two");
	assert_string_equal(kit_ask(symbols, &b, hidden->start, true), "one");
	/* After the segment's last byte there is nothing; before it there is. */
	assert_string_equal(kit_ask(symbols, &b, hidden->start + 16, true), "two");
	kit_binary_free(&b);
	free(t.symbol);
	ember_symbols_free(symbols);
	/* A signal's handler returns to where nobody called from; no other function does. */
	kit_write("r.s", ".text\n.globl __restore_rt, other\n.type __restore_rt,%function\n"
			 ".type other,%function\n.skip 16\n__restore_rt: .skip 16\n"
			 ".size __restore_rt,16\n.skip 16\nother: .skip 16\n.size other,16\n");
	kit_run("gcc -nostdlib -shared -Wl,--build-id r.s -o r.so");
	symbols = ember_symbols_new();
	kit_table(&t, NULL, kit_path("r.so"));
	kit_binary(&b, kit_path("r.so"));
	assert_string_equal(kit_ask(symbols, &b, kit_find(&t, "__restore_rt")->start, true),
			    "__restore_rt");
	assert_null(kit_ask(symbols, &b, kit_find(&t, "other")->start, true));
	kit_binary_free(&b);
	free(t.symbol);
	ember_symbols_free(symbols);
}

static void test_debuglink(void **state)
{
	(void)state;
	kit_write("p.c", program);
	kit_run("gcc -O1 -Wl,--build-id=none p.c -o whole && objcopy --only-keep-debug whole "
		"linked.debug && strip -o linked whole && objcopy --add-gnu-debuglink="
		"linked.debug linked");
	kit_age();
	check_program("linked", "whole");
	kit_run("mkdir .debug && mv linked.debug .debug/");
	check_program("linked", "whole");
	/* Another file of that name, as long as the one that was meant. */
	kit_run("printf x | dd of=.debug/linked.debug bs=1 seek=4000 conv=notrunc 2>/dev/null");
	check_hidden("linked", "whole");
	kit_run("rm .debug/linked.debug");
	check_hidden("linked", "whole");
}

static void test_debug_dir(void **state)
{
	struct ember_symbols *symbols = ember_symbols_new();
	struct kit_binary b;
	struct kit_table t;

	(void)state;
	kit_write("p.c", program);
	kit_run("gcc -O1 -Wl,--build-id=0x1234567890abcdef p.c -o full && objcopy "
		"--only-keep-debug full full.dbg && strip -o stripped full && "
		"mkdir -p dbg/.build-id/12 && cp full.dbg dbg/.build-id/12/34567890abcdef.debug");
	check_hidden("stripped", "full");
	kit_table(&t, NULL, kit_path("full"));
	kit_binary(&b, kit_path("stripped"));
	ember_symbols_debug_dir(symbols, kit_path("dbg"));
	assert_string_equal(kit_ask(symbols, &b, kit_find(&t, "hidden")->start, false),
			    "hidden");
	ember_symbols_free(symbols);
	/* The name is right and what is in it isn't. */
	kit_run("gcc -O1 -Wl,--build-id=0x1234567890abcdee p.c -o other && cp other "
		"dbg/.build-id/12/34567890abcdef.debug");
	symbols = ember_symbols_new();
	ember_symbols_debug_dir(symbols, kit_path("dbg"));
	assert_null(kit_ask(symbols, &b, kit_find(&t, "hidden")->start, false));
	ember_symbols_free(symbols);
	kit_binary_free(&b);
	free(t.symbol);
}

/* Prelinking moves the file and leaves the file of debug data where it was. */
static void test_prelinked(void **state)
{
	struct ember_symbols *symbols = ember_symbols_new();
	struct kit_binary b;
	struct kit_table t;

	(void)state;
	kit_write("p.c", program);
	kit_run("for at in 0x400000 0x5000000; do gcc -O1 -no-pie -static "
		"-Wl,-Ttext-segment=$at,--build-id=0xfeedbeef p.c -o at$at; done && strip -o "
		"pre at0x5000000 && mkdir -p pre.d/.build-id/fe && objcopy --only-keep-debug "
		"at0x400000 pre.d/.build-id/fe/edbeef.debug");
	kit_table(&t, NULL, kit_path("at0x5000000"));
	kit_binary(&b, kit_path("pre"));
	ember_symbols_debug_dir(symbols, kit_path("pre.d"));
	assert_string_equal(kit_ask(symbols, &b, kit_find(&t, "hidden")->start, false),
			    "hidden");
	ember_symbols_free(symbols);
	kit_binary_free(&b);
	free(t.symbol);
}

static const char assembly[] = "	.text\n"
			       "	.type sized,%function\n"
			       "	.globl sized\n"
			       "sized:	.skip 16\n"
			       "	.size sized,.-sized\n"
			       "	.skip 16\n" /* nobody's */
			       "	.type bare,%function\n"
			       "	.globl bare\n"
			       "bare:	.skip 16\n" /* no size: up to the next */
			       "	.type outer,%function\n"
			       "	.globl outer\n"
			       "outer:	.skip 16\n"
			       "	.type inner,%function\n"
			       "inner:	.skip 16\n"
			       "	.size inner,.-inner\n"
			       "	.type label,%function\n"
			       "label:	.skip 16\n" /* no size, within outer */
			       "	.size outer,.-outer\n"
			       "	.globl untyped\n"
			       "untyped: .skip 16\n"
			       "	.section others,\"ax\",%progbits\n"
			       "other:	.skip 16\n"; /* local, no type, no size: no function */

static void test_extents(void **state)
{
	struct ember_symbols *symbols = ember_symbols_new();
	struct kit_binary b;
	struct kit_table t;
	uint64_t at;

	(void)state;
	kit_write("e.s", assembly);
	kit_run("gcc -nostdlib -shared -Wl,--build-id e.s -o e.so");
	kit_table(&t, NULL, kit_path("e.so"));
	kit_binary(&b, kit_path("e.so"));
	at = kit_find(&t, "sized")->start;
	assert_string_equal(kit_ask(symbols, &b, at + 15, false), "sized");
	assert_null(kit_ask(symbols, &b, at + 16, false));
	assert_null(kit_ask(symbols, &b, at + 31, false));
	assert_string_equal(kit_ask(symbols, &b, at + 32, false), "bare");
	assert_string_equal(kit_ask(symbols, &b, at + 47, false), "bare");
	assert_string_equal(kit_ask(symbols, &b, at + 48, false), "outer");
	assert_string_equal(kit_ask(symbols, &b, at + 64, false), "inner");
	assert_string_equal(kit_ask(symbols, &b, at + 80, false), "outer");
	assert_string_equal(kit_ask(symbols, &b, at + 96, false), "untyped");
	assert_string_equal(kit_ask(symbols, &b, at + 111, false), "untyped");
	/* The next section's. */
	assert_null(kit_ask(symbols, &b, at + 112, false));
	kit_binary_free(&b);
	free(t.symbol);
	ember_symbols_free(symbols);
}

static void test_aliases(void **state)
{
	static const char *const orders[] = { "a b c d", "d c b a", "b d a c" };
	struct kit_binary b;
	struct kit_table t;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		kit_run("{ echo .text; for s in %s; do case $s in a) echo .weak weak;; "
			"b) echo .globl __global;; c) echo .globl global_b;; d) echo .globl "
			"global_a;; esac; done; for n in weak __global global_b global_a local;"
			"do echo .type $n,%%function; echo $n:; done; echo .skip 16; for n in "
			"weak __global global_b global_a local; do echo .size $n,16; done; } >a.s",
			orders[i]);
		kit_run("gcc -nostdlib -shared -Wl,--build-id a.s -o a.so");
		kit_table(&t, NULL, kit_path("a.so"));
		kit_binary(&b, kit_path("a.so"));
		assert_string_equal(kit_name(&b, kit_find(&t, "local")->start + 5),
				    "global_a");
		kit_binary_free(&b);
		free(t.symbol);
	}
	/* What others call it, though it may be replaced, before the library's own name. */
	kit_run("printf '.text\\n.weak w\\n.type w,%%%%function\\n.type l,%%%%function\\nl: w: "
		".skip 16\\n.size w,16\\n.size l,16\\n' >a.s && gcc -nostdlib -shared -Wl,--build-id a.s -o a.so");
	kit_table(&t, NULL, kit_path("a.so"));
	kit_binary(&b, kit_path("a.so"));
	assert_string_equal(kit_name(&b, kit_find(&t, "w")->start), "w");
	kit_binary_free(&b);
	free(t.symbol);
}

static void test_thumb(void **state)
{
	struct kit_binary b;
	struct kit_table t;
	const struct kit_symbol *s;
	char line[256];
	bool mapping = false;
	FILE *pipe;

	(void)state;
	if (system("arm-linux-gnueabihf-gcc --version >/dev/null 2>&1")) {
		print_message("skip: no arm-linux-gnueabihf-gcc\n");
		skip();
	}
	kit_write("p.c", program);
	kit_run("arm-linux-gnueabihf-gcc -O1 -mthumb -nostdlib -Wl,-emain,--build-id p.c -o t");
	kit_table(&t, NULL, kit_path("t"));
	kit_binary(&b, kit_path("t"));
	s = kit_find(&t, "hidden");
	assert_true(s->start & 1);
	assert_string_equal(kit_name(&b, s->start - 1), "hidden");
	assert_string_equal(kit_name(&b, s->start - 1 + s->size - 1), "hidden");
	assert_string_equal(kit_name(&b, kit_find(&t, "shown")->start - 1), "shown");
	/* There was something to be skipped. */
	pipe = kit_pipe("readelf -sW '%s'", kit_path("t"));
	while (fgets(line, sizeof(line), pipe))
		mapping |= strstr(line, " $t") != NULL;
	pclose(pipe);
	assert_true(mapping);
	kit_binary_free(&b);
	free(t.symbol);
}

/* Of processor time. */
static uint64_t milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

/* 5,000 addresses all over a library: named in one reading, well within a second of a CPU. */
static void test_speed(void **state)
{
	struct ember_symbols *symbols = ember_symbols_new();
	unsigned int i, pass, named = 0;
	uint64_t began, took;
	struct kit_binary b;
	struct kit_table t;

	(void)state;
	kit_binary(&b, libc_path());
	kit_table(&t, &b, libc_path());
	began = milliseconds();
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < 5000; i++) {
			const struct kit_symbol *s = &t.symbol[i * 7919u % t.nr];
			struct ember_place place;
			struct ember_name name;

			kit_place(&b, s->start + i % (s->size ? s->size : 1), false, &place);
			if (!pass) {
				ember_symbols_want_user(symbols, &place);
				continue;
			}
			ember_symbols_user(symbols, &place, &name);
			named += name.name != NULL;
		}
	took = milliseconds() - began;
	print_message("%u of 5000 named in %" PRIu64 " ms, under the sanitizers\n", named,
		      took);
	assert_true(named > 4500);
	assert_true(took < 1000);
	kit_binary_free(&b);
	free(t.symbol);
	ember_symbols_free(symbols);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stripped_libraries),
		cmocka_unit_test(test_as_addr2line),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_caller),
		cmocka_unit_test(test_debuglink),
		cmocka_unit_test(test_debug_dir),
		cmocka_unit_test(test_prelinked),
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_thumb),
		cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests_name("symbols", tests, kit_setup, kit_teardown);
}
