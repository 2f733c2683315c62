// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID/mountinfo. */
#include "fuzz.h"

#include "symbolize/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	FILE *file = n ? fmemopen((void *)data, n, "r") : NULL;
	struct ember_mounts mounts = {};
	bool remote;

	if (!file)
		return 0;
	ember_mounts_read(&mounts, file);
	ember_mounts_safe_open(&mounts, "/usr/lib/x");
	ember_mounts_device(&mounts, 8, 1, &remote);
	ember_mounts_free(&mounts);
	fclose(file);
	return 0;
}
