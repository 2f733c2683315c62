// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Numbers that things of one profile have in the other. */
struct ember_merging {
	struct ember_profile *into;
	const struct ember_profile *from;
	uint32_t *string, *function, *mapping, *location;
};

static uint32_t *ember_merging_numbers(uint32_t nr)
{
	uint32_t *number = ember_grow(NULL, nr + 1, sizeof(*number));

	memset(number, 0, (nr + 1) * sizeof(*number));
	return number;
}

/* The same file, by its name and build-id, however much of it was seen. */
static uint32_t ember_merging_mapping(struct ember_profile *p, const struct ember_mapping *m)
{
	uint32_t i;

	for (i = 1; i < p->nr_mapping; i++) {
		struct ember_mapping *known = &p->mapping[i];

		if (known->file != m->file || known->build_id != m->build_id ||
		    known->kernel != m->kernel ||
		    known->start - known->offset != m->start - m->offset)
			continue;
		ember_profile_reach(known, m->start, m->limit, m->offset);
		known->has_functions |= m->has_functions;
		known->found |= m->found;
		return i;
	}
	return ember_profile_mapping(p, m);
}

static void ember_merging_begin(struct ember_merging *m)
{
	const struct ember_profile *from = m->from;
	uint32_t i, n;

	m->string = ember_merging_numbers(from->nr_string);
	m->function = ember_merging_numbers(from->nr_function);
	m->mapping = ember_merging_numbers(from->nr_mapping);
	m->location = ember_merging_numbers(from->nr_location);
	for (i = 0; i < from->nr_string; i++)
		m->string[i] = ember_profile_string(m->into, ember_text(from, i));
	for (i = 1; i < from->nr_function; i++) {
		struct ember_function f = from->function[i];

		f.name = m->string[f.name];
		f.linkage = m->string[f.linkage];
		f.file = m->string[f.file];
		m->function[i] = ember_profile_function(m->into, &f);
	}
	for (i = 1; i < from->nr_mapping; i++) {
		struct ember_mapping mapping = from->mapping[i];

		mapping.file = m->string[mapping.file];
		mapping.build_id = m->string[mapping.build_id];
		m->mapping[i] = ember_merging_mapping(m->into, &mapping);
	}
	for (i = 1; i < from->nr_location; i++) {
		const struct ember_location *l = &from->location[i];
		struct ember_line *line = ember_grow(NULL, l->nr_lines + 1, sizeof(*line));

		for (n = 0; n < l->nr_lines; n++)
			line[n] = (struct ember_line){
				m->function[from->line[l->first_line + n].function],
				from->line[l->first_line + n].line
			};
		m->location[i] = ember_profile_location(
			m->into, l->address, m->mapping[l->mapping], line, l->nr_lines);
		free(line);
	}
}

static void ember_merging_end(struct ember_merging *m)
{
	free(m->string);
	free(m->function);
	free(m->mapping);
	free(m->location);
}

void ember_merge(struct ember_profile *into, const struct ember_profile *from,
		 ember_merge_take *take, void *context)
{
	struct ember_merging m = { .into = into, .from = from };
	uint32_t *frame = NULL, size = 0, i, k;

	ember_merging_begin(&m);
	for (i = 0; i < from->nr_sample; i++) {
		struct ember_sample sample = from->sample[i];
		const uint64_t *values = from->value + (uint64_t)i * from->nr_type;
		const uint32_t *was = from->frame + sample.first_frame;
		uint64_t to[EMBER_TYPES_MAX] = {};

		while (size < sample.nr_frames)
			frame = ember_room(frame, size, &size, sizeof(*frame));
		for (k = 0; k < sample.nr_frames; k++)
			frame[k] = m.location[was[k]];
		sample.comm = m.string[sample.comm ? sample.comm : from->program];
		sample.board = m.string[sample.board];
		take(context, values, to, &sample);
		ember_profile_sample(into, &sample, frame, sample.nr_frames, to);
	}
	free(frame);
	into->lost += from->lost;
	into->skipped += from->skipped;
	into->truncated += from->truncated;
	ember_merging_end(&m);
}

static void ember_merge_all(void *context, const uint64_t *values, uint64_t *to,
			    struct ember_sample *sample)
{
	const struct ember_profile *from = context;

	(void)sample;
	memcpy(to, values, from->nr_type * sizeof(*to));
}

static bool ember_type_same(const struct ember_profile *a, struct ember_type x,
			    const struct ember_profile *b, struct ember_type y)
{
	return !strcmp(ember_text(a, x.name), ember_text(b, y.name)) &&
	       !strcmp(ember_text(a, x.unit), ember_text(b, y.unit));
}

bool ember_merge_fits(const struct ember_profile *a, const struct ember_profile *b)
{
	uint32_t i;

	if (a->nr_type != b->nr_type)
		return false;
	for (i = 0; i < a->nr_type; i++)
		if (!ember_type_same(a, a->type[i], b, b->type[i]))
			return false;
	return true;
}

static struct ember_type ember_type_copy(struct ember_profile *p,
					 const struct ember_profile *like,
					 struct ember_type type)
{
	return (struct ember_type){ ember_profile_string(p, ember_text(like, type.name)),
				    ember_profile_string(p, ember_text(like, type.unit)) };
}

struct ember_profile *ember_merge_begin(const struct ember_profile *like)
{
	struct ember_profile *p = ember_profile_new();
	uint32_t i;

	p->nr_type = like->nr_type;
	for (i = 0; i < p->nr_type; i++)
		p->type[i] = ember_type_copy(p, like, like->type[i]);
	p->shown = like->shown;
	p->period_type = ember_type_copy(p, like, like->period_type);
	p->period = like->period;
	p->time_ns = like->time_ns;
	p->duration_ns = like->duration_ns;
	return p;
}

bool ember_merge_sum(struct ember_profile *into, const struct ember_profile *from)
{
	if (!ember_merge_fits(into, from))
		return false;
	ember_merge(into, from, ember_merge_all, (void *)from);
	if (from->time_ns && (!into->time_ns || from->time_ns < into->time_ns))
		into->time_ns = from->time_ns;
	into->duration_ns += from->duration_ns;
	if (into->period != from->period)
		into->period = 0;
	return true;
}
