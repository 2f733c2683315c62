// SPDX-License-Identifier: GPL-2.0-or-later
/* Unwind tables made of what says that it's an ELF file: whatever it has, they are good. */
#include "fuzz.h"

#include "unwind/compile.h"

static void look(const struct ember_table *table, uint64_t offset)
{
	const struct ember_rule *rule = ember_table_find(table, offset);

	FUZZ_MUST(rule >= table->rule && rule < table->rule + table->nr_rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ember_compiled compiled;
	struct ember_elf elf;
	uint64_t at, told = 0;
	unsigned int i;

	if (!n || !ember_elf_image(&elf, data, n))
		return 0;
	if (ember_unwind_compile(&elf, &elf, 0, &compiled)) {
		struct ember_table *t = &compiled.table;

		for (i = 0; i < EMBER_UNWIND_SOURCES; i++)
			told += compiled.bytes[i];
		FUZZ_MUST(!t->nr_pages == !told && told <= n);
		if (t->nr_pages) {
			FUZZ_MUST(ember_table_good(t));
			for (at = 0; at < n; at += 13)
				look(t, at);
			look(t, UINT64_MAX);
		}
		ember_table_drop(t);
	}
	ember_elf_close(&elf);
	return 0;
}
