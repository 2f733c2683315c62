// SPDX-License-Identifier: GPL-2.0-or-later
/* Unwind tables made of what says that it's an ELF file: whatever it has, they are good. */
#include "fuzz.h"

#include <string.h>

#include "unwind/compile.h"

static void look(const struct ember_table *table, uint64_t offset)
{
	const struct ember_rule *rule = ember_table_find(table, offset);

	FUZZ_MUST(rule >= table->rule && rule < table->rule + table->nr_rules);
}

/* In steps of another size the table is the same. */
static void steps(const struct ember_elf *elf, const struct ember_compiled *whole,
		  unsigned int work)
{
	struct ember_compiler *compiler = ember_compile_begin(elf, elf, 0);
	const struct ember_table *a = &whole->table, *b;
	struct ember_compiled compiled;

	while (ember_compile_step(compiler, work))
		;
	ember_compile_end(compiler, &compiled);
	b = &compiled.table;
	FUZZ_MUST(compiled.bad == whole->bad);
	FUZZ_MUST(!memcmp(compiled.bytes, whole->bytes, sizeof(compiled.bytes)));
	FUZZ_MUST(a->first == b->first && a->nr_pages == b->nr_pages &&
		  a->nr_rows == b->nr_rows && a->nr_rules == b->nr_rules);
	if (a->nr_pages) {
		FUZZ_MUST(!memcmp(a->page, b->page, (a->nr_pages + 1) * sizeof(*a->page)));
		FUZZ_MUST(!memcmp(a->row, b->row, a->nr_rows * sizeof(*a->row)));
		FUZZ_MUST(!memcmp(a->rule, b->rule, a->nr_rules * sizeof(*a->rule)));
	}
	ember_table_drop(&compiled.table);
}

/* Given up after some steps. */
static void given_up(const struct ember_elf *elf, unsigned int work)
{
	struct ember_compiler *compiler = ember_compile_begin(elf, elf, 0);
	unsigned int i;

	for (i = 0; i < 3 && ember_compile_step(compiler, work); i++)
		;
	ember_compile_end(compiler, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ember_compiled compiled;
	struct ember_elf elf;
	uint64_t at, covered = 0;
	unsigned int i;

	if (!n || !ember_elf_image(&elf, data, n))
		return 0;
	if (ember_unwind_compile(&elf, &elf, 0, &compiled)) {
		struct ember_table *t = &compiled.table;

		for (i = 0; i < EMBER_UNWIND_SOURCES; i++)
			covered += compiled.bytes[i];
		FUZZ_MUST(!t->nr_pages == !covered && covered <= n);
		if (t->nr_pages) {
			FUZZ_MUST(ember_table_good(t));
			for (at = 0; at < n; at += 13)
				look(t, at);
			look(t, UINT64_MAX);
		}
		steps(&elf, &compiled, 1 + data[n - 1] % 64);
		given_up(&elf, 1 + data[n / 2]);
		ember_table_drop(t);
	}
	ember_elf_close(&elf);
	return 0;
}
