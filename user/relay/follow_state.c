// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/follow_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "relay/line.h"

static int ember_follow_order(const void *a, const void *b)
{
	return strcmp(((const struct ember_followed *)a)->path,
		      ((const struct ember_followed *)b)->path);
}

struct ember_followed *ember_follow_find(struct ember_follow *f, const char *path)
{
	struct ember_followed key = { .path = (char *)path };

	return f->nr_source ? bsearch(&key, f->source, f->nr_source, sizeof(key),
				      ember_follow_order) :
			      NULL;
}

struct ember_followed *ember_follow_new(struct ember_follow *f, const char *path)
{
	struct ember_followed *s;

	f->source = ember_array_reserve(f->source, f->nr_source, &f->source_size,
					sizeof(*f->source));
	s = &f->source[f->nr_source++];
	memset(s, 0, sizeof(*s));
	s->path = ember_copy(path);
	return s;
}

void ember_follow_sort(struct ember_follow *f)
{
	if (f->nr_source)
		qsort(f->source, f->nr_source, sizeof(*f->source), ember_follow_order);
}

/* The end of a log's line: what is done of it, and its path. */
static bool ember_follow_log(struct ember_follow *f, const char *at)
{
	uint64_t done;

	if (!ember_line_number(&at, &done) || !*at)
		return false;
	ember_follow_new(f, at)->done = done;
	return true;
}

/* The end of a cursor's line, of the log of the last line. */
static bool ember_follow_cursor(struct ember_follow *f, const char *at)
{
	struct ember_followed_cursor cursor = { .at.any = true };
	struct ember_followed *s;
	uint64_t stream, sequence;

	if (!f->nr_source || !ember_line_number(&at, &stream) ||
	    !ember_line_number(&at, &sequence) || !ember_line_number(&at, &cursor.at.cut_ns))
		return false;
	cursor.stream = stream;
	cursor.at.sequence = sequence;
	s = &f->source[f->nr_source - 1];
	s->cursor = ember_array_reserve(s->cursor, s->nr_cursor, &s->cursor_size,
					sizeof(*s->cursor));
	s->cursor[s->nr_cursor++] = cursor;
	return true;
}

/* An ember_spool_line: a log, a cursor, or a board's latest time. */
bool ember_follow_line(void *context, const char *line)
{
	struct ember_follow *f = context;
	uint64_t last;

	if (ember_line_word(&line, "log"))
		return ember_follow_log(f, line);
	if (ember_line_word(&line, "cursor"))
		return ember_follow_cursor(f, line);
	if (!ember_line_word(&line, "board") || !ember_line_number(&line, &last) || !*line)
		return false;
	ember_relay_board(f->relay, line)->last_ns = last;
	return true;
}

void ember_follow_lines(void *context, FILE *out)
{
	const struct ember_follow *f = context;
	uint32_t i, k;

	for (i = 0; i < f->nr_source; i++) {
		const struct ember_followed *s = &f->source[i];

		if (!s->nr_cursor && !s->done)
			continue;
		fprintf(out, "log %llu %s\n", (unsigned long long)s->done, s->path);
		for (k = 0; k < s->nr_cursor; k++)
			fprintf(out, "cursor %u %u %llu\n", s->cursor[k].stream,
				s->cursor[k].at.sequence,
				(unsigned long long)s->cursor[k].at.cut_ns);
	}
	for (i = 0; i < f->relay->nr_board; i++)
		fprintf(out, "board %llu %s\n", (unsigned long long)f->relay->board[i].last_ns,
			f->relay->board[i].name);
}
