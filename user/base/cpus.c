// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cpus.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"

#define EMBER_CPUS_ONLINE "/sys/devices/system/cpu/online" /* 0-2,5 */

bool ember_cpus_look(struct ember_cpus *cpus)
{
	struct ember_cpus now = { .known = true };
	int fd = open(EMBER_CPUS_ONLINE, O_RDONLY | O_CLOEXEC);
	uint32_t highest = 0;
	char text[4096];
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	if (!ember_number_cpus(text, now.on, sizeof(now.on), &highest) ||
	    (cpus->known && !memcmp(cpus->on, now.on, sizeof(now.on))))
		return false;
	*cpus = now;
	return true;
}

bool ember_cpus_on(const struct ember_cpus *cpus, uint32_t cpu)
{
	return cpu / 8 < sizeof(cpus->on) && cpus->on[cpu / 8] >> cpu % 8 & 1;
}
