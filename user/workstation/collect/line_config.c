// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/line_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"

int ember_line_config_read(const char *path, const char *form, ember_line_config_take *take,
			   void *context)
{
	static const char space[] = " \t\r\n";
	FILE *file = fopen(path, "re");
	unsigned int number = 0;
	char line[512];
	int err = 0;

	if (!file)
		return ember_error("%s: %s", path, strerror(errno));
	while (!err && fgets(line, sizeof(line), file)) {
		char *rest, *first = strtok_r(line, space, &rest);
		char *second = first ? strtok_r(NULL, space, &rest) : NULL;

		number++;
		if (!first || *first == '#')
			continue;
		if ((second && strtok_r(NULL, space, &rest)) || !take(context, first, second))
			err = ember_error("%s, line %u: %s", path, number, form);
	}
	/* They may be keys. */
	explicit_bzero(line, sizeof(line));
	fclose(file);
	return err;
}
