/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program with one function, `target`, and that function's address. */
#ifndef TARGET_KIT_H
#define TARGET_KIT_H

#include "symbols_kit.h"

static const char source[] =
	"#include <unistd.h>\n"
	"__attribute__((noinline)) int target(int x) { return x * 5; }\n"
	"int main(int argc, char **argv) { (void)argv; if (argc > 1) pause(); return target(argc); }\n";

static inline uint64_t target_of(const char *name)
{
	const struct kit_symbol *s;
	struct kit_table t;
	uint64_t start;

	kit_table(&t, NULL, kit_path(name));
	s = kit_find(&t, "target");
	start = s->start;
	free(t.symbol);
	return start;
}

#endif
