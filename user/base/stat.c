// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/stat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/field.h"

bool ember_stat_read(uint32_t id, struct ember_stat *st)
{
	char text[1024], *at;
	FILE *file;

	snprintf(text, sizeof(text), "/proc/%u/stat", id);
	file = fopen(text, "re");
	if (!file)
		return false;
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	/* Its name, in brackets, may hold anything: brackets and ends of lines, too. */
	at = strrchr(text, ')');
	if (!at)
		return false;
	at = ember_field(at + 1, 0);
	st->state = *at;
	/* As proc(5) numbers them, the state is 3: 14 and 15 the times, 20 threads, 22 start. */
	at = ember_field(at, 11);
	st->ran = strtoull(at, &at, 10);
	st->ran += strtoull(at, &at, 10);
	at = ember_field(at, 4);
	st->threads = strtoul(at, NULL, 10);
	at = ember_field(at, 2);
	st->start = strtoull(at, NULL, 10);
	return *at;
}
