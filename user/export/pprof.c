// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fields by number, as profile.proto has them. Strings come last: what refers to them
 * has been written by then, and comments have added theirs.
 */
#include "export/pprof.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "base/proto.h"
#include "model/label.h"
#include "model/wall.h"

#define EMBER_PPROF_CHUNK 16384

struct ember_pprof {
	const struct ember_profile *p;
	FILE *out;
	bool gzip;
	z_stream stream;
	struct ember_buf all, part, inner;
	uint32_t *label; /* of functions that stand for locations without a name */
	uint32_t nr_label, label_size;
	struct ember_index label_index;
};

static void ember_pprof_deflate(struct ember_pprof *w, int flush)
{
	uint8_t chunk[EMBER_PPROF_CHUNK];

	w->stream.next_in = w->all.bytes;
	w->stream.avail_in = w->all.used;
	do {
		w->stream.next_out = chunk;
		w->stream.avail_out = sizeof(chunk);
		deflate(&w->stream, flush);
		fwrite(chunk, 1, sizeof(chunk) - w->stream.avail_out, w->out);
	} while (!w->stream.avail_out);
}

static void ember_pprof_flush(struct ember_pprof *w, int flush)
{
	if (flush == Z_NO_FLUSH && w->all.used < EMBER_PPROF_CHUNK)
		return;
	if (w->gzip)
		ember_pprof_deflate(w, flush);
	else
		fwrite(w->all.bytes, 1, w->all.used, w->out);
	w->all.used = 0;
}

/* What's in `part` is the field's. */
static void ember_pprof_put(struct ember_pprof *w, unsigned int field)
{
	ember_proto_part(&w->all, field, &w->part);
	ember_pprof_flush(w, Z_NO_FLUSH);
}

static void ember_pprof_type(struct ember_pprof *w, unsigned int field, struct ember_type type)
{
	ember_proto_number(&w->part, 1, type.name);
	ember_proto_number(&w->part, 2, type.unit);
	ember_pprof_put(w, field);
}

/* The n-th of the strings that come after the profile's: see ember_pprof_strings(). */
static void ember_pprof_label(struct ember_pprof *w, uint32_t n, uint32_t text,
			      uint64_t number)
{
	ember_proto_number(&w->inner, 1, w->p->nr_string + n);
	ember_proto_number(&w->inner, 2, text);
	ember_proto_number(&w->inner, 3, number);
	ember_proto_part(&w->part, 3, &w->inner);
}

/* The last two are as `go tool pprof -diff_base` has them. */
static const char *const ember_labels[] = { "comm",  "pid",	    "tid", "cpu",
					    "board", "pprof::base", "true" };
#define EMBER_PPROF_LABELS (sizeof(ember_labels) / sizeof(*ember_labels))

static void ember_pprof_sample(struct ember_pprof *w, uint32_t number)
{
	const struct ember_profile *p = w->p;
	const struct ember_sample *s = &p->sample[number];
	uint32_t i;

	for (i = 0; i < s->nr_frames; i++)
		ember_proto_varint(&w->inner, p->frame[s->first_frame + i]);
	ember_proto_part(&w->part, 1, &w->inner);
	for (i = 0; i < p->nr_type; i++)
		ember_proto_varint(&w->inner, p->value[(uint64_t)number * p->nr_type + i]);
	ember_proto_part(&w->part, 2, &w->inner);
	if (s->comm)
		ember_pprof_label(w, 0, s->comm, 0);
	if (s->tgid)
		ember_pprof_label(w, 1, 0, s->tgid);
	if (s->tid)
		ember_pprof_label(w, 2, 0, s->tid);
	if (s->cpu)
		ember_pprof_label(w, 3, 0, s->cpu - 1);
	if (s->board)
		ember_pprof_label(w, 4, s->board, 0);
	if (s->base)
		ember_pprof_label(w, 5, p->nr_string + 6, 0);
	for (i = s->labels; i; i = p->label[i].next) {
		ember_proto_number(&w->inner, 1, p->label[i].key);
		ember_proto_number(&w->inner, 2, p->label[i].value);
		ember_proto_part(&w->part, 3, &w->inner);
	}
	ember_pprof_put(w, 2);
}

