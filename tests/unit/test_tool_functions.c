// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions of stripped files: where they begin, and Go's names. */
#include "symbols_kit.h"

#include "elf/elf.h"
#include "symbolize/functions.h"

#define GO_STRIPPED "-trimpath -ldflags='-s -w'"

/* What the twin that still has its symbols says of the functions of a stripped file. */
struct twin {
	struct kit_table t;
	bool thumb;
	unsigned int nr, equal, unknown;
};

static uint64_t place_of(const struct twin *twin, const struct kit_symbol *s)
{
	return twin->thumb ? s->start & ~1ull : s->start;
}

/* Ask for the first byte, one in the middle and the last of each function. */
static void compare(struct twin *twin, const char *stripped)
{
	struct ember_addr_lookup wanted = {};
	struct ember_strings strings = {};
	struct ember_asked asked = {};
	struct ember_elf elf;
	size_t i;
	int k;

	assert_true(ember_elf_open(&elf, open(kit_path(stripped), O_RDONLY | O_CLOEXEC)));
	for (i = 0; i < twin->t.nr; i++)
		for (k = 0; k < 3; k++)
			ember_asked_add(&asked,
					place_of(twin, &twin->t.symbol[i]) +
						(twin->t.symbol[i].size * k - !!k) / 2);
	ember_addr_lookup_new(&wanted, &asked, NULL, NULL);
	ember_elf_functions(&elf, true, &wanted, &strings);
	for (i = 0; i < twin->t.nr; i++) {
		const struct kit_symbol *s = &twin->t.symbol[i];
		uint64_t start = place_of(twin, s);
		bool equal = true, known = true;

		/* Another name of the same place, or of a part of it, counts once. */
		if (s->size < 4 || (i && place_of(twin, s - 1) + s[-1].size > start))
			continue;
		for (k = 0; k < 3; k++) {
			const struct ember_want *want = ember_addr_lookup_find(
				&wanted, start + (s->size * k - !!k) / 2);

			assert_non_null(want);
			known &= want->begin != 0;
			equal &= want->begin == start;
		}
		twin->nr++;
		twin->equal += equal;
		twin->unknown += !known;
	}
	ember_addr_lookup_free(&wanted);
	ember_asked_free(&asked);
	ember_strings_free(&strings);
	ember_elf_close(&elf);
}

/* The tool's own compiler of unwind tables as a library, whole and stripped. */
static bool built(const char *prefix, const char *flags)
{
	char command[256], here[256];

	snprintf(command, sizeof(command), "command -v %sgcc >/dev/null", prefix);
	if (system(command)) {
		print_message("skip: no %sgcc\n", prefix);
		return false;
	}
	assert_non_null(getcwd(here, sizeof(here)));
	kit_run("cd %s && %sgcc -w -shared -fPIC -O2 -std=gnu11 -D_GNU_SOURCE -fvisibility=hidden %s -Iuser "
		"-Iinclude/uapi -o %s/whole user/unwind/*.c",
		here, prefix, flags, kit_dir);
	kit_run("%sstrip -o stripped whole", prefix);
	return true;
}

static void starts_of(const char *prefix, const char *flags, const char *stripped,
		      unsigned int percent)
{
	struct twin twin = { .thumb = !strncmp(prefix, "arm-", 4) };

	kit_table(&twin.t, NULL, kit_path("whole"));
	compare(&twin, stripped);
	print_message("%sgcc %s, %s: %u of %u functions' starts, %u unknown\n", prefix, flags,
		      stripped, twin.equal, twin.nr, twin.unknown);
	assert_true(twin.nr > 60);
	assert_true(twin.equal * 100 >= twin.nr * percent);
	free(twin.t.symbol);
}

static void starts(const char *prefix, const char *flags, unsigned int percent)
{
	if (!built(prefix, flags))
		return;
	starts_of(prefix, flags, "stripped", percent);
	/* The same without section headers. */
	kit_bare("stripped", "cut");
	starts_of(prefix, flags, "cut", percent);
}

static void test_frames(void **state)
{
	(void)state;
	starts("", "", 99);
	starts("aarch64-linux-gnu-", "", 99);
	/* Without the table for looking them up: entry by entry. */
	if (built("", "-Wl,--no-eh-frame-hdr"))
		starts_of("", "-Wl,--no-eh-frame-hdr", "stripped", 99);
}

static void test_exidx(void **state)
{
	(void)state;
	starts("arm-linux-gnueabihf-", "-funwind-tables", 90);
}

static void test_scan(void **state)
{
	(void)state;
	starts("", "-fno-asynchronous-unwind-tables -fno-unwind-tables", 55);
	starts("aarch64-linux-gnu-", "-fno-asynchronous-unwind-tables -fno-unwind-tables", 55);
	starts("arm-linux-gnueabihf-", "", 55);
}

