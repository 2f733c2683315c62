// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/walltime.h"
#include "model/profile_labels.h"

/* Numbers that things of one profile have in the other; EMBER_NO_NUMBER: not yet. */
struct ember_merging {
	struct ember_profile *into;
	const struct ember_profile *from;
	uint32_t *string, *function, *mapping, *location, *label;
	struct ember_line *line; /* of one location */
	uint32_t line_size;
};

static uint32_t *ember_merging_numbers(uint32_t nr)
{
	uint32_t *number = ember_xrealloc(NULL, nr, sizeof(*number));

	memset(number, 0xff, nr * sizeof(*number));
	return number;
}

static uint32_t ember_merging_string(struct ember_merging *m, uint32_t from)
{
	if (m->string[from] == EMBER_NO_NUMBER)
		m->string[from] = ember_profile_string(m->into, ember_text(m->from, from));
	return m->string[from];
}

static uint32_t ember_merging_function(struct ember_merging *m, uint32_t from)
{
	struct ember_function f = m->from->function[from];

	if (from && m->function[from] == EMBER_NO_NUMBER) {
		f.name = ember_merging_string(m, f.name);
		f.linkage = ember_merging_string(m, f.linkage);
		f.file = ember_merging_string(m, f.file);
		m->function[from] = ember_profile_function(m->into, &f);
	}
	return from ? m->function[from] : 0;
}

/* The same file, by its name and build-id, however much of it was seen. */
static uint32_t ember_merging_same(struct ember_profile *p, const struct ember_mapping *m)
{
	uint32_t i;

	for (i = 1; i < p->nr_mapping; i++) {
		struct ember_mapping *known = &p->mapping[i];

		if (known->file != m->file || known->build_id != m->build_id ||
		    known->kind != m->kind ||
		    known->start - known->offset != m->start - m->offset)
			continue;
		ember_profile_reach(known, m->start, m->limit, m->offset);
		known->has_functions |= m->has_functions;
		known->found |= m->found;
		return i;
	}
	return ember_profile_mapping(p, m);
}

static uint32_t ember_merging_mapping(struct ember_merging *m, uint32_t from)
{
	struct ember_mapping mapping = m->from->mapping[from];

	if (from && m->mapping[from] == EMBER_NO_NUMBER) {
		mapping.file = ember_merging_string(m, mapping.file);
		mapping.build_id = ember_merging_string(m, mapping.build_id);
		m->mapping[from] = ember_merging_same(m->into, &mapping);
	}
	return from ? m->mapping[from] : 0;
}

static uint32_t ember_merging_location(struct ember_merging *m, uint32_t from)
{
	const struct ember_location *l = &m->from->location[from];
	uint32_t n;

	if (m->location[from] != EMBER_NO_NUMBER)
		return m->location[from];
	for (n = 0; n < l->nr_lines; n++) {
		const struct ember_line *line = &m->from->line[l->first_line + n];

		m->line = ember_array_reserve(m->line, n, &m->line_size, sizeof(*m->line));
		m->line[n] = (struct ember_line){ ember_merging_function(m, line->function),
						  line->line };
	}
	m->location[from] = ember_profile_location(m->into, l->address,
						   ember_merging_mapping(m, l->mapping),
						   m->line, l->nr_lines);
	return m->location[from];
}

static uint32_t ember_merging_labels(struct ember_merging *m, uint32_t from)
{
	const struct ember_profile_label *l = &m->from->label[from];
	uint32_t key, value;

	if (from && m->label[from] == EMBER_NO_NUMBER) {
		key = ember_merging_string(m, l->key);
		value = ember_merging_string(m, l->value);
		m->label[from] = ember_profile_label(m->into, key, value,
						     ember_merging_labels(m, l->next));
	}
	return from ? m->label[from] : 0;
}

