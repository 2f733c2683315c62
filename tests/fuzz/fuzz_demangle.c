// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "symbolize/demangle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ember_strings strings = {};
	char *name = malloc(n + 1);

	memcpy(name, data, n);
	name[n] = 0;
	FUZZ_MUST(*ember_demangle(&strings, name) || !*name);
	ember_strings_free(&strings);
	free(name);
	return 0;
}