/* Go's stripped programs have their names, which those of go tool nm are. */
static void go_names(const char *arch, const char *flags)
{
	struct ember_addr_lookup wanted = {};
	struct ember_strings strings = {};
	struct ember_asked asked = {};
	struct kit_table t = {};
	unsigned int equal = 0;
	struct ember_elf elf;
	char line[4096];
	FILE *pipe;
	size_t i;
	int k;

	kit_run("GOARCH=%s CGO_ENABLED=0 GO111MODULE=off go build -trimpath %s -o whole go.go",
		arch, flags);
	kit_run("GOARCH=%s CGO_ENABLED=0 GO111MODULE=off go build " GO_STRIPPED
		" %s -o stripped go.go",
		arch, flags);
	pipe = kit_pipe("go tool nm -size '%s'", kit_path("whole"));
	while (fgets(line, sizeof(line), pipe)) {
		struct kit_symbol s = {};
		int at = 0;
		char type, *suffix;

		/* Names have blanks in them, and assembly's have a suffix. */
		if (sscanf(line, " %" SCNx64 " %" SCNu64 " %c %n", &s.start, &s.size, &type,
			   &at) != 3 ||
		    (type | 32) != 't' || s.size < 2 || !at)
			continue;
		snprintf(s.name, sizeof(s.name), "%.*s", (int)strcspn(line + at, "\n"),
			 line + at);
		suffix = strstr(s.name, ".abi0");
		if (suffix)
			*suffix = 0;
		if (!(t.nr & (t.nr - 1)))
			t.symbol = realloc(t.symbol, (t.nr ? 2 * t.nr : 1) * sizeof(s));
		t.symbol[t.nr++] = s;
		ember_asked_add(&asked, s.start);
		ember_asked_add(&asked, s.start + s.size - 1);
	}
	pclose(pipe);
	assert_true(ember_elf_open(&elf, open(kit_path("stripped"), O_RDONLY | O_CLOEXEC)));
	ember_addr_lookup_new(&wanted, &asked, NULL, NULL);
	ember_elf_functions(&elf, true, &wanted, &strings);
	for (i = 0; i < t.nr; i++)
		for (k = 0; k < 2; k++) {
			const struct kit_symbol *s = &t.symbol[i];
			const struct ember_want *want =
				ember_addr_lookup_find(&wanted, s->start + k * (s->size - 1));

			equal += want->name && !strcmp(want->name, s->name);
		}
	print_message("Go, %s %s: %u of %u names\n", arch, flags, equal, (int)t.nr * 2);
	assert_true(t.nr > 1000);
	assert_true(equal * 100 >= 2 * t.nr * 99);
	ember_addr_lookup_free(&wanted);
	ember_asked_free(&asked);
	ember_strings_free(&strings);
	ember_elf_close(&elf);
	free(t.symbol);
}

static void test_go(void **state)
{
	(void)state;
	if (system("command -v go >/dev/null")) {
		print_message("skip: no go\n");
		return;
	}
	kit_write("go.go", "package main\n\nimport \"fmt\"\n\n"
			   "//go:noinline\nfunc work(n int) int { return n*n + 1 }\n"
			   "func main() { fmt.Println(work(3)) }\n");
	go_names("amd64", "");
	go_names("arm64", "");
	go_names("arm", "");
}

/*
 * Tables as each version of Go writes them, by hand: two functions of 16 bytes, of which
 * the second has the longer name. WORD is the pointer of the architecture.
 */
