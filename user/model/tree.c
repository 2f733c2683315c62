// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/label.h"

struct ember_node_key {
	const struct ember_tree *tree;
	uint32_t parent, label;
};

static bool ember_node_same(const void *context, uint32_t item)
{
	const struct ember_node_key *key = context;
	const struct ember_node *node = &key->tree->node[item];

	return node->parent == key->parent && node->label == key->label;
}

static uint32_t ember_tree_add(struct ember_tree *t, struct ember_index *index,
			       uint32_t parent, uint32_t label, uint64_t value)
{
	struct ember_node_key key = { t, parent, label };
	uint64_t hash = ember_mix(ember_mix_first(parent), label);
	uint32_t number = ember_index_find(index, hash, ember_node_same, &key);

	if (number == EMBER_NO_NUMBER) {
		t->node = ember_array_reserve(t->node, t->nr_node, &t->node_size,
					      sizeof(*t->node));
		number = t->nr_node++;
		t->node[number] = (struct ember_node){ .label = label, .parent = parent };
		ember_index_add(index, hash, number);
	}
	t->node[number].total += value;
	return number;
}

static int ember_node_order(const void *a, const void *b, void *context)
{
	const struct ember_tree *t = context;
	const struct ember_node *x = &t->node[*(const uint32_t *)a];
	const struct ember_node *y = &t->node[*(const uint32_t *)b];

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return ember_label_order(t->profile, x->label, y->label);
}

static void ember_tree_link(struct ember_tree *t)
{
	uint32_t *order = ember_xrealloc(NULL, t->nr_node, sizeof(*order));
	struct ember_node *node;
	uint32_t i;

	for (i = 1; i < t->nr_node; i++)
		order[i] = i;
	qsort_r(order + 1, t->nr_node - 1, sizeof(*order), ember_node_order, t);
	for (i = t->nr_node; --i;) {
		node = &t->node[order[i]];
		node->next = t->node[node->parent].child;
		t->node[node->parent].child = order[i];
	}
	free(order);
}

/* against: a type, or EMBER_NO_NUMBER for none. */
static void ember_tree_make(struct ember_tree *t, const struct ember_profile *p, bool merge,
			    uint32_t against)
{
	struct ember_index index = {};
	uint32_t i, k, n, at, depth, label;
	uint64_t value, other = 0;

	memset(t, 0, sizeof(*t));
	t->profile = p;
	t->node = ember_array_reserve(NULL, 0, &t->node_size, sizeof(*t->node));
	t->node[t->nr_node++] = (struct ember_node){};
	for (i = 0; i < p->nr_sample; i++) {
		value = ember_shown(p, i);
		if (against != EMBER_NO_NUMBER)
			other = p->value[(uint64_t)i * p->nr_type + against];
		if (!value && !other)
			continue;
		t->node[0].total += value;
		at = ember_tree_add(t, &index, 0, ember_label_comm(p, i), value);
		depth = 1;
		if (p->sample[i].state) {
			at = ember_tree_add(t, &index, at, p->sample[i].state, value);
			depth++;
		}
		for (k = p->sample[i].nr_frames; k--;) {
			uint32_t location = p->frame[p->sample[i].first_frame + k];

			for (n = ember_label_lines(p, location); n--; depth++) {
				label = merge && !k ? ember_label_merged(p, location, n) :
						      ember_label(p, location, n);
				at = ember_tree_add(t, &index, at, label, value);
			}
		}
		t->node[at].self += value;
		t->node[at].against += other;
		if (depth > t->depth)
			t->depth = depth;
	}
	ember_index_free(&index);
	ember_tree_link(t);
}

void ember_tree_init(struct ember_tree *t, const struct ember_profile *p, bool merge)
{
	ember_tree_make(t, p, merge, EMBER_NO_NUMBER);
}

void ember_tree_compare(struct ember_tree *t, const struct ember_profile *p, uint32_t against)
{
	ember_tree_make(t, p, false, against);
}

void ember_tree_free(struct ember_tree *t)
{
	free(t->node);
	memset(t, 0, sizeof(*t));
}

uint32_t ember_tree_next(const struct ember_tree *t, uint32_t node, uint32_t *depth)
{
	if (t->node[node].child) {
		++*depth;
		return t->node[node].child;
	}
	while (node && !t->node[node].next) {
		node = t->node[node].parent;
		--*depth;
	}
	return node ? t->node[node].next : 0;
}
