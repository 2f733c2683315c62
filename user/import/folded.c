// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/folded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct ember_folded_line {
	const char *stack;
	size_t bytes; /* before the last count; 0: the line is blank or a comment */
	size_t outer; /* before the last two counts; 0: there is one */
	uint64_t count[2]; /* the last two: before, after */
};

enum ember_folded_what {
	EMBER_FOLDED_LINE,
	EMBER_FOLDED_WRONG, /* not a stack and a count */
	EMBER_FOLDED_DECIMAL /* the count has a fraction */
};

static bool ember_folded_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *ember_folded_trim(const char *from, const char *end)
{
	while (end > from && ember_folded_blank(end[-1]))
		end--;
	return end;
}

/* Return where the digits at the end begin. */
static const char *ember_folded_digits(const char *from, const char *end)
{
	while (end > from && end[-1] >= '0' && end[-1] <= '9')
		end--;
	return end;
}

/*
 * Take a count off the end of the text between from and *end. Returns false, with *end and
 * *count as they were, if no blank and no text before it precede 1 to 19 digits.
 */
static bool ember_folded_count(const char *from, const char **end, uint64_t *count)
{
	const char *digit = ember_folded_digits(from, *end);
	const char *stack = ember_folded_trim(from, digit);
	uint64_t value = 0;

	if (digit == *end || *end - digit > 19 || stack == digit || stack == from)
		return false;
	for (; digit < *end; digit++)
		value = value * 10 + (*digit - '0');
	*count = value;
	*end = stack;
	return true;
}

/* Split the line at *at and move *at past it. */
static enum ember_folded_what ember_folded_line(const char **at, const char *end,
						struct ember_folded_line *line)
{
	const char *eol = memchr(*at, '\n', end - *at), *from = *at, *point;

	if (!eol)
		eol = end;
	*at = eol < end ? eol + 1 : end;
	if (eol > from && eol[-1] == '\r')
		eol--;
	eol = ember_folded_trim(from, eol);
	*line = (struct ember_folded_line){ .stack = from };
	if (eol == from || *from == '#')
		return EMBER_FOLDED_LINE;
	if (!ember_folded_count(from, &eol, &line->count[1])) {
		point = ember_folded_digits(from, eol) - 1;
		return point > from && *point == '.' &&
				       ember_folded_count(from, &point, &line->count[1]) ?
			       EMBER_FOLDED_DECIMAL :
			       EMBER_FOLDED_WRONG;
	}
	line->bytes = eol - from;
	if (ember_folded_count(from, &eol, &line->count[0]))
		line->outer = eol - from;
	return EMBER_FOLDED_LINE;
}

/* Two counts are read where every line has them: a name may end in a number. */
static bool ember_folded_two(const char *text, const char *end)
{
	struct ember_folded_line line;
	bool any = false;

	while (text < end) {
		if (ember_folded_line(&text, end, &line) || (line.bytes && !line.outer))
			return false;
		any |= line.outer > 0;
	}
	return any;
}

bool ember_folded_is(const char *text, size_t n)
{
	const char *at = text, *end = text + n;
	struct ember_folded_line line = {};
	enum ember_folded_what what = EMBER_FOLDED_LINE;

	while (!what && !line.bytes && at < end)
		what = ember_folded_line(&at, end, &line);
	if (what == EMBER_FOLDED_WRONG || (!what && !line.bytes))
		return false;
	/* pprof may begin like text, but not without control characters. */
	for (; text < at; text++)
		if ((unsigned char)*text < ' ' && !memchr("\t\r\n", *text, 3))
			return false;
	return true;
}

/*
 * Return the number of the kernel's mapping, added at the first kernel frame: pprof marks
 * kernel frames by their mapping alone.
 */
static uint32_t ember_folded_kernel(struct ember_profile *p)
{
	struct ember_mapping m = { .kind = EMBER_FRAME_KERNEL, .has_functions = true };

	if (p->nr_mapping > 1)
		return p->nr_mapping - 1;
	m.file = ember_profile_string(p, "[kernel.kallsyms]");
	return ember_profile_mapping(p, &m);
}

static uint32_t ember_folded_frame(struct ember_profile *p, const char *text, size_t n)
{
	struct ember_function f = {};
	struct ember_line line = {};
	bool kernel = n > 4 && !memcmp(text + n - 4, "_[k]", 4);

	f.kind = kernel ? EMBER_FRAME_KERNEL : EMBER_FRAME_NATIVE;
	f.name = ember_profile_text(p, text, n - (kernel ? 4 : 0));
	line.function = ember_profile_function(p, &f);
	return ember_profile_location(p, 0, kernel ? ember_folded_kernel(p) : 0, &line, 1);
}

/* Add a sample. Frames go into *frame, innermost first; its room grows. */
static void ember_folded_stack(struct ember_profile *p, const struct ember_folded_line *line,
			       uint32_t **frame, uint32_t *size)
{
	const char *end = line->stack + (p->nr_type == 2 ? line->outer : line->bytes);
	const char *at = end, *semicolon;
	struct ember_sample sample = {};
	uint32_t nr = 0;

	while ((semicolon = memrchr(line->stack, ';', at - line->stack))) {
		*frame = ember_array_reserve(*frame, nr, size, sizeof(**frame));
		(*frame)[nr++] = ember_folded_frame(p, semicolon + 1, at - semicolon - 1);
		at = semicolon;
	}
	sample.comm = ember_profile_text(p, line->stack, at - line->stack);
	ember_profile_sample(p, &sample, *frame, nr, line->count + 2 - p->nr_type);
}

static void ember_folded_types(struct ember_profile *p, bool two)
{
	if (two) {
		ember_profile_pair(p);
	} else {
		p->type[0] = (struct ember_type){ ember_profile_string(p, "samples"),
						  ember_profile_string(p, "count") };
		p->nr_type = 1;
	}
	p->period_type = p->type[p->shown];
	p->period = 1;
}

struct ember_profile *ember_folded_read(const char *text, size_t n, const char **why)
{
	static char where[64];
	struct ember_profile *p = ember_profile_new();
	const char *at = text, *end = text + n;
	uint32_t *frame = NULL, size = 0, number = 0;
	struct ember_folded_line line;
	enum ember_folded_what what;

	ember_folded_types(p, ember_folded_two(text, end));
	while (at < end) {
		number++;
		what = ember_folded_line(&at, end, &line);
		if (what) {
			snprintf(where, sizeof(where),
				 what == EMBER_FOLDED_DECIMAL ?
					 "line %u: its count isn't a whole number" :
					 "line %u isn't a stack and a count",
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
