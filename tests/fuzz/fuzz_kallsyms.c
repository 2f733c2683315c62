// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/kallsyms, then a line "modules", then /proc/modules. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/kallsyms.h"
#include "symbolize/kernel_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char line[] = "\nmodules\n";
	const uint8_t *second = memmem(data, n, line, strlen(line));
	size_t first = second ? (size_t)(second - data) : n;
	FILE *file = first ? fmemopen((void *)data, first, "r") : NULL, *modules = NULL;
	struct ember_strings strings = {};
	struct ember_addr_lookup wanted = {};
	struct ember_asked asked = {};
	unsigned int i;

	if (!file)
		return 0;
	if (second && n - first > strlen(line))
		modules = fmemopen((void *)(second + strlen(line)), n - first - strlen(line),
				   "r");
	for (i = 0; i < 64; i++) {
		ember_asked_add(&asked, 0xffffffff81000000ull + i * 77777);
		ember_asked_add(&asked, 0xffffffffc0000000ull + i * 33333);
	}
	ember_asked_add(&asked, 0);
	ember_asked_add(&asked, UINT64_MAX);
	ember_addr_lookup_new(&wanted, &asked, NULL, NULL);
	if (!ember_kernel_symbols_hidden(file))
		ember_kernel_names(file, modules, &wanted, &strings);
	fclose(file);
	if (modules)
		fclose(modules);
	ember_addr_lookup_free(&wanted);
	ember_asked_free(&asked);
	ember_strings_free(&strings);
	return 0;
}
