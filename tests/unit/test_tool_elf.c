// SPDX-License-Identifier: GPL-2.0-or-later
/* ELF files that differ from the usual ones in one thing, beside the usual ones. */
#include "symbols_kit.h"

#include <elf.h>

#include "symbolize/companion.h"
#include "elf/inflate.h"
#include "symbolize/lines.h"
#include "unwind/compile.h"

/* Names as other languages make them: an `@` belongs to a name unless a version follows. */
static void test_versions(void **state)
{
	static const struct {
		const char *symbol, *name;
	} want[] = {
		{ "*Array(Int32)@Enumerable(T)#each<&Proc>:Nil", NULL },
		{ "~proc2@lib/foo/src/a.cr:12", NULL },
		{ "@lonely", NULL },
		{ "kfun:@kotlin.String.greet(){}", NULL },
		{ "stdcall@12", NULL },
		{ "ends@", NULL },
		{ "with space@VERS 1", NULL },
		{ "_RNvC6_123foo3bar.llvm.123456789", NULL },
		{ "memcpy@GLIBC_2.2.5", "memcpy" },
		{ "memmove@@GLIBC_2.14", "memmove" },
		{ "own@@1.0-rc", "own" },
	};
	FILE *file = fopen(kit_path("names.s"), "w");
	uint64_t base = 0;
	struct kit_binary b;
	unsigned int i;

	(void)state;
	assert_non_null(file);
	fputs(".globl _start\n_start:\n", file);
	for (i = 0; i < sizeof(want) / sizeof(*want); i++)
		fprintf(file,
			".globl \"%s\"\n.type \"%s\",@function\n\"%s\": .fill 32,1,0x90\n"
			".size \"%s\",32\n",
			want[i].symbol, want[i].symbol, want[i].symbol, want[i].symbol);
	fclose(file);
	kit_run("gcc -nostdlib -static -Wl,--build-id names.s -o names");
	kit_binary(&b, kit_path("names"));
	file = kit_pipe("nm %s | sed -n 's/ T _start$//p'", kit_path("names"));
	assert_int_equal(fscanf(file, "%" SCNx64, &base), 1);
	pclose(file);
	for (i = 0; i < sizeof(want) / sizeof(*want); i++)
		assert_string_equal(kit_name(&b, base + 32 * i + 5),
				    want[i].name ? want[i].name : want[i].symbol);
	kit_binary_free(&b);
}

/* As many segments as a linker script asks for: 40 functions, each in one of its own. */
static void test_segments(void **state)
{
	FILE *source = fopen(kit_path("many.c"), "w"),
	     *script = fopen(kit_path("many.ld"), "w");
	const struct kit_symbol *symbol;
	struct kit_binary b;
	struct kit_table t;
	char name[16];
	unsigned int i;

	(void)state;
	assert_true(source && script);
	fputs("ENTRY(f0) PHDRS { note PT_NOTE;", script);
	for (i = 0; i < 40; i++) {
		fprintf(source, "int f%u(int x) { return x * %u; }\n", i, i);
		fprintf(script, "p%u PT_LOAD FLAGS(5);", i);
	}
	fputs("} SECTIONS { . = 0x400000 + SIZEOF_HEADERS;", script);
	for (i = 0; i < 40; i++)
		fprintf(script, ". = ALIGN(0x1000); .text.f%u : { *(.text.f%u) } :p%u\n", i, i,
			i);
	fputs(".note.gnu.build-id : { *(.note.gnu.build-id) } :p39 :note }", script);
	fclose(source);
	fclose(script);
	kit_run("gcc -O1 -ffunction-sections -fno-asynchronous-unwind-tables -nostdlib -static "
		"-Wl,--build-id -Wl,-T,many.ld many.c -o many 2>ld.log");
	kit_binary(&b, kit_path("many"));
	assert_int_equal(b.nr_segment, 40);
	kit_table(&t, &b, kit_path("many"));
	for (i = 0; i < 40; i++) {
		sprintf(name, "f%u", i);
		symbol = kit_find(&t, name);
		assert_string_equal(kit_name(&b, symbol->start), name);
	}
	free(t.symbol);
	kit_binary_free(&b);
}

static uint64_t covered(const char *name, uint64_t *code)
{
	struct ember_compiled compiled;
	struct ember_elf elf;
	uint64_t bytes = 0;
	unsigned int i;

	assert_true(ember_elf_open(&elf, open(kit_path(name), O_RDONLY | O_CLOEXEC)));
	assert_true(ember_unwind_compile(&elf, NULL, 0, &compiled));
	for (i = EMBER_UNWIND_NONE + 1; i < EMBER_UNWIND_SOURCES; i++)
		bytes += compiled.bytes[i];
	*code = compiled.code;
	ember_table_drop(&compiled.table);
	ember_elf_close(&elf);
	return bytes;
}