void ember_merge(struct ember_profile *into, const struct ember_profile *from,
		 ember_merge_take *take, void *context)
{
	struct ember_merging m = {
		.into = into,
		.from = from,
		.string = ember_merging_numbers(from->nr_string),
		.function = ember_merging_numbers(from->nr_function),
		.mapping = ember_merging_numbers(from->nr_mapping),
		.location = ember_merging_numbers(from->nr_location),
		.label = ember_merging_numbers(from->nr_label),
	};
	uint32_t *frame = NULL, size = 0, i, k;

	for (i = 0; i < from->nr_sample; i++) {
		struct ember_sample sample = from->sample[i];
		const uint64_t *values = from->value + (uint64_t)i * from->nr_type;
		const uint32_t *was = from->frame + sample.first_frame;
		uint64_t to[EMBER_TYPES_MAX] = {};

		if (!take(context, i, values, to, &sample))
			continue;
		while (size < sample.nr_frames)
			frame = ember_array_reserve(frame, size, &size, sizeof(*frame));
		for (k = 0; k < sample.nr_frames; k++)
			frame[k] = ember_merging_location(&m, was[k]);
		sample.comm =
			ember_merging_string(&m, sample.comm ? sample.comm : from->program);
		sample.board = ember_merging_string(&m, sample.board);
		sample.state = ember_merging_string(&m, sample.state);
		sample.labels = ember_merging_labels(&m, sample.labels);
		ember_profile_sample(into, &sample, frame, sample.nr_frames, to);
	}
	free(frame);
	free(m.string);
	free(m.function);
	free(m.mapping);
	free(m.location);
	free(m.label);
	free(m.line);
}

static bool ember_merge_all(void *context, uint32_t number, const uint64_t *values,
			    uint64_t *to, struct ember_sample *sample)
{
	const struct ember_profile *from = context;

	(void)number;
	(void)sample;
	memcpy(to, values, from->nr_type * sizeof(*to));
	return true;
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
	p->nr_event = like->nr_event;
	for (i = 0; i < p->nr_event; i++)
		p->event[i] = (struct ember_profile_event){ .type = like->event[i].type,
							    .period = like->event[i].period };
	p->period_type = ember_type_copy(p, like, like->period_type);
	p->period = like->period;
	p->time_ns = like->time_ns;
	p->duration_ns = like->duration_ns;
	p->origin.file = ember_profile_string(p, ember_text(like, like->origin.file));
	p->origin.board = ember_profile_string(p, ember_text(like, like->origin.board));
	p->origin.kernel = ember_profile_string(p, ember_text(like, like->origin.kernel));
	return p;
}

bool ember_merge_sum(struct ember_profile *into, const struct ember_profile *from)
{
	uint32_t i;

	if (!ember_merge_fits(into, from))
		return false;
	ember_merge(into, from, ember_merge_all, (void *)from);
	into->lost += from->lost;
	into->skipped += from->skipped;
	into->truncated += from->truncated;
	into->gaps += from->gaps;
	/* Events are by their types, which are the same. */
	for (i = 0; i < into->nr_event && i < from->nr_event; i++) {
		ember_event_sum_add(&into->event[i].lost, from->event[i].lost);
		into->event[i].truncated += from->event[i].truncated;
		into->event[i].gaps += from->event[i].gaps;
		if (into->event[i].period != from->event[i].period)
			into->event[i].period = 0;
	}
	if (from->time_ns && (!into->time_ns || from->time_ns < into->time_ns))
		into->time_ns = from->time_ns;
	into->duration_ns += from->duration_ns;
	if (into->period != from->period)
		into->period = 0;
	return true;
}

static bool ember_merge_one(void *context, uint32_t number, const uint64_t *values,
			    uint64_t *to, struct ember_sample *sample)
{
	const uint32_t *type = context;

	(void)number;
	(void)sample;
	*to = values[*type];
	return *to;
}

struct ember_profile *ember_merge_type(const struct ember_profile *from, uint32_t type)
{
	struct ember_profile *p = ember_merge_begin(from);

	p->nr_type = 1;
	p->nr_event = 0;
	p->shown = 0;
	p->type[0].name = ember_profile_string(p, "samples");
	p->type[0].unit = ember_profile_string(p, ember_text(from, from->type[type].unit));
	p->period_type = p->type[0];
	ember_merge(p, from, ember_merge_one, &type);
	return p;
}

bool ember_merge_profiles(struct ember_named_profile *item, int nr)
{
	struct ember_profile *sum = item[0].profile;
	struct ember_walltime wall = {};
	int i;

	for (i = 0; i < nr; i++) {
		const struct ember_profile *one = item[i].profile;

		ember_walltime_add(&wall, one->time_ns, one->duration_ns);
		if (i && !ember_merge_sum(sum, one)) {
			ember_error("%s: sample types differ from those of %s", item[i].name,
				    item[0].name);
			break;
		}
	}
	sum->duration_ns = ember_walltime_end(&wall);
	/* The others' samples have no moments, and no board. */
	sum->nr_moment = 0;
	sum->nr_weighted = 0;
	sum->origin = (struct ember_origin){};
	return i == nr;
}