static void ember_pprof_mapping(struct ember_pprof *w, uint32_t number)
{
	const struct ember_mapping *m = &w->p->mapping[number];

	ember_proto_number(&w->part, 1, number);
	ember_proto_number(&w->part, 2, m->start);
	ember_proto_number(&w->part, 3, m->limit);
	ember_proto_number(&w->part, 4, m->offset);
	ember_proto_number(&w->part, 5, m->file);
	ember_proto_number(&w->part, 6, m->build_id);
	ember_proto_number(&w->part, 7, m->has_functions);
	ember_pprof_put(w, 3);
}

/*
 * The first mapping is the program, by custom: of those that are a file and no library
 * the one that most samples were in.
 */
static uint32_t ember_pprof_program(const struct ember_profile *p)
{
	uint64_t *count = ember_xrealloc(NULL, p->nr_mapping, sizeof(*count));
	uint32_t i, k, mapping, last, program = 0;
	const char *file;

	memset(count, 0, p->nr_mapping * sizeof(*count));
	for (i = 0; i < p->nr_sample; i++) {
		for (last = k = 0; k < p->sample[i].nr_frames; k++) {
			mapping = p->location[p->frame[p->sample[i].first_frame + k]].mapping;
			if (mapping != last)
				count[mapping] += ember_shown(p, i);
			last = mapping;
		}
	}
	for (i = 1; i < p->nr_mapping; i++) {
		file = ember_text(p, p->mapping[i].file);
		if (*file && *file != '[' && !strstr(file, ".so") && count[i] &&
		    (!program || count[i] > count[program]))
			program = i;
	}
	free(count);
	return program;
}

struct ember_pprof_key {
	const struct ember_pprof *w;
	uint32_t label;
};

static bool ember_pprof_same(const void *context, uint32_t item)
{
	const struct ember_pprof_key *key = context;

	return key->w->label[item] == key->label;
}

/*
 * Return the function that stands for a location without a name. Readers drop frames
 * without a Line, and time of a missing leaf becomes its caller's. The mapping's
 * has_functions stays unset, so that pprof symbolizes these frames all the same.
 */
static uint32_t ember_pprof_nameless(struct ember_pprof *w, uint32_t location)
{
	struct ember_pprof_key key = { w, ember_label_merged(w->p, location, 0) };
	uint64_t hash = ember_mix(key.label, 0);
	uint32_t number = ember_index_find(&w->label_index, hash, ember_pprof_same, &key);

	if (number == EMBER_NO_NUMBER) {
		w->label = ember_array_reserve(w->label, w->nr_label, &w->label_size,
					       sizeof(*w->label));
		number = w->nr_label++;
		w->label[number] = key.label;
		ember_index_add(&w->label_index, hash, number);
	}
	return w->p->nr_function + number;
}

static void ember_pprof_location(struct ember_pprof *w, uint32_t number)
{
	const struct ember_location *l = &w->p->location[number];
	uint32_t i;

	ember_proto_number(&w->part, 1, number);
	ember_proto_number(&w->part, 2, l->mapping);
	ember_proto_number(&w->part, 3, l->address);
	for (i = 0; i < l->nr_lines; i++) {
		ember_proto_number(&w->inner, 1, w->p->line[l->first_line + i].function);
		ember_proto_number(&w->inner, 2, w->p->line[l->first_line + i].line);
		ember_proto_part(&w->part, 4, &w->inner);
	}
	if (!l->nr_lines) {
		ember_proto_number(&w->inner, 1, ember_pprof_nameless(w, number));
		ember_proto_part(&w->part, 4, &w->inner);
	}
	ember_pprof_put(w, 4);
}

static void ember_pprof_function(struct ember_pprof *w, uint32_t number,
				 const struct ember_function *f)
{
	ember_proto_number(&w->part, 1, number);
	ember_proto_number(&w->part, 2, f->name);
	ember_proto_number(&w->part, 3, f->linkage ? f->linkage : f->name);
	ember_proto_number(&w->part, 4, f->file);
	ember_pprof_put(w, 5);
}

static void ember_pprof_string(struct ember_pprof *w, const char *text)
{
	ember_proto_bytes(&w->all, 6, text, strlen(text));
	ember_pprof_flush(w, Z_NO_FLUSH);
}

