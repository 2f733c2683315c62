// SPDX-License-Identifier: GPL-2.0-or-later
/* Stubs of procedure linkage tables: as several linkers lay them out, by hand, and as the linker here does. */
#include "symbols_kit.h"

#define STUBS 3

/* Macros HEAD and STUB of a layout, and how many bytes they have. */
struct layout {
	const char *what, *prefix;
	unsigned int head, each;
	const char *macros;
};

static const struct layout layouts[] = {
	{ "GNU, lld", "", 16, 16,
	  ".macro HEAD\n push words + 8(%rip)\n jmp *words + 16(%rip)\n .byte 0x0f, 0x1f, 0x40, 0\n.endm\n"
	  ".macro STUB slot\n jmp *\\slot(%rip)\n .byte 0x68\n .long 0\n .byte 0xe9\n .long 0\n.endm\n" },
	{ "GNU .plt.sec, lld with IBT", "", 0, 16,
	  ".macro HEAD\n.endm\n"
	  ".macro STUB slot\n endbr64\n jmp *\\slot(%rip)\n .balign 16, 0x90\n.endm\n" },
	{ "GNU, with bnd", "", 0, 16,
	  ".macro HEAD\n.endm\n"
	  ".macro STUB slot\n endbr64\n bnd jmp *\\slot(%rip)\n .balign 16, 0x90\n.endm\n" },
	{ "GNU .plt.got", "", 0, 8,
	  ".macro HEAD\n.endm\n.macro STUB slot\n jmp *\\slot(%rip)\n xchg %ax, %ax\n.endm\n" },
	{ "mold", "", 32, 16,
	  ".macro HEAD\n endbr64\n push %r11\n push words + 8(%rip)\n jmp *words + 16(%rip)\n .skip 14, 0xcc\n.endm\n"
	  ".macro STUB slot\n endbr64\n movl $7, %r11d\n jmp *\\slot(%rip)\n.endm\n" },
	{ "lld -z retpolineplt", "", 48, 32,
	  ".macro HEAD\n push words + 8(%rip)\n mov words + 16(%rip), %r11\n"
	  " call 1f\n0: pause\n lfence\n jmp 0b\n .balign 16, 0xcc\n"
	  "1: mov %r11, (%rsp)\n ret\n .balign 16, 0xcc\n.endm\n"
	  ".macro STUB slot\n mov \\slot(%rip), %r11\n .byte 0xe8\n .long 0\n .byte 0xe9\n .long 0\n"
	  " .byte 0x68\n .long 0\n .byte 0xe9\n .long 0\n .skip 5, 0xcc\n.endm\n" },
	{ "lld -z retpolineplt -z now", "", 32, 16,
	  ".macro HEAD\n call 1f\n0: pause\n lfence\n jmp 0b\n .balign 16, 0xcc\n"
	  "1: mov %r11, (%rsp)\n ret\n .balign 16, 0xcc\n.endm\n"
	  ".macro STUB slot\n mov \\slot(%rip), %r11\n .byte 0xe9\n .long 0\n .skip 4, 0xcc\n.endm\n" },
	{ "arm64: GNU, lld, mold", "aarch64-linux-gnu-", 32, 16,
	  ".macro HEAD\n stp x16, x30, [sp, #-16]!\n adrp x16, words\n ldr x17, [x16, #:lo12:words]\n"
	  " add x16, x16, #:lo12:words\n br x17\n nop\n nop\n nop\n.endm\n"
	  ".macro STUB slot\n adrp x16, \\slot\n ldr x17, [x16, #:lo12:\\slot]\n"
	  " add x16, x16, #:lo12:\\slot\n br x17\n.endm\n" },
	{ "arm64: lld with BTI", "aarch64-linux-gnu-", 0, 24,
	  ".macro HEAD\n.endm\n"
	  ".macro STUB slot\n hint #34\n adrp x16, \\slot\n ldr x17, [x16, #:lo12:\\slot]\n"
	  " add x16, x16, #:lo12:\\slot\n br x17\n nop\n.endm\n" },
	{ "arm64: lld with PAC", "aarch64-linux-gnu-", 0, 24,
	  ".macro HEAD\n.endm\n"
	  ".macro STUB slot\n adrp x16, \\slot\n ldr x17, [x16, #:lo12:\\slot]\n"
	  " add x16, x16, #:lo12:\\slot\n hint #12\n br x17\n nop\n.endm\n" },
	{ "ARM: GNU, lld, near", "arm-linux-gnueabihf-", 0, 16,
	  ".macro HEAD\n.endm\n"
	  ".macro STUB slot\n add ip, pc, #:pc_g0_nc:(\\slot - 8)\n add ip, ip, #:pc_g1_nc:(\\slot - 4)\n"
	  " ldr pc, [ip, #:pc_g2:(\\slot)]!\n .word 0xd4d4d4d4\n.endm\n" },
	{ "ARM: lld, far", "arm-linux-gnueabihf-", 0, 16,
	  ".macro HEAD\n.endm\n"
	  ".macro STUB slot\n ldr ip, 1f\n 0: add ip, ip, pc\n ldr pc, [ip]\n 1: .word \\slot - 0b - 8\n.endm\n" },
	{ "ARM: mold", "arm-linux-gnueabihf-", 0, 16,
	  ".macro HEAD\n.endm\n"
	  ".macro STUB slot\n ldr ip, 1f\n 0: add ip, pc, ip\n ldr pc, [ip]\n 1: .word \\slot - 0b - 8\n.endm\n" },
};

