// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/subset.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Numbers that things of one profile have in the other; EMBER_NO_NUMBER: not yet. */
struct ember_subset {
	const struct ember_profile *from;
	struct ember_profile *to;
	uint32_t *string, *function, *mapping, *location;
	uint32_t *frame;
	uint32_t frame_size;
	struct ember_line *line;
	uint32_t line_size;
};

static uint32_t *ember_subset_numbers(uint32_t nr)
{
	uint32_t *number = ember_xrealloc(NULL, nr + 1, sizeof(*number));

	memset(number, 0xff, nr * sizeof(*number));
	return number;
}

static uint32_t ember_subset_string(struct ember_subset *s, uint32_t from)
{
	const char *text = ember_text(s->from, from);
	size_t n = strlen(text), cut;

	if (s->string[from] != EMBER_NO_NUMBER)
		return s->string[from];
	cut = n > EMBER_SUBSET_SYMBOL ? n - EMBER_SUBSET_SYMBOL : 0;
	/* Not in the middle of a character. */
	while (cut && ((unsigned char)text[cut] & 0xc0) == 0x80)
		cut++;
	s->string[from] = ember_profile_string(s->to, text + cut);
	return s->string[from];
}

static uint32_t ember_subset_function(struct ember_subset *s, uint32_t from)
{
	struct ember_function f = s->from->function[from];

	if (!from)
		return 0;
	if (s->function[from] == EMBER_NO_NUMBER) {
		f.name = ember_subset_string(s, f.name);
		f.linkage = ember_subset_string(s, f.linkage);
		f.file = ember_subset_string(s, f.file);
		s->function[from] = ember_profile_function(s->to, &f);
	}
	return s->function[from];
}

static uint32_t ember_subset_mapping(struct ember_subset *s, uint32_t from)
{
	struct ember_mapping m = s->from->mapping[from];

	if (!from)
		return 0;
	if (s->mapping[from] == EMBER_NO_NUMBER) {
		m.file = ember_subset_string(s, m.file);
		m.build_id = ember_subset_string(s, m.build_id);
		s->mapping[from] = ember_profile_mapping(s->to, &m);
	}
	return s->mapping[from];
}

static uint32_t ember_subset_location(struct ember_subset *s, uint32_t from)
{
	const struct ember_location *l = &s->from->location[from];
	uint32_t i, mapping;

	if (s->location[from] != EMBER_NO_NUMBER)
		return s->location[from];
	mapping = ember_subset_mapping(s, l->mapping);
	for (i = 0; i < l->nr_lines; i++) {
		struct ember_line line = s->from->line[l->first_line + i];

		line.function = ember_subset_function(s, line.function);
		s->line = ember_array_reserve(s->line, i, &s->line_size, sizeof(*s->line));
		s->line[i] = line;
	}
	s->location[from] =
		ember_profile_location(s->to, l->address, mapping, s->line, l->nr_lines);
	return s->location[from];
}

static bool ember_subset_sample(struct ember_subset *s, uint32_t number, uint32_t type)
{
	const struct ember_profile *p = s->from;
	const uint64_t *value = p->value + (uint64_t)number * p->nr_type + type;
	const struct ember_sample *sample = &p->sample[number];
	uint32_t i;

	if (!value[0] && !value[1])
		return false;
	for (i = 0; i < sample->nr_frames; i++) {
		s->frame = ember_array_reserve(s->frame, i, &s->frame_size, sizeof(*s->frame));
		s->frame[i] = ember_subset_location(s, p->frame[sample->first_frame + i]);
	}
	ember_profile_sample(s->to, &(struct ember_sample){}, s->frame, sample->nr_frames,
			     value);
	return true;
}

/* A server refuses `-` in the name of a type. */
static uint32_t ember_subset_type(struct ember_subset *s, uint32_t from)
{
	char text[64];
	size_t i;

	snprintf(text, sizeof(text), "%s", ember_text(s->from, from));
	for (i = 0; text[i]; i++)
		if (!isalnum((unsigned char)text[i]))
			text[i] = '_';
	return ember_profile_string(s->to, text);
}

/* NULL: it is the clock's, or of a name that this release does not know. */
static const struct ember_event_kind *ember_subset_kind(const struct ember_profile *p,
							uint32_t event)
{
	return event == EMBER_SUBSET_CPU ? NULL : ember_event_of(p->event[event].kind);
}

static uint32_t ember_subset_types(struct ember_subset *s, uint32_t event)
{
	const struct ember_profile *p = s->from;
	const struct ember_event_kind *kind = ember_subset_kind(p, event);
	uint32_t i, type = event == EMBER_SUBSET_CPU ? 0 : p->event[event].type;

	for (i = 0; i < 2; i++)
		s->to->type[i] =
			(struct ember_type){ ember_subset_type(s, p->type[type + i].name),
					     ember_subset_type(s, p->type[type + i].unit) };
	/* Beside another event of the same types it has others in `p`. */
	if (kind) {
		s->to->type[0].name = ember_profile_string(s->to, kind->count);
		s->to->type[1].name = ember_profile_string(s->to, kind->value);
	}
	s->to->nr_type = 2;
	s->to->shown = 1;
	s->to->period_type = s->to->type[1];
	s->to->period = event == EMBER_SUBSET_CPU ? p->period : p->event[event].period;
	/* As Go's block and mutex profiles have it, so that a server knows them as such. */
	if (kind && kind->unit == EMBER_UNIT_NANOSECONDS) {
		s->to->period_type = s->to->type[0];
		s->to->period = 1;
	}
	return type;
}

struct ember_profile *ember_subset_make(const struct ember_profile *from,
					const uint32_t *sample, uint32_t nr, uint32_t event)
{
	struct ember_subset s = { .from = from, .to = ember_profile_new() };
	struct ember_profile *to = s.to;
	uint32_t i, type = ember_subset_types(&s, event);
	bool any = false;

	s.string = ember_subset_numbers(from->nr_string);
	s.function = ember_subset_numbers(from->nr_function);
	s.mapping = ember_subset_numbers(from->nr_mapping);
	s.location = ember_subset_numbers(from->nr_location);
	for (i = 0; i < nr; i++)
		any |= ember_subset_sample(&s, sample[i], type);
	to->time_ns = from->time_ns;
	to->duration_ns = from->duration_ns;
	free(s.string);
	free(s.function);
	free(s.mapping);
	free(s.location);
	free(s.frame);
	free(s.line);
	if (any)
		return to;
	ember_profile_free(to);
	return NULL;
}

const char *ember_subset_name(const struct ember_profile *p, uint32_t event, char room[64])
{
	const struct ember_event_kind *kind = ember_subset_kind(p, event);
	size_t i;

	if (event == EMBER_SUBSET_CPU)
		return "process_cpu";
	if (kind)
		return kind->name;
	snprintf(room, 64, "%s", ember_text(p, p->type[p->event[event].type + 1].name));
	for (i = 0; room[i]; i++)
		if (!isalnum((unsigned char)room[i]))
			room[i] = '_';
	if (isdigit((unsigned char)*room))
		*room = '_';
	return room;
}