static const char *const go_table[] = {
	/* 1.2: addresses, from the header on. */
	"\t.long 0xfffffffb\n\t.byte 0, 0, 1, SIZE\n\tWORD 2\n"
	"\tWORD first, f1 - head, second, f2 - head, over\n"
	"f1:\tWORD first\n\t.long n1 - head\nf2:\tWORD second\n\t.long n2 - head\n"
	"n1:\t.asciz \"main.one\"\nn2:\t.asciz \"main.(*T).two\"\n",
	/* 1.16: parts that begin where the header says. */
	"\t.long 0xfffffffa\n\t.byte 0, 0, 1, SIZE\n\tWORD 2, 1, names - head, 0, 0, 0, list - head\n"
	"names:\t.asciz \"\"\nn1:\t.asciz \"main.one\"\nn2:\t.asciz \"main.(*T).two\"\n\t.balign 8\n"
	"list:\tWORD first, f1 - list, second, f2 - list, over\n"
	"f1:\tWORD first\n\t.long n1 - names\nf2:\tWORD second\n\t.long n2 - names\n",
	/* 1.18: offsets of 32 bits from the text on. */
	"\t.long 0xfffffff0\n\t.byte 0, 0, 1, SIZE\n\tWORD 2, 1, first, names - head, 0, 0, 0, list - head\n"
	"names:\t.asciz \"\"\nn1:\t.asciz \"main.one\"\nn2:\t.asciz \"main.(*T).two\"\n\t.balign 8\n"
	"list:\t.long 0, f1 - list, 16, f2 - list, 32\n"
	"f1:\t.long 0, n1 - names\nf2:\t.long 16, n2 - names\n",
	/* 1.20: another number alone. */
	"\t.long 0xfffffff1\n\t.byte 0, 0, 1, SIZE\n\tWORD 2, 1, first, names - head, 0, 0, 0, list - head\n"
	"names:\t.asciz \"\"\nn1:\t.asciz \"main.one\"\nn2:\t.asciz \"main.(*T).two\"\n\t.balign 8\n"
	"list:\t.long 0, f1 - list, 16, f2 - list, 32\n"
	"f1:\t.long 0, n1 - names\nf2:\t.long 16, n2 - names\n",
};

static uint64_t go_first; /* address */

static void go_assembled(const char *prefix, bool wide, const char *table, const char *text)
{
	char source[4096];
	FILE *pipe;

	snprintf(source, sizeof(source),
		 "\t.text\nfirst:\t.skip 16\nsecond:\t.skip 16\nover:\t.skip 16\n"
		 "\t.section .gopclntab,\"a\"\n\t.balign 32\nhead:\n%s"
		 "\t.section .go.module,\"aw\"\n\tWORD head\n\t.skip 21 * SIZE\n\tWORD %s\n",
		 table, text);
	kit_write("table.S", source);
	kit_run("%sgcc -DSIZE=%d -DWORD=%s -c table.S && %sld --build-id -o table table.o 2>/dev/null",
		prefix, wide ? 8 : 4, wide ? ".quad" : ".long", prefix);
	pipe = kit_pipe("%snm '%s'", prefix, kit_path("table"));
	while (fgets(source, sizeof(source), pipe))
		if (strstr(source, " first"))
			go_first = strtoull(source, NULL, 16);
	pclose(pipe);
	kit_run("%sstrip table", prefix);
}

static void go_is(uint64_t address, const char *name)
{
	struct kit_binary b;
	const char *is;

	kit_binary(&b, kit_path("table"));
	is = kit_name(&b, go_first + address);
	if (!name != !is || (name && strcmp(is, name)))
		fail_msg("+%d is %s, not %s", (int)address, is, name);
	kit_binary_free(&b);
}

static void test_go_versions(void **state)
{
	static const struct {
		const char *prefix;
		bool wide;
	} arch[] = { { "", true },
		     { "aarch64-linux-gnu-", true },
		     { "arm-linux-gnueabihf-", false },
		     { "i686-linux-gnu-", false } };
	char command[64], later[1024], *text;
	unsigned int i, k;

	(void)state;
	for (i = 0; i < sizeof(arch) / sizeof(*arch); i++) {
		snprintf(command, sizeof(command), "command -v %sgcc >/dev/null",
			 arch[i].prefix);
		if (system(command)) {
			print_message("skip: no %sgcc\n", arch[i].prefix);
			continue;
		}
		for (k = 0; k < sizeof(go_table) / sizeof(*go_table); k++) {
			go_assembled(arch[i].prefix, arch[i].wide, go_table[k], "0");
			go_is(0, "main.one");
			go_is(15, "main.one");
			go_is(16, "main.(*T).two");
			go_is(31, "main.(*T).two");
			go_is(32, NULL);
		}
		/* Go 1.26 leaves the text out of the header: the module's data has it. */
		strcpy(later, go_table[3]);
		text = strstr(later, "first, names");
		memcpy(text, "    0", 5);
		go_assembled(arch[i].prefix, arch[i].wide, later, "first");
		go_is(17, "main.(*T).two");
		/* Nothing says where the text is. */
		go_assembled(arch[i].prefix, arch[i].wide, later, "0");
		go_is(17, NULL);
		/* Another version. */
		memcpy(strstr(later, "0xfffffff1"), "0xfffffff2", 10);
		go_assembled(arch[i].prefix, arch[i].wide, later, "first");
		go_is(17, NULL);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),	    cmocka_unit_test(test_exidx),
		cmocka_unit_test(test_scan),	    cmocka_unit_test(test_go),
		cmocka_unit_test(test_go_versions),
	};

	return cmocka_run_group_tests(tests, kit_setup, kit_teardown);
}