/* Without section headers: the names and unwind rows that the loader's tables lead to. */
static void test_bare(void **state)
{
	static const char *const build[] = {
		"gcc -Wl,--hash-style=gnu",
		"gcc -Wl,--hash-style=sysv",
		"gcc -Wl,-z,noseparate-code",
		"aarch64-linux-gnu-gcc -Wl,--hash-style=gnu",
		"arm-linux-gnueabihf-gcc -Wl,--hash-style=gnu",
		"i686-linux-gnu-gcc -Wl,--hash-style=sysv",
	};
	uint64_t code, all, before, after;
	struct kit_binary b;
	struct kit_table t;
	unsigned int i, nr, k;
	bool thumb;

	(void)state;
	kit_write("lib.c", "int one(int x) { return x * 3; }\n"
			   "int two(int (*f)(int), int x) { return f(x) + 1; }\n"
			   "int three(int x) { return two(one, x) + two(one, x + 1); }\n"
			   "static int hidden(int x) { return two(one, x) ^ 5; }\n"
			   "int (*four(void))(int) { return hidden; }\n");
	for (i = 0; i < sizeof(build) / sizeof(*build); i++) {
		thumb = !strncmp(build[i], "arm-", 4);
		kit_run("%s -O1 -s -funwind-tables -shared -fPIC -Wl,--build-id lib.c -o lib.so",
			build[i]);
		kit_bare("lib.so", "bare.so");
		kit_table(&t, NULL, kit_path("lib.so"));
		kit_binary(&b, kit_path("bare.so"));
		for (k = 0, nr = 0; k < t.nr; k++) {
			const char *is =
				kit_name(&b, t.symbol[k].start & (thumb ? ~1ull : ~0ull));

			if (!t.symbol[k].size)
				continue;
			if (!is || strcmp(is, t.symbol[k].name))
				fail_msg("%s: %s is %s", build[i], t.symbol[k].name, is);
			nr++;
		}
		assert_true(nr >= 4);
		before = covered("lib.so", &all);
		after = covered("bare.so", &code);
		print_message("%s: %u names, %u of %u bytes, %u of %u before\n", build[i], nr,
			      (unsigned int)after, (unsigned int)code, (unsigned int)before,
			      (unsigned int)all);
		/* A segment has more in it than code. */
		assert_true(code >= all && after <= code);
		assert_true(after > before / 2);
		free(t.symbol);
		kit_binary_free(&b);
	}
}

/* Padding between two sections has a rule, but counts as no code. */
static void test_coverage(void **state)
{
	uint64_t code, bytes;

	(void)state;
	kit_write("few.c", "int a(void) { return 1; } int b(void) { return a() + 1; }");
	kit_run("gcc -O2 -shared -fPIC few.c -o few.so");
	bytes = covered("few.so", &code);
	assert_true(bytes <= code);
	assert_true(bytes > code - code / 16);
}

/* What patchelf does to an executable: the segment with the headers begins earlier. */
static void move_headers(const char *name)
{
	uint64_t at, address;
	uint32_t type;
	int fd = open(kit_path(name), O_RDWR | O_CLOEXEC);

	for (at = 64;; at += 56) {
		assert_int_equal(pread(fd, &type, 4, at), 4);
		if (type == PT_LOAD)
			break;
	}
	assert_int_equal(pread(fd, &address, 8, at + 16), 8);
	address -= 0x1000;
	assert_int_equal(pwrite(fd, &address, 8, at + 16), 8);
	close(fd);
}

/* Return the name that the debug file has for an address of the stripped one, or NULL. */
static const char *from_debug_file(const char *name, uint64_t address)
{
	struct ember_symbols *symbols = ember_symbols_new();
	static char text[64];
	struct kit_binary b;
	const char *is;

	ember_symbols_debug_dir(symbols, kit_path("debug"));
	kit_binary(&b, kit_path(name));
	is = kit_ask(symbols, &b, address, false);
	snprintf(text, sizeof(text), "%s", is ? is : "");
	kit_binary_free(&b);
	ember_symbols_free(symbols);
	return is ? text : NULL;
}