static const char *const called[STUBS] = { "alpha", "beta_2", "gamma" };

/* The stubs in a shared library, with relocations for the words that they load. */
static void assemble(const struct layout *l)
{
	bool wide = strncmp(l->prefix, "arm-", 4);
	char source[4096];

	snprintf(source, sizeof(source),
		 "%s\t.section .plt.hand,\"ax\",%%progbits\n\t.balign 32\n%s"
		 "\tHEAD\n\tSTUB slot_a\n\tSTUB slot_b\n\tSTUB slot_c\n"
		 "\t.section .data.words,\"aw\"\n\t.balign 8\nwords:\t.skip 24\n"
		 "slot_a:\t%s alpha\nslot_b:\t%s beta_2\nslot_c:\t%s gamma\n",
		 l->macros, wide ? "" : "\t.arm\n", wide ? ".quad" : ".word",
		 wide ? ".quad" : ".word", wide ? ".quad" : ".word");
	kit_write("stubs.s", source);
	kit_run("%sgcc -nostdlib -shared -Wl,--build-id -o stubs stubs.s 2>&1", l->prefix);
}

static void test_layout(const struct layout *l)
{
	struct ember_symbols *symbols = ember_symbols_new();
	char line[256], name[64];
	uint64_t begin = 0, at;
	struct kit_binary b;
	FILE *pipe;

	assemble(l);
	kit_binary(&b, kit_path("stubs"));
	pipe = kit_pipe("readelf -SW '%s'", kit_path("stubs"));
	while (fgets(line, sizeof(line), pipe))
		if (strstr(line, ".plt.hand"))
			sscanf(strstr(line, "PROGBITS"), "PROGBITS %" SCNx64, &begin);
	pclose(pipe);
	assert_true(begin);
	for (at = begin; at < begin + l->head + STUBS * l->each; at++) {
		const char *is = kit_ask(symbols, &b, at, false);
		unsigned int in = at - begin < l->head ? STUBS :
							 (at - begin - l->head) / l->each;

		if (in < STUBS)
			snprintf(name, sizeof(name), "%s@plt", called[in]);
		if ((in == STUBS) != !is || (is && strcmp(is, name)))
			fail_msg("%s: +%d is %s", l->what, (int)(at - begin), is);
	}
	kit_binary_free(&b);
	ember_symbols_free(symbols);
}

static void test_layouts(void **state)
{
	char command[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		snprintf(command, sizeof(command), "command -v %sgcc >/dev/null",
			 layouts[i].prefix);
		if (system(command))
			print_message("skip: no %sgcc\n", layouts[i].prefix);
		else
			test_layout(&layouts[i]);
	}
}

