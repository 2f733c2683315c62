// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dictionary's strings and functions have the profile's numbers, its locations and mappings
 * too, and each sample has a stack of its own, since a subset's stacks are all different. Element
 * 0 of each table is empty.
 */
#include "relay/otlp.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/label.h"

enum ember_otlp_request_field {
	EMBER_OTLP_RESOURCE_PROFILES = 1,
	EMBER_OTLP_DICTIONARY,
};

enum ember_otlp_dictionary_field {
	EMBER_OTLP_MAPPINGS = 1,
	EMBER_OTLP_LOCATIONS,
	EMBER_OTLP_FUNCTIONS,
	EMBER_OTLP_LINKS,
	EMBER_OTLP_STRINGS,
	EMBER_OTLP_ATTRIBUTES,
	EMBER_OTLP_STACKS,
};

enum ember_otlp_profile_field {
	EMBER_OTLP_SAMPLE_TYPE = 1,
	EMBER_OTLP_SAMPLES,
	EMBER_OTLP_TIME,
	EMBER_OTLP_DURATION,
	EMBER_OTLP_PERIOD_TYPE,
	EMBER_OTLP_PERIOD,
	EMBER_OTLP_PROFILE_ID,
};

#define EMBER_OTLP_FIXED64 1 /* the wire type of 8 bytes, little-endian */

struct ember_otlp {
	struct ember_profile *p;
	struct ember_buf all, item, inner, deep;
	uint32_t attributes; /* that the dictionary has; number 0 is none */
};

static void ember_otlp_fixed64(struct ember_buf *to, unsigned int field, uint64_t value)
{
	uint8_t bytes[8];
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = value >> 8 * i;
	ember_proto_varint(to, field << 3 | EMBER_OTLP_FIXED64);
	ember_proto_copy(to, bytes, sizeof(bytes));
}

/* Readers drop frames without a Line: what has no name gets its file's. */
static void ember_otlp_name(struct ember_profile *p)
{
	char made[EMBER_LABEL_MAX];
	uint32_t i;

	for (i = 1; i < p->nr_location; i++) {
		struct ember_function f = {};
		struct ember_line line = {};

		if (p->location[i].nr_lines)
			continue;
		f.name = ember_profile_string(
			p, ember_label_text(p, ember_label_merged(p, i, 0), made));
		line.function = ember_profile_function(p, &f);
		p->line = ember_array_reserve(p->line, p->nr_line, &p->line_size,
					      sizeof(*p->line));
		p->line[p->nr_line] = line;
		p->location[i].first_line = p->nr_line++;
		p->location[i].nr_lines = 1;
	}
}

/* An element of a table: what is in `item`, which may be empty. */
static void ember_otlp_element(struct ember_otlp *o, unsigned int table)
{
	ember_proto_part(&o->all, table, &o->item);
}

static void ember_otlp_mapping(struct ember_otlp *o, const struct ember_mapping *m)
{
	ember_proto_number(&o->item, 1, m->start);
	ember_proto_number(&o->item, 2, m->limit);
	ember_proto_number(&o->item, 3, m->offset);
	ember_proto_number(&o->item, 4, m->file);
	if (m->build_id) {
		ember_proto_varint(&o->inner, ++o->attributes);
		ember_proto_part(&o->item, 5, &o->inner);
	}
	ember_otlp_element(o, EMBER_OTLP_MAPPINGS);
}

static void ember_otlp_location(struct ember_otlp *o, const struct ember_location *l)
{
	uint32_t i;

	ember_proto_number(&o->item, 1, l->mapping);
	ember_proto_number(&o->item, 2, l->address);
	for (i = 0; i < l->nr_lines; i++) {
		ember_proto_number(&o->inner, 1, o->p->line[l->first_line + i].function);
		ember_proto_number(&o->inner, 2, o->p->line[l->first_line + i].line);
		ember_proto_part(&o->item, 3, &o->inner);
	}
	ember_otlp_element(o, EMBER_OTLP_LOCATIONS);
}

static void ember_otlp_function(struct ember_otlp *o, const struct ember_function *f)
{
	ember_proto_number(&o->item, 1, f->name);
	ember_proto_number(&o->item, 2, f->linkage);
	ember_proto_number(&o->item, 3, f->file);
	ember_otlp_element(o, EMBER_OTLP_FUNCTIONS);
}

static void ember_otlp_stack(struct ember_otlp *o, const struct ember_sample *s)
{
	uint32_t i;

	for (i = 0; i < s->nr_frames; i++)
		ember_proto_varint(&o->inner, o->p->frame[s->first_frame + i]);
	if (o->inner.used)
		ember_proto_part(&o->item, 1, &o->inner);
	ember_otlp_element(o, EMBER_OTLP_STACKS);
}

/* The mappings' build-ids, in the order that ember_otlp_mapping() numbered them. */
static void ember_otlp_attributes(struct ember_otlp *o, uint32_t key)
{
	uint32_t i;

	ember_otlp_element(o, EMBER_OTLP_ATTRIBUTES);
	for (i = 1; i < o->p->nr_mapping; i++) {
		if (!o->p->mapping[i].build_id)
			continue;
		ember_proto_number(&o->item, 1, key);
		ember_proto_text(&o->inner, 1, ember_text(o->p, o->p->mapping[i].build_id));
		ember_proto_part(&o->item, 2, &o->inner);
		ember_otlp_element(o, EMBER_OTLP_ATTRIBUTES);
	}
}

