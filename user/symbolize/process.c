// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/field.h"
#include "base/stat.h"

static uint64_t ember_process_tick_ns(void)
{
	return 1000000000 / sysconf(_SC_CLK_TCK);
}

static bool ember_process_began(uint32_t tgid, struct ember_process *process)
{
	struct ember_stat stat;

	if (!ember_stat_read(tgid, &stat))
		return false;
	process->began_ns = stat.start * ember_process_tick_ns();
	return stat.start;
}

bool ember_process_read(uint32_t tgid, struct ember_process *process)
{
	char line[1024];
	bool uid = false;
	FILE *file;

	process->pid = tgid;
	snprintf(line, sizeof(line), "/proc/%u/status", tgid);
	file = fopen(line, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		char *last;

		if (!strncmp(line, "Uid:", 4)) {
			process->uid = strtoul(ember_field(line, 2), NULL, 10);
			uid = true;
		}
		if (strncmp(line, "NSpid:", 6))
			continue;
		last = strrchr(line, '\t');
		if (last)
			process->pid = strtoul(last, NULL, 10);
	}
	fclose(file);
	return uid && ember_process_began(tgid, process);
}

bool ember_process_has(const struct ember_process *process, uint64_t thread_began_ns)
{
	/* /proc counts in whole ticks. */
	return process->began_ns <= thread_began_ns + ember_process_tick_ns();
}
