// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/json.h"

#include "base/json.h"
#include "model/label.h"

static void ember_json_number(FILE *out, const char *key, uint64_t value)
{
	fprintf(out, "\"%s\":%llu,\n", key, (unsigned long long)value);
}

static void ember_json_type(FILE *out, const struct ember_profile *p, struct ember_type type)
{
	fputs("{\"name\":", out);
	ember_json_text(out, ember_text(p, type.name), "");
	fputs(",\"unit\":", out);
	ember_json_text(out, ember_text(p, type.unit), "");
	putc('}', out);
}

/* One of the events besides the clock; its values are of the types `type` and the next. */
static void ember_json_event(FILE *out, const struct ember_profile *p, uint32_t number)
{
	const struct ember_profile_event *e = &p->event[number];

	fprintf(out,
		"%s{\"type\":%u,\"period\":%llu,\"lost\":%llu,\"lost_weight\":%llu,\"truncated\":%llu,\"gaps\":%llu}%s",
		number ? "" : "\"events\":[", e->type, (unsigned long long)e->period,
		(unsigned long long)e->lost.samples, (unsigned long long)e->lost.weight,
		(unsigned long long)e->truncated, (unsigned long long)e->gaps,
		number + 1 < p->nr_event ? "," : "],\n");
}

static void ember_json_mapping(FILE *out, const struct ember_profile *p,
			       const struct ember_mapping *m)
{
	fputs("{\"file\":", out);
	ember_json_text(out, ember_text(p, m->file), "");
	fputs(",\"build_id\":", out);
	ember_json_text(out, ember_text(p, m->build_id), "");
	fprintf(out, ",\"start\":%llu,\"limit\":%llu,\"offset\":%llu}",
		(unsigned long long)m->start, (unsigned long long)m->limit,
		(unsigned long long)m->offset);
}

static bool ember_json_has_lines(const struct ember_profile *p, uint32_t number)
{
	const struct ember_sample *s = &p->sample[number];
	uint32_t i;

	for (i = 0; i < s->nr_frames; i++) {
		const struct ember_location *l = &p->location[p->frame[s->first_frame + i]];

		if (l->nr_lines && p->line[l->first_line].line)
			return true;
	}
	return false;
}

/* Where each frame of the stack is in its source; "" where that isn't known. */
static void ember_json_lines(FILE *out, const struct ember_profile *p, uint32_t number)
{
	const struct ember_sample *s = &p->sample[number];
	const struct ember_line *line;
	char at[16];
	bool first = true;
	uint32_t i, n;

	fputs(",\"source\":[", out);
	for (i = s->nr_frames; i--;) {
		const struct ember_location *l = &p->location[p->frame[s->first_frame + i]];

		for (n = ember_label_lines(p, p->frame[s->first_frame + i]); n--;
		     first = false) {
			if (!first)
				putc(',', out);
			line = l->nr_lines ? &p->line[l->first_line + n] : NULL;
			if (!line || !line->line) {
				fputs("\"\"", out);
				continue;
			}
			snprintf(at, sizeof(at), ":%u", line->line);
			ember_json_text(out, ember_text(p, p->function[line->function].file),
					at);
		}
	}
	putc(']', out);
}

static void ember_json_sample(FILE *out, const struct ember_profile *p, uint32_t number)
{
	const struct ember_sample *s = &p->sample[number];
	char made[EMBER_LABEL_MAX];
	uint32_t i, n, location, label;
	bool first = true;

	fputs("{\"comm\":", out);
	ember_json_text(out, ember_text(p, ember_label_comm(p, number)), "");
	fprintf(out, ",\"pid\":%u,\"tid\":%u", s->tgid, s->tid);
	if (s->cpu)
		fprintf(out, ",\"cpu\":%u", s->cpu - 1);
	if (s->board) {
		fputs(",\"board\":", out);
		ember_json_text(out, ember_text(p, s->board), "");
	}
	for (i = s->labels; i; i = p->label[i].next) {
		fputs(i == s->labels ? ",\"labels\":{" : ",", out);
		ember_json_text(out, ember_text(p, p->label[i].key), "");
		putc(':', out);
		ember_json_text(out, ember_text(p, p->label[i].value), "");
	}
	fputs(s->labels ? "},\"values\":[" : ",\"values\":[", out);
	for (i = 0; i < p->nr_type; i++)
		fprintf(out, i ? ",%llu" : "%llu",
			(unsigned long long)p->value[(uint64_t)number * p->nr_type + i]);
	fputs("],\"stack\":[", out);
	for (i = s->nr_frames; i--;) {
		location = p->frame[s->first_frame + i];
		for (n = ember_label_lines(p, location); n--; first = false) {
			label = ember_label(p, location, n);
			if (!first)
				putc(',', out);
			ember_json_text(out, ember_label_text(p, label, made),
					ember_label_suffix(p, label));
		}
	}
	putc(']', out);
	if (ember_json_has_lines(p, number))
		ember_json_lines(out, p, number);
	putc('}', out);
}

void ember_export_json(FILE *out, const struct ember_profile *p)
{
	uint32_t i;

	fputs("{\"types\":[", out);
	for (i = 0; i < p->nr_type; i++) {
		if (i)
			putc(',', out);
		ember_json_type(out, p, p->type[i]);
	}
	fputs("],\n\"period_type\":", out);
	ember_json_type(out, p, p->period_type);
	fputs(",\n", out);
	ember_json_number(out, "period", p->period);
	ember_json_number(out, "time_ns", p->time_ns);
	ember_json_number(out, "duration_ns", p->duration_ns);
	ember_json_number(out, "lost", p->lost);
	ember_json_number(out, "skipped", p->skipped);
	ember_json_number(out, "truncated", p->truncated);
	ember_json_number(out, "gaps", p->gaps);
	for (i = 0; i < p->nr_event; i++)
		ember_json_event(out, p, i);
	fputs("\"mappings\":[", out);
	for (i = 1; i < p->nr_mapping; i++) {
		fputs(i > 1 ? ",\n" : "\n", out);
		ember_json_mapping(out, p, &p->mapping[i]);
	}
	fputs("\n],\n\"samples\":[", out);
	for (i = 0; i < p->nr_sample; i++) {
		fputs(i ? ",\n" : "\n", out);
		ember_json_sample(out, p, i);
	}
	fputs("\n]}\n", out);
}