static void test_moved_headers(void **state)
{
	const struct kit_symbol *symbol;
	struct kit_table t;

	(void)state;
	kit_write("apart.c",
		  "__attribute__((noinline)) int target(int x) { return x * 3; }\n"
		  "int main(int argc, char **argv) { (void)argv; return target(argc); }\n");
	kit_run("gcc -O1 -no-pie -Wl,--build-id apart.c -o apart && "
		"id=$(readelf -n apart | sed -n 's/.*Build ID: //p') && "
		"mkdir -p debug/.build-id/$(echo $id | cut -c 1-2) && "
		"objcopy --only-keep-debug apart debug/.build-id/$(echo $id | cut -c 1-2)/"
		"$(echo $id | cut -c 3-).debug && strip -s apart -o apart.moved && "
		"strip -s apart -o apart.plain && strip -s apart -o apart.same");
	kit_table(&t, NULL, kit_path("apart"));
	symbol = kit_find(&t, "target");
	assert_string_equal(from_debug_file("apart.plain", symbol->start), "target");
	move_headers("apart.moved");
	assert_string_equal(from_debug_file("apart.moved", symbol->start), "target");
	kit_bare("apart.same", "apart.bare");
	assert_string_equal(from_debug_file("apart.bare", symbol->start), "target");
	free(t.symbol);
}

/* Return the innermost function at the first instruction of a file's .text, by its DWARF. */
static const char *first_function(const char *name)
{
	struct ember_safe_open reach = {};
	const struct ember_debug_dirs dirs = {};
	struct ember_companions companions = { &reach, &dirs, 0 };
	struct ember_strings strings = {};
	int fd = open(kit_path(name), O_RDONLY | O_CLOEXEC);
	struct ember_lines *lines = ember_lines_open(fd, &companions);
	const struct ember_call *call;
	static char text[64];
	uint32_t nr;

	assert_non_null(lines);
	call = ember_lines_at(lines, 4, &strings, &nr);
	snprintf(text, sizeof(text), "%s", call && call->name ? call->name : "");
	ember_lines_close(lines);
	ember_strings_free(&strings);
	ember_safe_open_free(&reach);
	close(fd);
	return text;
}

/* Relocatable files, as kernel modules are, which refer to other files. */
static void test_relocatable(void **state)
{
	(void)state;
	kit_write("module.c", "int outer(int x) { return x * 7 + 1; }\n");
	kit_run("gcc -O1 -g -c module.c -o module.o && mkfifo waits.debug && "
		"{ printf '%s/waits.debug\\0'; printf 01234567890123456789; } >link && "
		"objcopy --add-section .gnu_debugaltlink=link module.o linked.o",
		kit_dir);
	assert_string_equal(first_function("module.o"), "outer");
	assert_string_equal(first_function("linked.o"), "outer");
	kit_run("gcc -O1 -g -gsplit-dwarf -c module.c -o a-longer-name.o");
	assert_string_equal(first_function("a-longer-name.o"), "outer");
	kit_run("rm a-longer-name.dwo && mkfifo a-longer-name.dwo");
	assert_string_equal(first_function("a-longer-name.o"), "");
}

static struct ember_elf elf_of(const char *name)
{
	struct ember_elf elf;

	assert_true(ember_elf_open(&elf, open(kit_path(name), O_RDONLY | O_CLOEXEC)));
	return elf;
}

static unsigned int places;

static void count_place(void *context, uint64_t address)
{
	(void)context;
	(void)address;
	places++;
}

/* How many functions its symbols begin, of which some hundred pass by a call. */
static unsigned int begun(const char *name)
{
	struct ember_elf elf = elf_of(name);
	struct ember_elf_begins begins = {};
	unsigned int before;
	bool more;

	places = 0;
	do {
		before = places;
		more = ember_elf_begins(&elf, &begins, count_place, NULL);
		assert_true(places - before <= 512);
	} while (more);
	ember_elf_close(&elf);
	return places;
}

/* More hash buckets and symbols than are read at once; also where the last bucket is empty. */
static void test_chains(void **state)
{
	unsigned int i, nr, all;
	FILE *source;

	(void)state;
	for (nr = 2000; nr < 2004; nr++) {
		source = fopen(kit_path("names.c"), "w");
		assert_non_null(source);
		for (i = 0; i < nr; i++)
			fprintf(source, "void function_%u(void) {}\n", i);
		fclose(source);
		kit_run("gcc -O1 -s -shared -fPIC -nostdlib -Wl,--hash-style=gnu names.c -o lib.so");
		kit_bare("lib.so", "bare.so");
		all = begun("lib.so");
		assert_in_range(all, nr, nr + 8);
		assert_int_equal(begun("bare.so"), all);
	}
}

