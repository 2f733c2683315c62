// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/report/pagedata.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/json.h"
#include "base/wait_kind.h"
#include "model/label.h"
#include "model/labels.h"
#include "model/profile_labels.h"
#include "model/wall.h"
#include "workstation/report/pagetimes.h"

#define EMBER_PAGE_VERSION 1

/* Kinds of frames, each with its colour on the page. */
enum ember_page_kind {
	EMBER_PAGE_USER,
	EMBER_PAGE_KERNEL,
	EMBER_PAGE_INTERRUPT,
	EMBER_PAGE_INLINED,
	EMBER_PAGE_UNNAMED,
	EMBER_PAGE_STATE /* of a thread: it is no function */
};

struct ember_page_frame {
	uint32_t label, kind;
	uint32_t image, source; /* strings of the profile */
};

struct ember_page_node {
	uint32_t parent; /* 0: the root, which is no node of its own */
	uint32_t frame;
};

struct ember_page_thread {
	uint32_t comm, tgid, tid, board, cgroup, unit, wait;
};

/* Items of one kind, none of them twice: by their bytes, which have no gaps. */
struct ember_page_table {
	void *item;
	uint32_t nr, size;
	size_t each;
	struct ember_index index;
};

struct ember_pagedata {
	const struct ember_profile *p;
	struct ember_page_table frame, node, thread; /* node 0 is the root */
	uint32_t *string; /* by the profile's number: the page's number + 1; 0: not used */
	uint32_t *emitted;
	uint32_t nr_emitted, emitted_size;
	uint32_t *row; /* samples that have a value, in order */
	uint32_t nr_row;
	uint32_t *at, *by; /* of each row: its node, and its thread */
	uint32_t *number; /* by sample: its row */
};

struct ember_page_key {
	const struct ember_page_table *table;
	const void *item;
};

static const void *ember_page_item(const struct ember_page_table *t, uint32_t number)
{
	return (const char *)t->item + number * t->each;
}

static bool ember_page_same(const void *context, uint32_t item)
{
	const struct ember_page_key *key = context;

	return !memcmp(key->item, ember_page_item(key->table, item), key->table->each);
}

/* Its number, new or as it was. */
static uint32_t ember_page_number(struct ember_page_table *t, const void *item)
{
	struct ember_page_key key = { t, item };
	uint64_t hash = ember_mix_bytes(0, item, t->each);
	uint32_t number = ember_index_find(&t->index, hash, ember_page_same, &key);

	if (number != EMBER_NO_NUMBER)
		return number;
	t->item = ember_array_reserve(t->item, t->nr, &t->size, t->each);
	memcpy((char *)t->item + t->nr * t->each, item, t->each);
	ember_index_add(&t->index, hash, t->nr);
	return t->nr++;
}

static const struct ember_page_frame *ember_page_frame(const struct ember_pagedata *d,
						       uint32_t number)
{
	return ember_page_item(&d->frame, number);
}

static const struct ember_page_node *ember_page_node(const struct ember_pagedata *d,
						     uint32_t number)
{
	return ember_page_item(&d->node, number);
}

static const struct ember_page_thread *ember_page_thread(const struct ember_pagedata *d,
							 uint32_t number)
{
	return ember_page_item(&d->thread, number);
}

/* A string's number on the page. */
static uint32_t ember_page_string(struct ember_pagedata *d, uint32_t string)
{
	if (!d->string[string]) {
		d->emitted = ember_array_reserve(d->emitted, d->nr_emitted, &d->emitted_size,
						 sizeof(*d->emitted));
		d->emitted[d->nr_emitted++] = string;
		d->string[string] = d->nr_emitted;
	}
	return d->string[string] - 1;
}

/* Of a location's n-th line; the innermost without a name is one with its file's others. */
static struct ember_page_frame ember_page_line(const struct ember_pagedata *d,
					       uint32_t location, uint32_t n, bool innermost,
					       bool interrupt)
{
	const struct ember_profile *p = d->p;
	const struct ember_location *l = &p->location[location];
	enum ember_frame_kind kind = ember_frame_kind(p, location, n);
	struct ember_page_frame f = { .image = p->mapping[l->mapping].file };

	f.label = innermost ? ember_label_merged(p, location, n) : ember_label(p, location, n);
	if (l->nr_lines)
		f.source = p->function[p->line[l->first_line + n].function].file;
	if (!l->nr_lines)
		f.kind = EMBER_PAGE_UNNAMED;
	else if (kind == EMBER_FRAME_INLINED)
		f.kind = EMBER_PAGE_INLINED;
	else if (interrupt)
		f.kind = EMBER_PAGE_INTERRUPT;
	else if (kind == EMBER_FRAME_KERNEL)
		f.kind = EMBER_PAGE_KERNEL;
	return f;
}

