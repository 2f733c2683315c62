// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/line_granularity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void ember_by_lines(struct ember_profile *p)
{
	uint32_t i;

	for (i = 0; i < p->nr_line; i++) {
		struct ember_function f = p->function[p->line[i].function];
		const char *name = ember_text(p, f.name), *path = ember_text(p, f.file), *base;
		char *text;

		if (!p->line[i].line)
			continue;
		base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
		text = ember_xrealloc(NULL, strlen(name) + strlen(base) + 16, 1);
		sprintf(text, "%s %s:%u", name, base, p->line[i].line);
		f.name = ember_profile_string(p, text);
		free(text);
		p->line[i].function = ember_profile_function(p, &f);
	}
}
