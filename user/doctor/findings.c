// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/findings.h"

#include <stdarg.h>
#include <stdio.h>

struct ember_finding *ember_find(struct ember_findings *s, const char *what, bool needed,
				 enum ember_state state, const char *format, ...)
{
	struct ember_finding *f =
		&s->finding[s->nr < EMBER_FINDINGS_MAX - 1 ? s->nr++ : s->nr];
	va_list args;

	f->what = what;
	f->needed = needed;
	f->state = state;
	f->remedy[0] = 0;
	va_start(args, format);
	vsnprintf(f->found, sizeof(f->found), format, args);
	va_end(args);
	return f;
}

unsigned int ember_findings_lacks(const struct ember_findings *s)
{
	unsigned int i, lacks = 0;

	for (i = 0; i < s->nr; i++)
		lacks += s->finding[i].needed && s->finding[i].state == EMBER_MISSING;
	return lacks;
}
