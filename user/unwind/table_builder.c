// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/table_builder.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct ember_table_builder_wanted {
	const struct ember_table *table;
	const struct ember_rule *rule;
};

static bool ember_table_builder_same(const void *context, uint32_t item)
{
	const struct ember_table_builder_wanted *wanted = context;

	return !memcmp(&wanted->table->rule[item], wanted->rule, sizeof(*wanted->rule));
}

/* Out of line, as what is seldom called: those that call it need no room for it. */
static __attribute__((noinline)) uint16_t
ember_table_builder_find(struct ember_table_builder *m, const struct ember_rule *rule)
{
	struct ember_table_builder_wanted wanted = { &m->table, rule };
	uint64_t hash = ember_mix_bytes(0, rule, sizeof(*rule));
	uint32_t number = ember_index_find(&m->rules, hash, ember_table_builder_same, &wanted);

	if (number != EMBER_NO_NUMBER)
		return number;
	if (m->table.nr_rules == EMBER_UNWIND_RULES_MAX)
		return 0;
	number = m->table.nr_rules;
	m->table.rule =
		ember_array_reserve(m->table.rule, number, &m->room_rules, sizeof(*rule));
	m->table.rule[number] = *rule;
	m->table.nr_rules++;
	ember_index_add(&m->rules, hash, number);
	return number;
}

/* A function's rules come again and again. */
static inline uint16_t ember_table_builder_number(struct ember_table_builder *m,
						  const struct ember_rule *rule)
{
	uint16_t *recent;
	uint32_t word[4];

	memcpy(word, rule, sizeof(word));
	recent = &m->recent[((word[0] >> 2) + word[1] * 5 + (word[2] >> 16) + word[3] * 8) %
			    EMBER_MAKING_RECENT];
	if (*recent >= m->table.nr_rules ||
	    memcmp(&m->table.rule[*recent], rule, sizeof(*rule)))
		*recent = ember_table_builder_find(m, rule);
	return *recent;
}

static void ember_table_builder_row(struct ember_table_builder *m, uint16_t offset,
				    uint16_t rule)
{
	struct ember_table *t = &m->table;

	if (t->nr_rows == m->room_rows)
		t->row = ember_array_reserve(t->row, t->nr_rows, &m->room_rows,
					     sizeof(*t->row));
	t->row[t->nr_rows++] = (struct ember_row){ offset, rule };
}

static uint16_t ember_table_builder_last(const struct ember_table_builder *m)
{
	return m->table.nr_rows ? m->table.row[m->table.nr_rows - 1].rule : 0;
}

/* Pages up to the one of `offset` begin, each with what held at the end of the one before. */
static __attribute__((noinline)) void ember_table_builder_more(struct ember_table_builder *m,
							       uint64_t offset)
{
	struct ember_table *t = &m->table;
	uint64_t page = offset >> EMBER_UNWIND_PAGE_SHIFT;

	if (!t->nr_pages)
		t->first = page;
	while (t->first + t->nr_pages <= page) {
		uint16_t last = ember_table_builder_last(m);

		t->page = ember_array_reserve(t->page, t->nr_pages, &m->room_pages,
					      sizeof(*t->page));
		t->page[t->nr_pages++] = t->nr_rows;
		ember_table_builder_row(m, 0, last);
	}
}

/* As most rows, it mostly lies in the last one. */
static inline void ember_table_builder_pages(struct ember_table_builder *m, uint64_t offset)
{
	if ((offset >> EMBER_UNWIND_PAGE_SHIFT) - m->table.first >= m->table.nr_pages)
		ember_table_builder_more(m, offset);
}

/* From there on. */
static inline void ember_table_builder_from(struct ember_table_builder *m, uint64_t offset,
					    uint16_t rule)
{
	struct ember_row *last;

	ember_table_builder_pages(m, offset);
	last = &m->table.row[m->table.nr_rows - 1];
	if (last->rule == rule)
		return;
	if (last->offset == (uint16_t)offset)
		last->rule = rule;
	else
		ember_table_builder_row(m, offset, rule);
}

void ember_table_builder_add(struct ember_table_builder *m, uint64_t offset, uint64_t end,
			     const struct ember_rule *rule)
{
	static const struct ember_rule none;
	uint8_t source;

	if (!m->table.nr_rules)
		ember_table_builder_number(m, &none);
	if (offset < m->end)
		offset = m->end;
	if (offset >= end)
		return;
	source = rule->cfa == EMBER_CFA_NONE ? EMBER_UNWIND_NONE : rule->source;
	if (m->table.nr_pages && offset - m->end > EMBER_PADDING)
		ember_table_builder_from(m, m->end, 0);
	else if (m->table.nr_pages && offset - m->end > m->gap)
		m->bytes[source] += offset - m->end - m->gap;
	ember_table_builder_from(m, offset, ember_table_builder_number(m, rule));
	/* What it covers of later pages begins there too. */
	ember_table_builder_pages(m, end - 1);
	m->bytes[source] += end - offset;
	m->end = end;
}

struct ember_table ember_table_builder_done(struct ember_table_builder *m)
{
	struct ember_table table;

	if (m->table.nr_pages) {
		ember_table_builder_from(m, m->end, 0);
		m->table.page = ember_array_reserve(m->table.page, m->table.nr_pages,
						    &m->room_pages, sizeof(*m->table.page));
		m->table.page[m->table.nr_pages] = m->table.nr_rows;
	}
	table = m->table;
	ember_index_free(&m->rules);
	memset(m, 0, sizeof(*m));
	return table;
}

void ember_table_drop(struct ember_table *table)
{
	free(table->page);
	free(table->row);
	free(table->rule);
	memset(table, 0, sizeof(*table));
}

uint64_t ember_table_loaded_bytes(const struct ember_table *table)
{
	return ember_table_bytes(table) +
	       (uint64_t)table->nr_pages * EMBER_TABLE_PIECES * sizeof(*table->piece);
}

uint64_t ember_table_bytes(const struct ember_table *table)
{
	return (table->nr_pages + 1ull) * sizeof(*table->page) +
	       (uint64_t)table->nr_rows * sizeof(*table->row) +
	       (uint64_t)table->nr_rules * sizeof(*table->rule);
}