static void ember_otlp_dictionary(struct ember_otlp *o)
{
	static const uint8_t zero[16];
	struct ember_profile *p = o->p;
	uint32_t i, key = ember_profile_string(p, "process.executable.build_id.gnu");

	for (i = 0; i < p->nr_mapping; i++)
		ember_otlp_mapping(o, &p->mapping[i]);
	for (i = 0; i < p->nr_location; i++)
		ember_otlp_location(o, &p->location[i]);
	for (i = 0; i < p->nr_function; i++)
		ember_otlp_function(o, &p->function[i]);
	ember_proto_bytes(&o->item, 1, zero, 16);
	ember_proto_bytes(&o->item, 2, zero, 8);
	ember_otlp_element(o, EMBER_OTLP_LINKS);
	for (i = 0; i < p->nr_string; i++)
		ember_proto_bytes(&o->all, EMBER_OTLP_STRINGS, ember_text(p, i),
				  strlen(ember_text(p, i)));
	ember_otlp_attributes(o, key);
	ember_otlp_element(o, EMBER_OTLP_STACKS);
	for (i = 0; i < p->nr_sample; i++)
		ember_otlp_stack(o, &p->sample[i]);
}

static void ember_otlp_type(struct ember_otlp *o, unsigned int field, struct ember_type type)
{
	ember_proto_number(&o->inner, 1, type.name);
	ember_proto_number(&o->inner, 2, type.unit);
	ember_proto_part(&o->item, field, &o->inner);
}

/* Different for each profile: 16 bytes, of which none need be secret. */
static void ember_otlp_id(struct ember_otlp *o, const struct ember_relay_label *label,
			  uint32_t nr)
{
	uint64_t hash[2] = { ember_mix(1, o->p->time_ns), ember_mix(2, o->p->time_ns) };
	const char *type = ember_text(o->p, o->p->type[1].name);
	uint8_t id[16];
	uint32_t i, k;

	for (k = 0; k < 2; k++) {
		hash[k] = ember_mix_bytes(hash[k], type, strlen(type));
		for (i = 0; i < nr; i++)
			hash[k] = ember_mix_bytes(hash[k], label[i].value,
						  strlen(label[i].value));
		hash[k] = ember_mix_bytes(hash[k], o->p->value,
					  (size_t)o->p->nr_sample * o->p->nr_type *
						  sizeof(*o->p->value));
	}
	for (i = 0; i < sizeof(id); i++)
		id[i] = hash[i / 8] >> 8 * (i % 8);
	id[0] |= 1;
	ember_proto_bytes(&o->item, EMBER_OTLP_PROFILE_ID, id, sizeof(id));
}

/*
 * CPU samples are counts, of which a server makes nanoseconds by the period; those of an event are
 * its weights, and the type of its period is what a server names it by.
 */
static void ember_otlp_profile(struct ember_otlp *o, const char *name,
			       const struct ember_relay_label *label, uint32_t nr)
{
	struct ember_profile *p = o->p;
	bool cpu = !strcmp(ember_text(p, p->period_type.name), "cpu");
	struct ember_type period = p->period_type;
	uint32_t i, value = !cpu;

	if (!cpu)
		period = (struct ember_type){ ember_profile_string(p, name), p->type[1].unit };

	ember_otlp_type(o, EMBER_OTLP_SAMPLE_TYPE, p->type[value]);
	for (i = 0; i < p->nr_sample; i++) {
		ember_proto_number(&o->inner, 1, i + 1);
		ember_proto_varint(&o->deep, p->value[(uint64_t)i * p->nr_type + value]);
		ember_proto_part(&o->inner, 4, &o->deep);
		ember_proto_part(&o->item, EMBER_OTLP_SAMPLES, &o->inner);
	}
	ember_otlp_fixed64(&o->item, EMBER_OTLP_TIME, p->time_ns);
	ember_proto_number(&o->item, EMBER_OTLP_DURATION, p->duration_ns);
	ember_otlp_type(o, EMBER_OTLP_PERIOD_TYPE, period);
	ember_proto_number(&o->item, EMBER_OTLP_PERIOD, p->period ? p->period : 1);
	ember_otlp_id(o, label, nr);
}

/* Append a KeyValue with a text to `item`. */
static void ember_otlp_label(struct ember_otlp *o, const char *name, const char *value)
{
	ember_proto_text(&o->inner, 1, name);
	ember_proto_text(&o->deep, 1, value);
	ember_proto_part(&o->inner, 2, &o->deep);
	ember_proto_part(&o->item, 1, &o->inner);
}

static const char *ember_otlp_label_name(const char *name)
{
	static const char *const names[][2] = {
		{ "service_name", "service.name" },
		{ "board", "host.name" },
		{ "comm", "process.executable.name" },
	};
	uint32_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i][0]))
			return names[i][1];
	return name;
}

void ember_otlp_put(struct ember_buf *to, const char *name,
		    const struct ember_relay_label *label, uint32_t nr,
		    struct ember_profile *p)
{
	struct ember_otlp o = { .p = p };
	struct ember_buf resource = {}, scope = {};
	uint32_t i;

	for (i = 0; i < nr; i++)
		ember_otlp_label(&o, ember_otlp_label_name(label[i].name), label[i].value);
	ember_proto_part(&resource, 1, &o.item);
	ember_proto_text(&o.item, 1, "emberprof");
	ember_proto_part(&scope, 1, &o.item);
	ember_otlp_profile(&o, name, label, nr);
	ember_proto_part(&scope, 2, &o.item);
	ember_proto_part(&resource, 2, &scope);
	ember_proto_part(to, EMBER_OTLP_RESOURCE_PROFILES, &resource);
	ember_otlp_name(p);
	ember_otlp_dictionary(&o);
	ember_proto_part(to, EMBER_OTLP_DICTIONARY, &o.all);
	free(resource.bytes);
	free(scope.bytes);
	free(o.all.bytes);
	free(o.item.bytes);
	free(o.inner.bytes);
	free(o.deep.bytes);
}