/* Write comment number n, of what isn't in the profile: the clock's is 0, the events' follow. */
static bool ember_pprof_comment(const struct ember_profile *p, uint32_t n, char *text,
				size_t room)
{
	const struct ember_profile_event *e = n ? &p->event[n - 1] : NULL;

	if (!n)
		snprintf(text, room,
			 p->gaps ? EMBER_PPROF_COMMENT EMBER_PPROF_GAPS : EMBER_PPROF_COMMENT,
			 (unsigned long long)p->lost, (unsigned long long)p->skipped,
			 (unsigned long long)p->truncated, (unsigned long long)p->gaps);
	else
		snprintf(text, room, "emberprof: %s: %llu samples lost, %llu %s",
			 ember_text(p, p->type[e->type + 1].name),
			 (unsigned long long)e->lost.samples,
			 (unsigned long long)e->lost.weight,
			 ember_text(p, p->type[e->type + 1].unit));
	return n ? e->lost.samples : p->lost || p->skipped || p->truncated || p->gaps;
}

static void ember_pprof_strings(struct ember_pprof *w)
{
	const struct ember_profile *p = w->p;
	char comment[200], made[EMBER_LABEL_MAX];
	uint32_t i, n = EMBER_PPROF_LABELS, next = p->nr_string + n + w->nr_label;

	for (i = 0; i <= p->nr_event; i++)
		if (ember_pprof_comment(p, i, comment, sizeof(comment)))
			ember_proto_number(&w->all, 13, next++);
	for (i = 0; i < p->nr_string; i++)
		ember_pprof_string(w, ember_text(p, i));
	for (i = 0; i < n; i++)
		ember_pprof_string(w, ember_labels[i]);
	for (i = 0; i < w->nr_label; i++)
		ember_pprof_string(w, ember_label_text(p, w->label[i], made));
	for (i = 0; i <= p->nr_event; i++)
		if (ember_pprof_comment(p, i, comment, sizeof(comment)))
			ember_pprof_string(w, comment);
}

void ember_export_pprof(FILE *out, const struct ember_profile *p, bool gzip)
{
	struct ember_pprof w = { .p = p, .out = out, .gzip = gzip };
	uint32_t i, program, shown;

	/* 15 + 16: the largest window, and gzip's header, without a time in it. */
	if (gzip && deflateInit2(&w.stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
				 Z_DEFAULT_STRATEGY) != Z_OK)
		ember_memory_end();
	for (i = 0; i < p->nr_type; i++)
		ember_pprof_type(&w, 1, p->type[i]);
	for (i = 0; i < p->nr_sample; i++)
		ember_pprof_sample(&w, i);
	program = ember_pprof_program(p);
	if (program)
		ember_pprof_mapping(&w, program);
	for (i = 1; i < p->nr_mapping; i++)
		if (i != program)
			ember_pprof_mapping(&w, i);
	for (i = 1; i < p->nr_location; i++)
		ember_pprof_location(&w, i);
	for (i = 1; i < p->nr_function; i++)
		ember_pprof_function(&w, i, &p->function[i]);
	for (i = 0; i < w.nr_label; i++)
		ember_pprof_function(&w, p->nr_function + i,
				     &(struct ember_function){
					     .name = p->nr_string + EMBER_PPROF_LABELS + i });
	ember_proto_number(&w.all, 9, p->time_ns);
	ember_proto_number(&w.all, 10, p->duration_ns);
	ember_pprof_type(&w, 11, p->period_type);
	ember_proto_number(&w.all, 12, p->period);
	/* A CPU profile's readers expect its time, which is their default where it is last. */
	shown = !p->shown && ember_profile_is_cpu(p) ? 1 : p->shown;
	if (shown != p->nr_type - 1 || ember_wall_shown(p))
		ember_proto_number(&w.all, 14, p->type[shown].name);
	ember_pprof_strings(&w);
	ember_pprof_flush(&w, Z_FINISH);
	if (gzip)
		deflateEnd(&w.stream);
	free(w.all.bytes);
	free(w.part.bytes);
	free(w.inner.bytes);
	free(w.label);
	ember_index_free(&w.label_index);
}
