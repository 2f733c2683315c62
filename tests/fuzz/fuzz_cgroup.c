// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID/cgroup, and conditions on what it says: up to a NUL the condition, then the text. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/cgroup.h"
#include "log/only.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char path[EMBER_CGROUP_MAX], condition[256] = "";
	const uint8_t *text = memchr(data, 0, n);
	struct ember_blob_table table = {};
	struct ember_only only = {};
	const char *unit;
	uint32_t set = 0;
	size_t bytes;

	if (text && text - data < (long)sizeof(condition))
		memcpy(condition, data, text - data);
	text = text ? text + 1 : data;
	if (ember_cgroup_parse((const char *)text, n - (text - data), path)) {
		if (path[0] != '/' || strlen(path) >= sizeof(path) || strchr(path, '\n'))
			abort();
		unit = ember_cgroup_unit(path, &bytes);
		if (unit && (unit < path || !bytes || bytes > strlen(unit) ||
			     memchr(unit, '/', bytes)))
			abort();
		set = ember_labels_add(&table, EMBER_LABEL_CGROUP, path, 0);
		if (!set || strcmp(ember_labels_value(&table, set, "cgroup"), path))
			abort();
	}
	if (!ember_only_add(&only, condition))
		ember_only_wants(&only, "comm", &table, set);
	ember_blob_table_free(&table);
	return 0;
}
