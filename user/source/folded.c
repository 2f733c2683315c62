// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/folded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct ember_folded_line {
	const char *stack;
	size_t bytes; /* of the stack */
	uint64_t count;
};

/* The line at *at, which moves past it. False: it isn't one. */
static bool ember_folded_line(const char **at, const char *end, struct ember_folded_line *line)
{
	const char *eol = memchr(*at, '\n', end - *at), *digit;

	if (!eol)
		eol = end;
	line->stack = *at;
	*at = eol < end ? eol + 1 : end;
	if (eol > line->stack && eol[-1] == '\r')
		eol--;
	line->bytes = 0;
	if (eol == line->stack)
		return true; /* empty: nothing */
	for (digit = eol; digit > line->stack && digit[-1] >= '0' && digit[-1] <= '9';)
		digit--;
	/* At least a blank and a character before it, at most 19 digits. */
	if (digit == eol || eol - digit > 19 || digit - line->stack < 2 || digit[-1] != ' ')
		return false;
	line->bytes = digit - 1 - line->stack;
	line->count = 0;
	for (; digit < eol; digit++)
		line->count = line->count * 10 + (*digit - '0');
	return true;
}

bool ember_folded_is(const char *text, size_t n)
{
	const char *at = text;
	struct ember_folded_line line;

	if (!n || !ember_folded_line(&at, text + n, &line) || !line.bytes)
		return false;
	return !memchr(line.stack, 0, line.bytes);
}

/* A kernel's frame is one of the kernel's mapping: that's how pprof tells. */
static uint32_t ember_folded_kernel(struct ember_profile *p)
{
	struct ember_mapping m = { .kernel = true, .has_functions = true };

	if (p->nr_mapping > 1)
		return p->nr_mapping - 1;
	m.file = ember_profile_string(p, "[kernel.kallsyms]");
	return ember_profile_mapping(p, &m);
}

static uint32_t ember_folded_frame(struct ember_profile *p, const char *text, size_t n)
{
	struct ember_function f = {};
	struct ember_line line = {};

	f.kernel = n > 4 && !memcmp(text + n - 4, "_[k]", 4);
	f.name = ember_profile_text(p, text, n - (f.kernel ? 4 : 0));
	line.function = ember_profile_function(p, &f);
	return ember_profile_location(p, 0, f.kernel ? ember_folded_kernel(p) : 0, &line, 1);
}

/* Frames into *frame, innermost first; its room grows. */
static void ember_folded_stack(struct ember_profile *p, const struct ember_folded_line *line,
			       uint32_t **frame, uint32_t *size)
{
	const char *end = line->stack + line->bytes, *at = end, *semicolon;
	struct ember_sample sample = {};
	uint32_t nr = 0;

	while ((semicolon = memrchr(line->stack, ';', at - line->stack))) {
		*frame = ember_room(*frame, nr, size, sizeof(**frame));
		(*frame)[nr++] = ember_folded_frame(p, semicolon + 1, at - semicolon - 1);
		at = semicolon;
	}
	sample.comm = ember_profile_text(p, line->stack, at - line->stack);
	ember_profile_sample(p, &sample, *frame, nr, &line->count);
}

struct ember_profile *ember_folded_read(const char *text, size_t n, const char **why)
{
	static char where[64];
	struct ember_profile *p = ember_profile_new();
	const char *at = text, *end = text + n;
	uint32_t *frame = NULL, size = 0, number = 0;
	struct ember_folded_line line;

	p->type[0] = (struct ember_type){ ember_profile_string(p, "samples"),
					  ember_profile_string(p, "count") };
	p->period_type = p->type[0];
	p->period = 1;
	p->nr_type = 1;
	while (at < end) {
		number++;
		if (!ember_folded_line(&at, end, &line)) {
			snprintf(where, sizeof(where), "line %u isn't a stack and a count",
				 number);
			*why = where;
			ember_profile_free(p);
			p = NULL;
			break;
		}
		if (line.bytes)
			ember_folded_stack(p, &line, &frame, &size);
	}
	free(frame);
	return p;
}
