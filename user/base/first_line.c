// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/first_line.h"

#include <stdio.h>
#include <string.h>

bool ember_first_line(const char *path, char *line, size_t bytes)
{
	FILE *file = fopen(path, "re");
	bool read = false;

	if (file) {
		read = fgets(line, bytes, file);
		fclose(file);
	}
	if (read)
		line[strcspn(line, "\n")] = 0;
	return read;
}
