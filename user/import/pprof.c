// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fields come in any order, and refer to each other: each pass takes what the passes
 * before have made it possible to understand.
 */
#include "import/pprof.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/wait_kind.h"
#include "import/pprof_reader.h"
#include "model/label.h"
#include "model/labels.h"
#include "model/profile_labels.h"

static bool ember_pprof_type(struct ember_pprof_reader *r, const struct ember_field *f,
			     struct ember_type *type)
{
	uint64_t n[3];

	return ember_pprof_numbers(r, f, n, 3) && ember_pprof_text(r, n[1], &type->name) &&
	       ember_pprof_text(r, n[2], &type->unit);
}

/* In brackets is what isn't a file: the kernel and its modules, but for these. */
static enum ember_frame_kind ember_pprof_kind(const char *file)
{
	static const char *const user[] = { "[vdso]", "[vsyscall]", "[anon", "[heap]",
					    "[stack" };
	unsigned int i;

	for (i = 0; i < sizeof(user) / sizeof(*user); i++)
		if (!strncmp(file, user[i], strlen(user[i])))
			return EMBER_FRAME_NATIVE;
	return file[0] == '[' ? EMBER_FRAME_KERNEL : EMBER_FRAME_NATIVE;
}

static bool ember_pprof_mapping(struct ember_pprof_reader *r, const struct ember_field *f)
{
	struct ember_mapping m;
	uint32_t is[2];
	uint64_t n[8];

	if (!ember_pprof_numbers(r, f, n, 8) || !ember_pprof_texts(r, n + 5, is, 2))
		return false;
	m = (struct ember_mapping){
		.start = n[2],
		.limit = n[3],
		.offset = n[4],
		.file = is[0],
		.build_id = is[1],
		.has_functions = n[7],
		.kind = ember_pprof_kind(ember_text(r->p, is[0])),
	};
	return ember_pprof_add(r, &r->mapping, n[1], ember_profile_mapping(r->p, &m));
}

static bool ember_pprof_function(struct ember_pprof_reader *r, const struct ember_field *f)
{
	struct ember_function function = {};
	uint32_t is[3];
	uint64_t n[5];

	if (!ember_pprof_numbers(r, f, n, 5) || !ember_pprof_texts(r, n + 2, is, 3))
		return false;
	function.name = is[0] ? is[0] : is[1];
	function.linkage = is[1] == function.name ? 0 : is[1];
	function.file = is[2];
	r->made = ember_array_reserve(r->made, r->nr_made, &r->made_size, sizeof(*r->made));
	r->made[r->nr_made] = function;
	return ember_pprof_add(r, &r->function, n[1], r->nr_made++);
}

/* Return whether the function is what export/pprof.c writes for a location without a name. */
static bool ember_pprof_nameless(const struct ember_pprof_reader *r, uint32_t function,
				 uint32_t mapping, uint64_t address)
{
	const struct ember_function *f = &r->made[function];
	char made[EMBER_LABEL_MAX];

	return !f->file && !f->linkage && (mapping || address) &&
	       !strcmp(ember_text(r->p, f->name),
		       ember_label_text(r->p, ember_label_nameless(mapping), made));
}

/* Return whether the function is what symbolize/naming.c calls one without a name. */
static bool ember_pprof_bare(const struct ember_pprof_reader *r, uint32_t function,
			     uint32_t mapping)
{
	const struct ember_function *f = &r->made[function];
	const char *name = ember_text(r->p, f->name), *begin = strrchr(name, '+');
	char made[EMBER_LABEL_MAX];

	return begin && mapping && !f->file && !f->linkage &&
	       !strcmp(name, ember_label_bare(r->p, mapping, strtoull(begin, NULL, 16), made));
}

static bool ember_pprof_location(struct ember_pprof_reader *r, const struct ember_field *f)
{
	struct ember_message m = ember_proto_read(f->bytes, f->n);
	uint32_t mapping = 0, function;
	struct ember_field field;
	uint64_t n[4], line[3];

	if (!ember_pprof_numbers(r, f, n, 4) ||
	    (n[2] && !ember_pprof_find(r, &r->mapping, n[2], &mapping)))
		return false;
	r->nr_line = 0;
	while (ember_proto_field(&m, &field)) {
		if (field.number != 4 || field.numeric)
			continue;
		if (!ember_pprof_numbers(r, &field, line, 3) ||
		    !ember_pprof_find(r, &r->function, line[1], &function))
			return false;
		if (ember_pprof_nameless(r, function, mapping, n[3]))
			continue;
		r->line = ember_array_reserve(r->line, r->nr_line, &r->line_size,
					      sizeof(*r->line));
		r->made[function].kind = r->p->mapping[mapping].kind;
		r->made[function].bare = ember_pprof_bare(r, function, mapping);
		r->line[r->nr_line++] =
			(struct ember_line){ ember_profile_function(r->p, &r->made[function]),
					     line[2] };
	}
	return ember_pprof_add(r, &r->location, n[1],
			       ember_profile_location(r->p, n[3], mapping, r->line,
						      r->nr_line));
}

