// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/addr_lookup.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int ember_address_order(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static uint32_t ember_addresses_sort(uint64_t *at, uint32_t nr)
{
	uint32_t i, n = 0;

	if (nr)
		qsort(at, nr, sizeof(*at), ember_address_order);
	for (i = 0; i < nr; i++)
		if (!n || at[n - 1] != at[i])
			at[n++] = at[i];
	return n;
}

void ember_asked_add(struct ember_asked *a, uint64_t address)
{
	/* Stacks repeat themselves: room is made only for what is new. */
	if (a->nr == a->room) {
		a->nr = ember_addresses_sort(a->at, a->nr);
		if (a->nr >= a->room / 2) {
			a->room = a->room ? 2 * a->room : 32;
			a->at = ember_xrealloc(a->at, a->room, sizeof(*a->at));
		}
	}
	a->at[a->nr++] = address;
}

void ember_asked_free(struct ember_asked *a)
{
	free(a->at);
	memset(a, 0, sizeof(*a));
}

static int ember_want_order(const void *a, const void *b)
{
	const struct ember_want *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

void ember_addr_lookup_new(struct ember_addr_lookup *w, struct ember_asked *a,
			   ember_asked_place place, void *context)
{
	uint32_t i, n = 0;

	a->nr = ember_addresses_sort(a->at, a->nr);
	w->want = ember_xrealloc(w->want, a->nr + 1, sizeof(*w->want));
	w->nr = 0;
	for (i = 0; i < a->nr; i++) {
		uint64_t address = a->at[i];

		if (!place || place(context, &address))
			w->want[w->nr++] = (struct ember_want){ .address = address };
	}
	if (w->nr)
		qsort(w->want, w->nr, sizeof(*w->want), ember_want_order);
	/* Two places of a file may be made for one address. */
	for (i = 0; i < w->nr; i++)
		if (!n || w->want[n - 1].address != w->want[i].address)
			w->want[n++] = w->want[i];
	w->nr = n;
}

void ember_addr_lookup_free(struct ember_addr_lookup *w)
{
	free(w->want);
	memset(w, 0, sizeof(*w));
}

/* The first that isn't below. */
static uint32_t ember_addr_lookup_from(const struct ember_addr_lookup *w, uint64_t address)
{
	uint32_t low = 0, high = w->nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (w->want[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct ember_want *ember_addr_lookup_find(const struct ember_addr_lookup *w,
						uint64_t address)
{
	uint32_t at = ember_addr_lookup_from(w, address);

	return at < w->nr && w->want[at].address == address ? &w->want[at] : NULL;
}

/* What no symbol has named may be of two functions of one name. */
static bool ember_want_same(const struct ember_want *a, const struct ember_want *b)
{
	return (a->in || a->near || a->begin) && (a->name || a->begin) && a->name == b->name &&
	       a->begin == b->begin && a->in == b->in && a->in_start == b->in_start &&
	       a->near == b->near && a->near_start == b->near_start;
}

const struct ember_want *ember_addr_lookup_known(const struct ember_addr_lookup *w,
						 uint64_t address)
{
	uint32_t at = ember_addr_lookup_from(w, address);

	if (at == w->nr)
		return NULL;
	if (w->want[at].address == address)
		return &w->want[at];
	return at && ember_want_same(&w->want[at - 1], &w->want[at]) ? &w->want[at] : NULL;
}

const struct ember_want *ember_addr_lookup_start(const struct ember_addr_lookup *w,
						 uint64_t address)
{
	const struct ember_want *want = ember_addr_lookup_find(w, address);

	return want && want->name &&
			       (want->in ? want->in_start : want->near_start) == address ?
		       want :
		       NULL;
}

void ember_addr_lookup_extent(struct ember_addr_lookup *w, const struct ember_symbol *symbol)
{
	uint32_t i, first = ember_addr_lookup_from(w, symbol->start);
	struct ember_want *want;

	if (first == w->nr)
		return;
	if (symbol->kind == EMBER_SYMBOL_SIZED)
		for (i = first; i < w->nr && w->want[i].address < symbol->end; i++) {
			want = &w->want[i];
			if (!want->in || symbol->start > want->in_start)
				want->in_start = symbol->start;
			want->in = true;
		}
	/* Record the symbol at the first address behind its start; _settle() fills in the rest. */
	want = &w->want[first];
	if (!want->near || symbol->start > want->near_start ||
	    (symbol->start == want->near_start && symbol->kind > want->near)) {
		want->near = symbol->kind;
		want->near_start = symbol->start;
		want->near_end = symbol->end;
	}
}

void ember_addr_lookup_settle(struct ember_addr_lookup *w)
{
	uint32_t i;

	for (i = 1; i < w->nr; i++) {
		const struct ember_want *before = &w->want[i - 1];
		struct ember_want *want = &w->want[i];

		if (before->near && !want->near) {
			want->near = before->near;
			want->near_start = before->near_start;
			want->near_end = before->near_end;
		}
	}
}

/*
 * What the linker or the compiler put there has more underscores than what people
 * wrote.
 */
static bool ember_want_better(const struct ember_want *want, uint16_t rank, const char *name)
{
	if (!want->name || rank != want->rank)
		return !want->name || rank < want->rank;
	return strcmp(name, want->name) < 0;
}

static bool ember_want_is(const struct ember_want *want, const struct ember_symbol *symbol)
{
	if (symbol->kind == EMBER_SYMBOL_SIZED)
		return want->in && want->in_start == symbol->start;
	return !want->in && want->near == EMBER_SYMBOL_UNSIZED &&
	       want->near_start == symbol->start;
}

void ember_addr_lookup_name(struct ember_addr_lookup *w, const struct ember_symbol *symbol,
			    const char *module, ember_symbol_name get, void *context)
{
	uint32_t i = ember_addr_lookup_from(w, symbol->start);
	const char *name = NULL;
	uint16_t rank = 0;

	if (symbol->kind == EMBER_SYMBOL_BARRIER)
		return;
	for (; i < w->nr && w->want[i].address < symbol->end; i++) {
		struct ember_want *want = &w->want[i];

		if (symbol->kind == EMBER_SYMBOL_UNSIZED && want->near &&
		    want->near_start > symbol->start)
			return;
		if (!ember_want_is(want, symbol))
			continue;
		if (!name) {
			unsigned int underscores;

			name = get(context);
			if (!name)
				return;
			underscores = strspn(name, "_");
			rank = symbol->rank + (underscores < 255 ? underscores : 255);
		}
		if (ember_want_better(want, rank, name)) {
			want->name = name;
			want->rank = rank;
			want->module = module;
		}
	}
}

void ember_addr_lookup_latest(struct ember_addr_lookup *w, uint64_t start, uint64_t end,
			      ember_symbol_name get, void *context)
{
	uint32_t i = ember_addr_lookup_from(w, start);
	const char *name = NULL;

	for (; i < w->nr && w->want[i].address < end; i++) {
		if (!name)
			name = get(context);
		if (!name)
			return;
		w->want[i].name = name;
	}
}
