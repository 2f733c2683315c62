// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"

#define EMBER_APPEND(p, what, value)                                                          \
	do {                                                                                  \
		(p)->what = ember_array_reserve((p)->what, (p)->nr_##what, &(p)->what##_size, \
						sizeof(*(p)->what));                          \
		(p)->what[(p)->nr_##what++] = (value);                                        \
	} while (0)

struct ember_profile *ember_profile_new(void)
{
	struct ember_profile *p = ember_xrealloc(NULL, 1, sizeof(*p));

	memset(p, 0, sizeof(*p));
	/* Number 0 of each. */
	ember_profile_text(p, "", 0);
	EMBER_APPEND(p, function, (struct ember_function){});
	EMBER_APPEND(p, mapping, (struct ember_mapping){});
	EMBER_APPEND(p, location, (struct ember_location){});
	EMBER_APPEND(p, label, (struct ember_profile_label){});
	p->program = ember_profile_string(p, "all");
	return p;
}

void ember_profile_free(struct ember_profile *p)
{
	if (!p)
		return;
	free(p->text);
	free(p->string);
	free(p->function);
	free(p->mapping);
	free(p->location);
	free(p->line);
	free(p->frame);
	free(p->sample);
	free(p->label);
	free(p->value);
	free(p->moment);
	free(p->weighted);
	ember_index_free(&p->string_index);
	ember_index_free(&p->function_index);
	ember_index_free(&p->location_index);
	ember_index_free(&p->sample_index);
	ember_index_free(&p->label_index);
	free(p);
}

void ember_profile_cpu(struct ember_profile *p, uint64_t period_ns)
{
	struct ember_type cpu = { ember_profile_string(p, "cpu"),
				  ember_profile_string(p, "nanoseconds") };

	p->type[0] = (struct ember_type){ ember_profile_string(p, "samples"),
					  ember_profile_string(p, "count") };
	p->type[1] = cpu;
	p->nr_type = 2;
	p->shown = 0;
	p->period_type = cpu;
	p->period = period_ns;
}

static bool ember_profile_has(const struct ember_profile *p, const char *type)
{
	uint32_t i;

	for (i = 0; i < p->nr_type; i++)
		if (!strcmp(ember_text(p, p->type[i].name), type))
			return true;
	return false;
}

uint32_t ember_profile_event(struct ember_profile *p, const struct ember_event_info *event)
{
	char unit[EMBER_UNIT_NAME], count[EMBER_VALUE_NAME], value[EMBER_VALUE_NAME];
	const struct ember_event_kind *kind =
		ember_event_find(event->name, strlen(event->name));
	struct ember_type *type = &p->type[p->nr_type];

	if (p->nr_event == EMBER_EVENTS_MAX || p->nr_type + 2 > EMBER_TYPES_MAX)
		return EMBER_NO_NUMBER;
	ember_unit_name(event->unit, unit);
	ember_event_values(event->name, count, value);
	/* Events `block` and `mutex` call theirs the same, as in Go's profiles. */
	if (ember_profile_has(p, value))
		ember_event_own_values(event->name, count, value);
	type[0] = (struct ember_type){ ember_profile_string(p, count),
				       ember_profile_string(p, "count") };
	type[1] = (struct ember_type){ ember_profile_string(p, value),
				       ember_profile_string(p, unit) };
	if (!p->nr_type) {
		p->shown = 1;
		p->period_type = type[1];
		p->period = event->period;
	}
	p->event[p->nr_event] = (struct ember_profile_event){ .type = p->nr_type,
							      .kind = kind ? kind->type : 0,
							      .period = event->period,
							      .lost = event->lost };
	p->nr_type += 2;
	return p->nr_event++;
}

void ember_profile_find_events(struct ember_profile *p)
{
	uint32_t i;

	for (i = 0; i + 1 < p->nr_type && p->nr_event < EMBER_EVENTS_MAX; i++)
		if (ember_event_are_values(ember_text(p, p->type[i].name),
					   ember_text(p, p->type[i + 1].name)))
			p->event[p->nr_event++] = (struct ember_profile_event){
				.type = i,
				.period = p->period_type.name == p->type[i + 1].name ?
						  p->period :
						  0,
			};
}

bool ember_profile_show(struct ember_profile *p, const char *event)
{
	const struct ember_event_kind *kind = ember_event_find(event, strlen(event));
	uint32_t i;

	if (!strcmp(event, "cpu") && ember_profile_is_cpu(p)) {
		p->shown = 0;
		return true;
	}
	if (kind && kind->period && !ember_profile_has(p, event))
		event = kind->value;
	for (i = p->nr_type; i--;)
		if (!strcmp(ember_text(p, p->type[i].name), event)) {
			p->shown = i;
			return true;
		}
	return false;
}

const struct ember_profile_event *ember_profile_shown(const struct ember_profile *p)
{
	uint32_t i;

	for (i = 0; i < p->nr_event; i++)
		if (p->shown - p->event[i].type < 2)
			return &p->event[i];
	return NULL;
}

struct ember_defects ember_profile_defects(const struct ember_profile *p)
{
	const struct ember_profile_event *e = ember_profile_shown(p);

	struct ember_defects all = { p->lost, p->skipped, p->truncated, p->gaps };
	uint32_t i;

	for (i = 0; !e && p->shown && p->shown == p->nr_type - 1 && i < p->nr_event; i++) {
		all.lost += p->event[i].lost.samples;
		all.truncated += p->event[i].truncated;
		all.gaps += p->event[i].gaps;
	}
	if (!e)
		return all;
	return (struct ember_defects){ e->lost.samples, 0, e->truncated, e->gaps };
}

void ember_profile_amount(const struct ember_profile *p, uint64_t value,
			  char text[EMBER_AMOUNT_MAX])
{
	ember_amount(value, ember_unit_named(ember_text(p, p->type[p->shown].unit)), text);
}

void ember_profile_lost(const struct ember_profile *p, char text[EMBER_AMOUNT_MAX])
{
	const struct ember_profile_event *e = ember_profile_shown(p);
	uint64_t lost = !e ? p->lost : p->shown == e->type ? e->lost.samples : e->lost.weight;

	*text = 0;
	if (lost && e)
		ember_profile_amount(p, lost, text);
	else if (lost)
		ember_amount(lost, EMBER_UNIT_COUNT, text);
}

bool ember_profile_timed(const struct ember_profile *p)
{
	const struct ember_profile_event *e = ember_profile_shown(p);
	uint32_t i;

	for (i = 0; e && i < p->nr_weighted; i++)
		if (p->weighted[i].event == (uint32_t)(e - p->event))
			return true;
	return !e && p->nr_moment;
}

void ember_profile_pair(struct ember_profile *p)
{
	uint32_t unit = ember_profile_string(p, "count");

	p->type[0] = (struct ember_type){ ember_profile_string(p, "before"), unit };
	p->type[1] = (struct ember_type){ ember_profile_string(p, "after"), unit };
	p->nr_type = 2;
	p->shown = 1;
}

static bool ember_profile_are(const struct ember_profile *p, const char *first,
			      const char *second)
{
	return p->nr_type >= 2 && !strcmp(ember_text(p, p->type[0].name), first) &&
	       !strcmp(ember_text(p, p->type[1].name), second);
}

bool ember_profile_is_cpu(const struct ember_profile *p)
{
	return ember_profile_are(p, "samples", "cpu");
}

bool ember_profile_is_pair(const struct ember_profile *p)
{
	return p->nr_type == 2 && ember_profile_are(p, "before", "after");
}

struct ember_profile_key {
	const struct ember_profile *p;
	const void *item, *list;
	uint32_t n;
};

static bool ember_string_same(const void *context, uint32_t item)
{
	const struct ember_profile_key *key = context;

	return !strcmp(ember_text(key->p, item), key->item);
}

uint32_t ember_profile_text(struct ember_profile *p, const char *text, uint32_t n)
{
	struct ember_profile_key key = { .p = p };
	uint32_t number;
	uint64_t hash;
	char *to;

	if (p->text_size - p->text_used < n + 1) {
		p->text_size += p->text_size / 2 + n + 4096;
		p->text = ember_xrealloc(p->text, p->text_size, 1);
	}
	/* Behind the others, where it stays if it's new. */
	to = p->text + p->text_used;
	ember_utf8_clean(to, text, n);
	to[n] = 0;
	key.item = to;
	hash = ember_mix_bytes(ember_index_seed, to, n);
	number = ember_index_find(&p->string_index, hash, ember_string_same, &key);
	if (number != EMBER_NO_NUMBER)
		return number;
	EMBER_APPEND(p, string, p->text_used);
	p->text_used += n + 1;
	ember_index_add(&p->string_index, hash, p->nr_string - 1);
	return p->nr_string - 1;
}

uint32_t ember_profile_string(struct ember_profile *p, const char *text)
{
	return ember_profile_text(p, text, strlen(text));
}

static bool ember_function_same(const void *context, uint32_t item)
{
	const struct ember_profile_key *key = context;
	const struct ember_function *a = key->item, *b = &key->p->function[item];

	return a->name == b->name && a->linkage == b->linkage && a->file == b->file &&
	       a->kind == b->kind;
}

uint32_t ember_profile_function(struct ember_profile *p, const struct ember_function *function)
{
	struct ember_profile_key key = { .p = p, .item = function };
	uint64_t hash =
		ember_mix(ember_mix(ember_mix_first(function->name), function->linkage),
			  4ull * function->file + function->kind);
	uint32_t number =
		ember_index_find(&p->function_index, hash, ember_function_same, &key);

	if (number != EMBER_NO_NUMBER) {
		p->function[number].here |= function->here;
		return number;
	}
	EMBER_APPEND(p, function, *function);
	ember_index_add(&p->function_index, hash, p->nr_function - 1);
	return p->nr_function - 1;
}

uint32_t ember_profile_mapping(struct ember_profile *p, const struct ember_mapping *mapping)
{
	EMBER_APPEND(p, mapping, *mapping);
	return p->nr_mapping - 1;
}

void ember_profile_reach(struct ember_mapping *m, uint64_t start, uint64_t limit,
			 uint64_t offset)
{
	if (start < m->start) {
		m->start = start;
		m->offset = offset;
	}
	if (limit > m->limit)
		m->limit = limit;
}

static bool ember_location_same(const void *context, uint32_t item)
{
	const struct ember_profile_key *key = context;
	const struct ember_location *a = key->item, *b = &key->p->location[item];

	return a->address == b->address && a->mapping == b->mapping &&
	       a->nr_lines == b->nr_lines &&
	       (!a->nr_lines || !memcmp(key->list, key->p->line + b->first_line,
					a->nr_lines * sizeof(struct ember_line)));
}

uint32_t ember_profile_location(struct ember_profile *p, uint64_t address, uint32_t mapping,
				const struct ember_line *lines, uint32_t nr_lines)
{
	struct ember_location location = { address, mapping, p->nr_line, nr_lines };
	struct ember_profile_key key = { p, &location, lines, 0 };
	uint64_t hash = ember_mix(ember_mix(ember_mix_first(address), mapping),
				  nr_lines ? lines->function : 0);
	uint32_t i, number;

	number = ember_index_find(&p->location_index, hash, ember_location_same, &key);
	if (number != EMBER_NO_NUMBER)
		return number;
	for (i = 0; i < nr_lines; i++)
		EMBER_APPEND(p, line, lines[i]);
	EMBER_APPEND(p, location, location);
	ember_index_add(&p->location_index, hash, p->nr_location - 1);
	return p->nr_location - 1;
}

static bool ember_sample_same(const void *context, uint32_t item)
{
	const struct ember_profile_key *key = context;
	const struct ember_sample *a = key->item, *b = &key->p->sample[item];

	return a->comm == b->comm && a->tgid == b->tgid && a->tid == b->tid &&
	       a->cpu == b->cpu && a->board == b->board && a->labels == b->labels &&
	       a->base == b->base && b->nr_frames == key->n &&
	       (!key->n ||
		!memcmp(key->list, key->p->frame + b->first_frame, key->n * sizeof(uint32_t)));
}

static void ember_values_add(struct ember_profile *p, uint32_t sample, const uint64_t *values)
{
	uint64_t *to = p->value + (uint64_t)sample * p->nr_type;
	uint32_t i;

	for (i = 0; i < p->nr_type; i++)
		to[i] = to[i] + values[i] < to[i] ? UINT64_MAX : to[i] + values[i];
}

uint32_t ember_profile_sample(struct ember_profile *p, const struct ember_sample *sample,
			      const uint32_t *frames, uint32_t nr_frames,
			      const uint64_t *values)
{
	struct ember_profile_key key = { p, sample, frames, nr_frames };
	uint64_t hash = ember_mix(
		ember_mix(ember_mix(ember_mix_first(sample->comm), sample->tgid), sample->tid),
		sample->cpu + ((uint64_t)sample->labels << 32));
	uint32_t i, number;

	/* What a function takes itself stays true, whatever else there is no memory for. */
	if (nr_frames > 1 && p->nr_frame > EMBER_PROFILE_FRAMES - nr_frames) {
		key.n = nr_frames = 1;
		p->shortened++;
	}
	for (i = 0; i < nr_frames; i++)
		hash = ember_mix(hash, frames[i]);
	number = ember_index_find(&p->sample_index, hash, ember_sample_same, &key);
	if (number == EMBER_NO_NUMBER) {
		number = p->nr_sample;
		p->value = ember_array_reserve(p->value, number, &p->value_size,
					       p->nr_type * sizeof(*p->value));
		memset(p->value + (uint64_t)number * p->nr_type, 0,
		       p->nr_type * sizeof(*p->value));
		EMBER_APPEND(p, sample, *sample);
		p->sample[number].first_frame = p->nr_frame;
		p->sample[number].nr_frames = nr_frames;
		for (i = 0; i < nr_frames; i++)
			EMBER_APPEND(p, frame, frames[i]);
		ember_index_add(&p->sample_index, hash, number);
	}
	ember_values_add(p, number, values);
	return number;
}

static int ember_timestamp_order(const void *a, const void *b)
{
	const struct ember_timestamp *left = a, *right = b;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	return left->sample < right->sample ? -1 : left->sample > right->sample;
}

static int ember_weighted_order(const void *a, const void *b)
{
	const struct ember_weighted_moment *left = a, *right = b;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	if (left->sample != right->sample)
		return left->sample < right->sample ? -1 : 1;
	return left->weight < right->weight ? -1 : left->weight > right->weight;
}

void ember_profile_by_time(struct ember_profile *p)
{
	if (p->nr_moment)
		qsort(p->moment, p->nr_moment, sizeof(*p->moment), ember_timestamp_order);
	if (p->nr_weighted)
		qsort(p->weighted, p->nr_weighted, sizeof(*p->weighted), ember_weighted_order);
}