static uint32_t ember_page_sample(struct ember_pagedata *d, uint32_t sample)
{
	const struct ember_sample *s = &d->p->sample[sample];
	/* Time that is no thread's. */
	bool interrupt = !s->tgid && *ember_text(d->p, ember_label_comm(d->p, sample)) == '[';
	uint32_t k, n, node = 0;

	if (s->state) {
		struct ember_page_frame f = { .label = s->state, .kind = EMBER_PAGE_STATE };

		node = ember_page_number(
			&d->node,
			&(struct ember_page_node){ 0, ember_page_number(&d->frame, &f) });
	}
	for (k = s->nr_frames; k--;) {
		uint32_t location = d->p->frame[s->first_frame + k];

		for (n = ember_label_lines(d->p, location); n--;) {
			struct ember_page_frame f =
				ember_page_line(d, location, n, !k, interrupt);
			struct ember_page_node below = { node,
							 ember_page_number(&d->frame, &f) };

			node = ember_page_number(&d->node, &below);
		}
	}
	return node;
}

static void ember_pagedata_make(struct ember_pagedata *d)
{
	uint32_t i, row, nr = d->p->nr_sample;

	d->string = ember_xrealloc(NULL, d->p->nr_string, sizeof(*d->string));
	memset(d->string, 0, d->p->nr_string * sizeof(*d->string));
	d->at = ember_xrealloc(NULL, nr + 1, sizeof(*d->at));
	d->by = ember_xrealloc(NULL, nr + 1, sizeof(*d->by));
	ember_page_number(&d->node, &(struct ember_page_node){ .frame = EMBER_NO_NUMBER });
	d->row = ember_xrealloc(NULL, nr + 1, sizeof(*d->row));
	d->number = ember_xrealloc(NULL, nr + 1, sizeof(*d->number));
	for (i = 0; i < nr; i++) {
		const struct ember_sample *s = &d->p->sample[i];

		/* Samples of other events. */
		if (d->p->nr_event && !ember_shown(d->p, i))
			continue;
		row = d->nr_row++;
		d->row[row] = i;
		d->number[i] = row;
		d->at[row] = ember_page_sample(d, i);
		d->by[row] = ember_page_number(
			&d->thread,
			&(struct ember_page_thread){
				ember_label_comm(d->p, i), s->tgid, s->tid, s->board,
				ember_profile_label_find(d->p, s->labels, EMBER_LABEL_CGROUP),
				ember_profile_label_find(d->p, s->labels, EMBER_LABEL_UNIT),
				ember_profile_label_find(d->p, s->labels, EMBER_LABEL_WAIT) });
	}
}

static void ember_pagedata_free(struct ember_pagedata *d)
{
	free(d->frame.item);
	free(d->node.item);
	free(d->thread.item);
	free(d->string);
	free(d->emitted);
	free(d->row);
	free(d->number);
	free(d->at);
	free(d->by);
	ember_index_free(&d->frame.index);
	ember_index_free(&d->node.index);
	ember_index_free(&d->thread.index);
}

/* ---- the text ---- */

static void ember_page_text(FILE *out, const struct ember_profile *p, const char *key,
			    uint32_t string)
{
	fprintf(out, "\"%s\":", key);
	ember_json_text(out, ember_text(p, string), "");
	putc(',', out);
}

static void ember_page_frames(FILE *out, struct ember_pagedata *d)
{
	char made[EMBER_LABEL_MAX];
	uint32_t k;

	fputs("\"frames\":{\"name\":[", out);
	for (k = 0; k < d->frame.nr; k++) {
		if (k)
			putc(',', out);
		ember_json_text(
			out, ember_label_text(d->p, ember_page_frame(d, k)->label, made), "");
	}
	fputs("],\n", out);
	EMBER_PAGE_COLUMN(out, "kind", 0, d->frame.nr, ember_page_frame(d, i)->kind);
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "image", 0, d->frame.nr,
			  ember_page_string(d, ember_page_frame(d, i)->image));
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "source", 0, d->frame.nr,
			  ember_page_string(d, ember_page_frame(d, i)->source));
	fputs("},\n\"nodes\":{", out);
	EMBER_PAGE_COLUMN(out, "parent", 1, d->node.nr, ember_page_node(d, i)->parent);
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "frame", 1, d->node.nr, ember_page_node(d, i)->frame);
	fputs("},\n", out);
}

