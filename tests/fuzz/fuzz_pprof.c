// SPDX-License-Identifier: GPL-2.0-or-later
/* What `report` reads, pprof or folded, gzipped or not; written again it's as it was. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "export/folded.h"
#include "export/pprof.h"
#include "import/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ember_profile *p, *again;
	const char *why;
	char *text;
	size_t bytes;
	FILE *out;

	p = ember_import_bytes(data, n, &why);
	if (!p)
		return 0;
	out = open_memstream(&text, &bytes);
	ember_export_pprof(out, p, false);
	fclose(out);
	again = ember_import_bytes(text, bytes, &why);
	FUZZ_MUST(again && again->nr_sample == p->nr_sample);
	ember_profile_free(again);
	free(text);
	out = open_memstream(&text, &bytes);
	ember_export_folded(out, p);
	fclose(out);
	free(text);
	ember_profile_free(p);
	return 0;
}