/* A function that is chosen when the program starts has a stub in a static program, too. */
static void test_chosen(void **state)
{
	static const char *const prefix[] = { "", "aarch64-linux-gnu-",
					      "arm-linux-gnueabihf-" };
	char command[256], line[256];
	struct kit_binary b;
	unsigned int i, nr;
	uint64_t at, size;
	FILE *pipe;

	(void)state;
	kit_write("chosen.c",
		  "static int fast(int x) { return x * 3; }\n"
		  "static void *choose(void) { return fast; }\n"
		  "int quick(int x) __attribute__((ifunc(\"choose\")));\n"
		  "int main(int argc, char **argv) { (void)argv; return quick(argc); }\n");
	for (i = 0; i < sizeof(prefix) / sizeof(*prefix); i++) {
		struct ember_symbols *symbols = ember_symbols_new();

		snprintf(command, sizeof(command), "command -v %sgcc >/dev/null", prefix[i]);
		if (system(command)) {
			print_message("skip: no %sgcc\n", prefix[i]);
			ember_symbols_free(symbols);
			continue;
		}
		kit_run("%sgcc -O1 -static -Wl,--build-id -o chosen chosen.c", prefix[i]);
		kit_binary(&b, kit_path("chosen"));
		nr = at = size = 0;
		pipe = kit_pipe("readelf -SW '%s' | grep plt", kit_path("chosen"));
		while (fgets(line, sizeof(line), pipe))
			if (strstr(line, "PROGBITS") && strstr(line, " AX "))
				sscanf(strstr(line, "PROGBITS"),
				       "PROGBITS %" SCNx64 " %*x %" SCNx64, &at, &size);
		pclose(pipe);
		assert_true(size);
		for (size += at; at < size; at += 4) {
			const char *is = kit_ask(symbols, &b, at, false);

			nr += is && !strcmp(is, "quick@plt");
		}
		print_message("%sgcc -static: %u places are quick@plt\n", prefix[i], nr);
		assert_true(nr >= 2 && nr <= 4);
		kit_binary_free(&b);
		ember_symbols_free(symbols);
	}
}

/*
 * Jumps to other files' functions lie between functions and are none: every byte of a
 * PLT has the name that objdump gives it, or none; never a function's.
 */
static size_t check_plt(const char *name, const char *objdump)
{
	struct ember_symbols *symbols = ember_symbols_new();
	uint64_t at, from = 0, to;
	char line[1024], given[256] = "", *plt;
	size_t named = 0;
	struct kit_binary b;
	bool labelled = false;
	FILE *pipe;

	kit_binary(&b, kit_path(name));
	pipe = kit_pipe("%s -d '%s' | sed -n '/section .plt/,/section .text/p'", objdump,
			kit_path(name));
	while (fgets(line, sizeof(line), pipe)) {
		if (sscanf(line, "%" SCNx64 " <%255[^>]>:", &from, given) == 2) {
			plt = strstr(given, "@plt");
			labelled = plt && !plt[4];
			continue;
		}
		if (line[0] != ' ' || sscanf(line, " %" SCNx64, &to) != 1)
			continue;
		for (at = to; at < to + 2; at++) {
			const char *ours = kit_ask(symbols, &b, at, false);

			if (ours && labelled && strcmp(ours, given))
				fail_msg("%s: 0x%" PRIx64 " is %s, not %s", name, at, given,
					 ours);
			if (ours && !strstr(ours, "@plt"))
				fail_msg("%s: 0x%" PRIx64 " isn't %s", name, at, ours);
			if (at == to && labelled && ours)
				named++;
		}
	}
	pclose(pipe);
	kit_binary_free(&b);
	ember_symbols_free(symbols);
	return named;
}

static void test_plt(void **state)
{
	static const struct {
		const char *prefix, *flags;
	} build[] = {
		{ "", "-fno-plt" },
		{ "", "-Wl,-z,lazy" },
		{ "", "-Wl,-z,now" },
		{ "", "-no-pie -fno-pie" },
		{ "", "-Wl,-z,ibtplt -fcf-protection" },
		{ "aarch64-linux-gnu-", "" },
		{ "aarch64-linux-gnu-", "-mbranch-protection=bti" },
		{ "arm-linux-gnueabihf-", "-marm" },
		{ "arm-linux-gnueabihf-", "-mthumb" },
		{ "i686-linux-gnu-", "-no-pie -fno-pie" },
	};
	char objdump[64];
	size_t i, named;

	(void)state;
	kit_write(
		"q.c",
		"#include <stdio.h>\n#include <stdlib.h>\n"
		"int main(void) { atexit(abort); return puts(getenv(\"x\")) + getchar(); }\n");
	for (i = 0; i < sizeof(build) / sizeof(*build); i++) {
		snprintf(objdump, sizeof(objdump), "%sgcc --version >/dev/null 2>&1",
			 build[i].prefix);
		if (system(objdump)) {
			print_message("skip: no %sgcc\n", build[i].prefix);
			continue;
		}
		kit_run("%sgcc -O1 -Wl,--build-id %s q.c -o plt", build[i].prefix,
			build[i].flags);
		snprintf(objdump, sizeof(objdump), "%sobjdump", build[i].prefix);
		named = check_plt("plt", objdump);
		print_message("%s %s: %zu instructions named\n", build[i].prefix,
			      build[i].flags, named);
		/* Without a PLT there is __cxa_finalize's at most. */
		assert_true(!i || named >= 4);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_chosen),
		cmocka_unit_test(test_plt),
	};

	return cmocka_run_group_tests(tests, kit_setup, kit_teardown);
}