/* In steps of 8 KiB what zlib has packed is what it was; what is damaged is nothing. */
static void test_inflate(void **state)
{
	struct ember_inflate packed;
	unsigned int i, steps;
	struct ember_elf elf;
	uint64_t at, bytes;
	GElf_Shdr h;
	uint8_t *is;
	FILE *file;

	(void)state;
	/* One ends with a step, one doesn't. */
	for (i = 0; i < 2; i++) {
		bytes = 40960 - i;
		kit_run("seq 100000 | head -c %u >plain && gcc -shared -nostdlib -o none.so -x c /dev/null && "
			"objcopy --add-section .debug_frame=plain none.so plain.so && "
			"objcopy --compress-debug-sections=zlib plain.so packed.so",
			(unsigned int)bytes);
		elf = elf_of("plain.so");
		assert_false(ember_inflate_open(&packed, &elf, ".debug_frame"));
		assert_true(ember_elf_find(&elf, ".debug_frame", &at, &bytes));
		is = malloc(bytes);
		assert_true(ember_elf_read(&elf, at, is, bytes));
		ember_elf_close(&elf);
		elf = elf_of("packed.so");
		assert_false(ember_inflate_open(&packed, &elf, ".debug_line"));
		assert_true(ember_inflate_open(&packed, &elf, ".debug_frame"));
		assert_int_equal(packed.bytes, bytes);
		for (steps = 1; ember_inflate_step(&packed); steps++)
			;
		assert_in_range(steps, 5, 6);
		assert_non_null(packed.whole);
		assert_memory_equal(packed.whole, is, bytes);
		ember_inflate_close(&packed);
		/* Given up. */
		assert_true(ember_inflate_open(&packed, &elf, ".debug_frame"));
		assert_true(ember_inflate_step(&packed));
		ember_inflate_close(&packed);
		free(is);
		assert_true(ember_elf_section(&elf, ".debug_frame", &h));
		ember_elf_close(&elf);
		/* One byte before its checksum. */
		file = fopen(kit_path("packed.so"), "r+");
		assert_int_equal(fseek(file, h.sh_offset + h.sh_size - 100, SEEK_SET), 0);
		steps = fgetc(file);
		assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
		fputc(steps ^ 1, file);
		fclose(file);
		elf = elf_of("packed.so");
		assert_true(ember_inflate_open(&packed, &elf, ".debug_frame"));
		while (ember_inflate_step(&packed))
			;
		assert_null(packed.whole);
		ember_inflate_close(&packed);
		ember_elf_close(&elf);
	}
}

/* Where one segment lies over another, each place is the first one's, in a part of it, too. */
static void test_part(void **state)
{
	static const struct ember_segment segment[] = {
		{ .offset = 0x1000, .bytes = 16, .address = 0x40 },
		{ .offset = 0x2000, .bytes = 32, .address = 0x48 },
		{ .offset = 0x3000, .bytes = 8, .address = 0x20 },
		{ .offset = 0x4000, .bytes = 0x80, .address = 0x10 },
	};
	const uint32_t nr = sizeof(segment) / sizeof(*segment), over = 0xa0;
	uint32_t address, at, bytes, defined = 0;

	(void)state;
	for (address = 0; address < over; address++) {
		struct ember_segment part = ember_segment_part(segment, nr, address, over - 8);

		assert_int_equal(part.address, address);
		assert_true(address + part.bytes <= over - 8 || !part.bytes);
		for (at = 0; at < part.bytes; at++)
			for (bytes = 0; bytes <= part.bytes - at; bytes++) {
				uint64_t offset;

				assert_true(ember_segment_offset(segment, nr, address + at,
								 bytes, &offset));
				assert_int_equal(offset, part.offset + at);
			}
		defined += part.bytes > 0;
	}
	/* All that any has: 10 .. 90. */
	assert_int_equal(defined, 0x80);
	assert_int_equal(ember_segment_part(segment, nr, 0x10, over).bytes, 0x10);
	assert_int_equal(ember_segment_part(segment, nr, 0x28, over).bytes, 0x18);
	assert_int_equal(ember_segment_part(segment, nr, 0x48, over).bytes, 8);
	assert_int_equal(ember_segment_part(segment, nr, 0x50, over).bytes, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),      cmocka_unit_test(test_segments),
		cmocka_unit_test(test_coverage),      cmocka_unit_test(test_bare),
		cmocka_unit_test(test_moved_headers), cmocka_unit_test(test_relocatable),
		cmocka_unit_test(test_chains),	      cmocka_unit_test(test_inflate),
		cmocka_unit_test(test_part),
	};

	return cmocka_run_group_tests_name("elf", tests, kit_setup, kit_teardown);
}
