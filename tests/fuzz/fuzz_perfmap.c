// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "symbolize/perfmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	FILE *file = n ? fmemopen((void *)data, n, "r") : NULL;
	struct ember_strings strings = {};
	struct ember_addr_lookup wanted = {};
	struct ember_asked asked = {};
	uint64_t at;

	if (!file)
		return 0;
	for (at = 0x1000; at; at <<= 1) {
		ember_asked_add(&asked, at);
		ember_asked_add(&asked, at - 1);
	}
	ember_addr_lookup_new(&wanted, &asked, NULL, NULL);
	ember_perfmap_name(file, &wanted, &strings);
	fclose(file);
	ember_addr_lookup_free(&wanted);
	ember_asked_free(&asked);
	ember_strings_free(&strings);
	return 0;
}
