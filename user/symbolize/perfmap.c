// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/perfmap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dates.h"
#include "symbolize/process.h"

#define EMBER_PERFMAP_BYTES (256ll << 20) /* more is no map */
#define EMBER_LINE_BYTES    4096

FILE *ember_perfmap_open(struct ember_safe_open *reach, uint32_t tgid, uint64_t began_ns,
			 const struct ember_dates *dates)
{
	struct ember_process process = { .pid = tgid };
	bool alive = ember_process_read(tgid, &process);
	struct stat st;
	char path[64];
	FILE *file;
	int fd;

	if (!alive)
		process.began_ns = began_ns;
	else if (began_ns && !ember_process_has(&process, began_ns))
		return NULL;
	snprintf(path, sizeof(path), "/tmp/perf-%u.map", process.pid);
	fd = ember_safe_open_file(reach, alive ? tgid : 0, path);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || st.st_size > EMBER_PERFMAP_BYTES ||
	    (st.st_uid && (!alive || st.st_uid != process.uid)) ||
	    (process.began_ns && ember_dates_before(dates, process.began_ns, &st.st_mtim))) {
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

void ember_perfmap_name(FILE *file, struct ember_addr_lookup *wanted,
			struct ember_strings *strings)
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
		ember_addr_lookup_latest(wanted, start,
					 size > UINT64_MAX - start ? UINT64_MAX : start + size,
					 ember_perfmap_keep, &line);
	}
}