/*
 * Return the set with one more label, in the order in which recordings have them: by key, each
 * key once.
 */
static uint32_t ember_pprof_labels(struct ember_profile *p, uint32_t key, uint32_t text,
				   uint32_t set)
{
	const struct ember_profile_label first = p->label[set];

	if (set && first.key == key)
		return set;
	if (!set || strcmp(ember_text(p, key), ember_text(p, first.key)) < 0)
		return ember_profile_label(p, key, text, set);
	return ember_profile_label(p, first.key, first.value,
				   ember_pprof_labels(p, key, text, first.next));
}

static bool ember_pprof_label(struct ember_pprof_reader *r, const struct ember_field *f,
			      struct ember_sample *sample)
{
	uint32_t key, text;
	uint64_t n[4];
	const char *name;

	if (!ember_pprof_numbers(r, f, n, 4) || !ember_pprof_text(r, n[1], &key) ||
	    !ember_pprof_text(r, n[2], &text))
		return false;
	name = ember_text(r->p, key);
	if (!strcmp(name, "comm"))
		sample->comm = text;
	else if (!strcmp(name, "pid"))
		sample->tgid = n[3];
	else if (!strcmp(name, "tid"))
		sample->tid = n[3];
	else if (!strcmp(name, "cpu"))
		sample->cpu = n[3] + 1;
	else if (!strcmp(name, "board"))
		sample->board = text;
	else if (text && (!strcmp(name, EMBER_LABEL_CGROUP) ||
			  !strcmp(name, EMBER_LABEL_UNIT) || !strcmp(name, EMBER_LABEL_WAIT)))
		sample->labels = ember_pprof_labels(r->p, key, text, sample->labels);
	return true;
}

/* A repeated number may come packed or one by one. */
static bool ember_pprof_list(const struct ember_field *f, struct ember_message *m,
			     uint64_t *value, bool *single)
{
	if (f->numeric) {
		*value = f->value;
		return *single && !(*single = false);
	}
	return ember_proto_packed(m, value);
}

static bool ember_pprof_sample(struct ember_pprof_reader *r, const struct ember_field *f)
{
	struct ember_message m = ember_proto_read(f->bytes, f->n), list;
	uint64_t value[EMBER_TYPES_MAX] = {}, number;
	struct ember_sample sample = {};
	struct ember_field field;
	uint32_t nr_value = 0;

	r->nr_list = 0;
	while (ember_proto_field(&m, &field)) {
		bool single = true;

		list = ember_proto_read(field.bytes, field.numeric ? 0 : field.n);
		switch (field.number) {
		case 1:
			while (ember_pprof_list(&field, &list, &number, &single)) {
				r->list = ember_array_reserve(r->list, r->nr_list,
							      &r->list_size, sizeof(*r->list));
				if (!ember_pprof_find(r, &r->location, number,
						      &r->list[r->nr_list++]))
					return false;
			}
			break;
		case 2:
			while (ember_pprof_list(&field, &list, &number, &single)) {
				if (nr_value == r->p->nr_type)
					return ember_pprof_bad(
						r,
						"corrupt pprof data: values without a type");
				if ((int64_t)number < 0)
					return ember_pprof_bad(
						r,
						"has negative values: a difference, not a profile");
				value[nr_value++] = number;
			}
			break;
		case 3:
			if (!field.numeric && !ember_pprof_label(r, &field, &sample))
				return false;
		}
		m.bad |= list.bad;
	}
	if (m.bad || nr_value != r->p->nr_type)
		return ember_pprof_bad(r, "corrupt pprof data: a sample");
	ember_profile_sample(r->p, &sample, r->list, r->nr_list, value);
	return true;
}

/* ---- passes ---- */

static bool ember_pprof_string_pass(struct ember_pprof_reader *r, const struct ember_field *f)
{
	if (f->number != 6 || f->numeric)
		return true;
	r->text = ember_array_reserve(r->text, r->nr_text, &r->text_size, sizeof(*r->text));
	r->text[r->nr_text++] = (struct ember_pprof_text){ f->bytes - r->bytes, f->n, 0 };
	return r->nr_text > 1 || !f->n ||
	       ember_pprof_bad(r, "corrupt pprof data: the first string isn't empty");
}

/*
 * Read the counts of samples that were lost, skipped or truncated, or may have gaps, from
 * the comment that Emberprof writes. (scanf would add 120 kB to a static tool.)
 */