static void ember_page_rows(FILE *out, struct ember_pagedata *d, bool compared)
{
	const struct ember_profile *p = d->p;

	fputs("\"threads\":{", out);
	EMBER_PAGE_COLUMN(out, "comm", 0, d->thread.nr,
			  ember_page_string(d, ember_page_thread(d, i)->comm));
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "pid", 0, d->thread.nr, ember_page_thread(d, i)->tgid);
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "tid", 0, d->thread.nr, ember_page_thread(d, i)->tid);
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "board", 0, d->thread.nr,
			  ember_page_string(d, ember_page_thread(d, i)->board));
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "cgroup", 0, d->thread.nr,
			  ember_page_string(d, ember_page_thread(d, i)->cgroup));
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "unit", 0, d->thread.nr,
			  ember_page_string(d, ember_page_thread(d, i)->unit));
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "wait", 0, d->thread.nr,
			  ember_page_string(d, ember_page_thread(d, i)->wait));
	fputs("},\n\"rows\":{", out);
	EMBER_PAGE_COLUMN(out, "node", 0, d->nr_row, d->at[i]);
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "thread", 0, d->nr_row, d->by[i]);
	fputs(",\n", out);
	EMBER_PAGE_COLUMN(out, "cpu", 0, d->nr_row, p->sample[d->row[i]].cpu);
	fputs(",\n", out);
	if (compared) {
		EMBER_PAGE_COLUMN(out, "before", 0, d->nr_row,
				  p->value[(uint64_t)d->row[i] * p->nr_type]);
		fputs(",\n", out);
		EMBER_PAGE_COLUMN(out, "value", 0, d->nr_row,
				  p->value[(uint64_t)d->row[i] * p->nr_type + 1]);
	} else {
		EMBER_PAGE_COLUMN(out, "value", 0, d->nr_row, ember_shown(p, d->row[i]));
	}
	fputs("},\n", out);
}

static void ember_page_origin(FILE *out, const struct ember_profile *p)
{
	putc('{', out);
	ember_page_text(out, p, "file", p->origin.file);
	ember_page_text(out, p, "board", p->origin.board);
	fputs("\"kernel\":", out);
	ember_json_text(out, ember_text(p, p->origin.kernel), "");
	putc('}', out);
}

/* What it is of; of a comparison, before and after. */
static void ember_page_origins(FILE *out, const struct ember_page *page)
{
	fputs("\"origins\":[", out);
	ember_page_origin(out, page->compared ? page->side[0] : page->profile);
	if (page->compared) {
		putc(',', out);
		ember_page_origin(out, page->side[1]);
	}
	fputs("],\n", out);
}

void ember_pagedata_put(FILE *out, const struct ember_page *page)
{
	const struct ember_profile *p = page->profile;
	const struct ember_profile_event *e = ember_profile_shown(p);
	struct ember_defects defects = ember_profile_defects(p);
	struct ember_pagedata d = { .p = p,
				    .frame.each = sizeof(struct ember_page_frame),
				    .node.each = sizeof(struct ember_page_node),
				    .thread.each = sizeof(struct ember_page_thread) };
	uint32_t k;

	ember_pagedata_make(&d);
	fprintf(out, "{\"version\":%d,", EMBER_PAGE_VERSION);
	ember_page_text(out, p, "type", p->type[p->shown].name);
	ember_page_text(out, p, "unit", p->type[p->shown].unit);
	fprintf(out,
		"\"period_ns\":%llu,\"time_ns\":\"%llu\",\"duration_ns\":%llu,\"lost\":%llu,"
		"\"skipped\":%llu,\"truncated\":%llu,\"gaps\":%llu,\"compared\":%s,\"scale\":%.9g,\n",
		e || ember_wall_shown(p) ? 0 : (unsigned long long)p->period,
		(unsigned long long)p->time_ns, (unsigned long long)p->duration_ns,
		(unsigned long long)defects.lost, (unsigned long long)defects.skipped,
		(unsigned long long)defects.truncated, (unsigned long long)defects.gaps,
		page->compared ? "true" : "false", page->compared ? page->scale : 1);
	ember_page_origins(out, page);
	ember_page_frames(out, &d);
	ember_page_rows(out, &d, page->compared);
	ember_pagetimes_put(out, p, d.number);
	/* Last: by now every string in use has its number. */
	fputs("\"strings\":[", out);
	for (k = 0; k < d.nr_emitted; k++) {
		if (k)
			putc(',', out);
		ember_json_text(out, ember_text(p, d.emitted[k]), "");
	}
	fputs("]}\n", out);
	ember_pagedata_free(&d);
}
