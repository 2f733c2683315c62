// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbols/perfmap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "symbols/field.h"

#define EMBER_PERFMAP_BYTES (256ll << 20) /* more is no map */
#define EMBER_LINE_BYTES    4096

struct ember_process {
	uint32_t pid; /* in its innermost namespace */
	uint32_t uid;
	int64_t began; /* CLOCK_REALTIME, seconds */
};

static bool ember_process_began(uint32_t tgid, struct ember_process *process)
{
	unsigned long long ticks = 0;
	struct timespec boot, now;
	char text[1024], *end;
	FILE *file;

	snprintf(text, sizeof(text), "/proc/%u/stat", tgid);
	file = fopen(text, "re");
	if (!file)
		return false;
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	/* Its name, in brackets, may hold anything. */
	end = strrchr(text, ')');
	if (end)
		ticks = strtoull(ember_field(end + 1, 19), NULL, 10);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &now);
	process->began = now.tv_sec - (boot.tv_sec - (int64_t)ticks / sysconf(_SC_CLK_TCK));
	return ticks;
}

static bool ember_process_read(uint32_t tgid, struct ember_process *process)
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

FILE *ember_perfmap_open(struct ember_reach *reach, uint32_t tgid)
{
	struct ember_process process = {};
	bool alive = ember_process_read(tgid, &process);
	struct stat st;
	char path[64];
	FILE *file;
	int fd;

	snprintf(path, sizeof(path), "/tmp/perf-%u.map", process.pid);
	fd = ember_reach_open(reach, alive ? tgid : 0, path);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || st.st_size > EMBER_PERFMAP_BYTES ||
	    (st.st_uid && (!alive || st.st_uid != process.uid)) ||
	    /* The clock ticks of /proc are coarse, and it may have been set. */
	    (alive && st.st_mtime + 2 < process.began)) {
		close(fd);
		return NULL;
	}
	file = fdopen(fd, "re");
	if (!file)
		close(fd);
	return file;
}

struct ember_perfmap_line {
	struct ember_strings *strings;
	char *name;
};

static const char *ember_perfmap_keep(void *context)
{
	const struct ember_perfmap_line *line = context;

	return ember_strings_keep(line->strings, line->name);
}

void ember_perfmap_name(FILE *file, struct ember_wanted *wanted, struct ember_strings *strings)
{
	struct ember_perfmap_line line = { .strings = strings };
	char text[EMBER_LINE_BYTES];
	bool within = false;

	while (wanted->nr && fgets(text, sizeof(text), file)) {
		size_t n = strlen(text);
		bool first = !within;
		uint64_t start, size;
		char *end;

		/* What is longer than a line can be is cut, not taken for the next one. */
		within = n && text[n - 1] != '\n';
		if (!first)
			continue;
		text[strcspn(text, "\r\n")] = 0;
		start = strtoull(text, &end, 16);
		if (end == text || *end != ' ')
			continue;
		size = strtoull(end + 1, &line.name, 16);
		if (line.name == end + 1 || *line.name != ' ' || !size)
			continue;
		line.name += strspn(line.name, " ");
		if (!*line.name)
			continue;
		ember_wanted_latest(wanted, start,
				    size > UINT64_MAX - start ? UINT64_MAX : start + size,
				    ember_perfmap_keep, &line);
	}
}