static void ember_pprof_comment(struct ember_pprof_reader *r, const struct ember_field *f)
{
	const char *format = EMBER_PPROF_COMMENT EMBER_PPROF_GAPS, *text;
	uint64_t value[4] = {};
	unsigned int n = 0;
	uint32_t is;

	if (!f->numeric || !ember_pprof_text(r, f->value, &is))
		return;
	for (text = ember_text(r->p, is); *format; format++) {
		if (*format == '%') {
			char *end;

			if (*text < '0' || *text > '9')
				return;
			value[n++] = strtoull(text, &end, 10);
			text = end;
			format += 3; /* llu */
		} else if (*format != *text++) {
			/* Nothing follows where there are no gaps. */
			if (n == 3 && !text[-1])
				break;
			return;
		}
	}
	r->p->lost = value[0];
	r->p->skipped = value[1];
	r->p->truncated = value[2];
	r->p->gaps = value[3];
}

static bool ember_pprof_base_pass(struct ember_pprof_reader *r, const struct ember_field *f)
{
	struct ember_profile *p = r->p;

	switch (f->number) {
	case 1:
		if (f->numeric)
			break;
		if (p->nr_type == EMBER_TYPES_MAX)
			return ember_pprof_bad(r, "more than 18 types of values");
		return ember_pprof_type(r, f, &p->type[p->nr_type++]);
	case 3: return f->numeric || ember_pprof_mapping(r, f);
	case 5: return f->numeric || ember_pprof_function(r, f);
	case 9: p->time_ns = f->numeric ? f->value : 0; break;
	case 10: p->duration_ns = f->numeric ? f->value : 0; break;
	case 11: return f->numeric || ember_pprof_type(r, f, &p->period_type);
	case 12: p->period = f->numeric ? f->value : 0; break;
	case 13: ember_pprof_comment(r, f); break;
	case 14: r->default_type = f->numeric ? f->value : 0;
	}
	return true;
}

static bool ember_pprof_location_pass(struct ember_pprof_reader *r,
				      const struct ember_field *f)
{
	return f->number != 4 || f->numeric || ember_pprof_location(r, f);
}

static bool ember_pprof_sample_pass(struct ember_pprof_reader *r, const struct ember_field *f)
{
	return f->number != 2 || f->numeric || ember_pprof_sample(r, f);
}

static bool ember_pprof_pass(struct ember_pprof_reader *r,
			     bool (*each)(struct ember_pprof_reader *r,
					  const struct ember_field *f))
{
	struct ember_message m = ember_proto_read(r->bytes, r->n);
	struct ember_field field;

	while (ember_proto_field(&m, &field))
		if (!each(r, &field))
			return false;
	return !m.bad || ember_pprof_bad(r, r->nr_text ? "pprof data cut short or corrupt" :
							 "neither pprof nor folded stacks");
}

/*
 * Choose the sample type that reports show, and the program name for samples without a comm.
 * Return false if the file has no type, or a bad default one.
 */
static bool ember_pprof_choose(struct ember_pprof_reader *r)
{
	struct ember_profile *p = r->p;
	const char *file, *slash;
	uint32_t i, type;
	char *program;

	if (!p->nr_type)
		return ember_pprof_bad(r, "neither pprof nor folded stacks");
	ember_profile_find_events(p);
	p->shown = ember_profile_is_cpu(p) ? 0 : p->nr_type - 1;
	if (r->default_type) {
		if (!ember_pprof_text(r, r->default_type, &type))
			return false;
		for (i = 0; i < p->nr_type; i++)
			/* Of a CPU profile samples are shown, whichever is the default. */
			if (p->type[i].name == type && (i != 1 || !ember_profile_is_cpu(p)))
				p->shown = i;
	}
	for (i = 1; i < p->nr_mapping; i++) {
		file = ember_text(p, p->mapping[i].file);
		if (!*file || *file == '[')
			continue;
		slash = strrchr(file, '/');
		/* The profile's strings move when one is added. */
		program = strdup(slash && slash[1] ? slash + 1 : file);
		p->program = program ? ember_profile_string(p, program) : p->program;
		free(program);
		break;
	}
	return true;
}

struct ember_profile *ember_pprof_read(const void *bytes, size_t n, const char **why)
{
	struct ember_pprof_reader r = { .p = ember_profile_new(), .bytes = bytes, .n = n };

	if (!(ember_pprof_pass(&r, ember_pprof_string_pass) &&
	      ember_pprof_pass(&r, ember_pprof_base_pass) && ember_pprof_choose(&r) &&
	      ember_pprof_pass(&r, ember_pprof_location_pass) &&
	      ember_pprof_pass(&r, ember_pprof_sample_pass))) {
		*why = r.why;
		ember_profile_free(r.p);
		r.p = NULL;
	}
	ember_pprof_reader_free(&r);
	return r.p;
}
