// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/screen.h"
#include "base/utf8.h"
#include "model/label.h"

struct ember_table_row {
	uint32_t comm, label;
	uint32_t seen; /* the last sample that counted for total, + 1 */
	uint64_t self, total;
};

struct ember_rows {
	const struct ember_profile *p;
	struct ember_table_row *row;
	uint32_t nr, size;
	struct ember_index index;
	uint64_t total;
};

struct ember_row_key {
	const struct ember_rows *rows;
	uint32_t comm, label;
};

static bool ember_row_same(const void *context, uint32_t item)
{
	const struct ember_row_key *key = context;
	const struct ember_table_row *row = &key->rows->row[item];

	return row->comm == key->comm && row->label == key->label;
}

static struct ember_table_row *ember_table_row(struct ember_rows *rows, uint32_t comm,
					       uint32_t label)
{
	struct ember_row_key key = { rows, comm, label };
	uint64_t hash = ember_mix(comm, label);
	uint32_t number = ember_index_find(&rows->index, hash, ember_row_same, &key);

	if (number == EMBER_NO_NUMBER) {
		rows->row = ember_array_reserve(rows->row, rows->nr, &rows->size,
						sizeof(*rows->row));
		number = rows->nr++;
		rows->row[number] = (struct ember_table_row){ .comm = comm, .label = label };
		ember_index_add(&rows->index, hash, number);
	}
	return &rows->row[number];
}

static void ember_rows_sample(struct ember_rows *rows, uint32_t sample)
{
	const struct ember_profile *p = rows->p;
	const struct ember_sample *s = &p->sample[sample];
	uint32_t i, n, location, comm = ember_label_comm(p, sample);
	uint64_t value = ember_shown(p, sample);
	struct ember_table_row *row;

	/* It has only values that aren't shown. */
	if (!value)
		return;
	rows->total += value;
	for (i = 0; i < s->nr_frames; i++) {
		location = p->frame[s->first_frame + i];
		for (n = 0; n < ember_label_lines(p, location); n++) {
			row = ember_table_row(rows, comm, ember_label_merged(p, location, n));
			if (!i && !n)
				row->self += value;
			/* A function that calls itself counts once. */
			if (row->seen != sample + 1)
				row->total += value;
			row->seen = sample + 1;
		}
	}
}

static int ember_row_order(const void *a, const void *b, void *context)
{
	const struct ember_table_row *x = a, *y = b;
	const struct ember_profile *p = context;
	int order, self = (x->self < y->self) - (x->self > y->self);
	int total = (x->total < y->total) - (x->total > y->total);

	if (self || total)
		return p->by_total && total ? total : self ? self : total;
	order = ember_label_order(p, x->label, y->label);
	return order ? order : ember_label_order(p, x->comm, y->comm);
}

/* Hundredths of a percent, without the help of floating point. */
static void ember_put_share(FILE *out, uint64_t part, uint64_t whole)
{
	/* Not so large that the product overflows. */
	while (whole > UINT64_MAX >> 14) {
		whole >>= 1;
		part >>= 1;
	}
	part = whole ? (part * 10000 + whole / 2) / whole : 0;
	fputs(ember_ink(ember_ink_share(part / 10000.0)), out);
	fprintf(out, "%4u.%02u %%  ", (unsigned int)part / 100, (unsigned int)part % 100);
	fputs(ember_ink(EMBER_INK_PLAIN), out);
}

/* In `columns` columns: cut with an ellipsis if it must be, or padded. */
static void ember_put_column(FILE *out, const char *text, size_t columns, bool pad)
{
	size_t n = ember_utf8_columns(text);

	if (n > columns) {
		size_t keep = columns > 2 ? columns - 2 : 0;

		fwrite(text, 1, ember_utf8_bytes(text, keep), out);
		fputs("..", out);
		return;
	}
	fputs(text, out);
	for (; pad && n < columns; n++)
		putc(' ', out);
}

static void ember_table_head(FILE *out, const struct ember_rows *rows)
{
	const struct ember_profile *p = rows->p;
	const struct ember_type *type = &p->type[p->shown];
	struct ember_defects d = ember_profile_defects(p);
	char amount[EMBER_AMOUNT_MAX];

	ember_profile_amount(p, rows->total, amount);
	fprintf(out, "%s %s (%s)", amount, ember_text(p, type->name),
		ember_text(p, type->unit));
	if (p->duration_ns)
		fprintf(out, " in %llu.%02u s",
			(unsigned long long)p->duration_ns / 1000000000,
			(unsigned int)(p->duration_ns / 10000000 % 100));
	ember_profile_lost(p, amount);
	if (*amount)
		fprintf(out, ", %s lost", amount);
	if (d.skipped)
		fprintf(out, ", %llu skipped", (unsigned long long)d.skipped);
	if (d.truncated)
		fprintf(out, ", %llu with a truncated stack", (unsigned long long)d.truncated);
	if (d.gaps)
		fprintf(out, "\n%llu samples have a stack that may have gaps",
			(unsigned long long)d.gaps);
	fputs("\n\n", out);
}

void ember_export_table(FILE *out, const struct ember_profile *p, unsigned int columns,
			unsigned int max)
{
	struct ember_rows rows = { .p = p };
	char made[EMBER_LABEL_MAX];
	size_t comm = sizeof("command") - 1, n, name;
	uint32_t i, shown;

	for (i = 0; i < p->nr_sample; i++)
		ember_rows_sample(&rows, i);
	if (rows.nr)
		qsort_r(rows.row, rows.nr, sizeof(*rows.row), ember_row_order, (void *)p);
	shown = max && max < rows.nr ? max : rows.nr;
	for (i = 0; i < shown; i++) {
		n = ember_utf8_columns(ember_text(p, rows.row[i].comm));
		comm = n > comm ? n : comm;
	}
	if (comm > 24)
		comm = 24;
	/* Two shares of 11 columns, the command, two blanks; the name has the rest. */
	name = columns && columns < 22 + comm + 2 + 16 ? 16 :
	       columns				       ? columns - 22 - comm - 2 :
							 SIZE_MAX;
	ember_table_head(out, &rows);
	fputs(ember_ink(EMBER_INK_HEAD), out);
	fputs("   self       total   ", out);
	ember_put_column(out, "command", comm, true);
	fputs("  function\n", out);
	fputs(ember_ink(EMBER_INK_PLAIN), out);
	for (i = 0; i < shown; i++) {
		const struct ember_table_row *row = &rows.row[i];
		bool kernel = ember_label_kernel(p, row->label);
		const char *suffix = ember_label_suffix(p, row->label);

		ember_put_share(out, row->self, rows.total);
		ember_put_share(out, row->total, rows.total);
		ember_put_column(out, ember_text(p, row->comm), comm, true);
		fputs("  ", out);
		fputs(ember_ink(kernel ? EMBER_INK_KERNEL : EMBER_INK_PLAIN), out);
		ember_put_column(out, ember_label_text(p, row->label, made),
				 name - (name != SIZE_MAX ? strlen(suffix) : 0), false);
		fputs(suffix, out);
		fputs(ember_ink(EMBER_INK_PLAIN), out);
		putc('\n', out);
	}
	if (shown < rows.nr)
		fprintf(out, "and %u more\n", rows.nr - shown);
	free(rows.row);
	ember_index_free(&rows.index);
}
