// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/calltree.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/screen.h"
#include "model/label.h"
#include "model/tree.h"

struct ember_calltree {
	FILE *out;
	const struct ember_tree *tree;
	uint64_t all, least;
};

static int ember_calls_order(const void *a, const void *b, void *context)
{
	const struct ember_tree *t = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (t->node[x].total != t->node[y].total)
		return t->node[x].total > t->node[y].total ? -1 : 1;
	/* Children are by their texts. */
	return x < y ? -1 : x > y;
}

static void ember_calltree_share(const struct ember_calltree *c, uint64_t part)
{
	fputs(ember_ink(ember_ink_share((double)part / c->all)), c->out);
	fprintf(c->out, "%6.2f %% ", 100.0 * part / c->all);
	fputs(ember_ink(EMBER_INK_PLAIN), c->out);
}

static void ember_calltree_node(const struct ember_calltree *c, uint32_t number,
				uint32_t depth)
{
	const struct ember_profile *p = c->tree->profile;
	const struct ember_node *node = &c->tree->node[number];
	bool kernel = ember_label_kernel(p, node->label);
	char made[EMBER_LABEL_MAX];
	uint32_t i;

	ember_calltree_share(c, node->total);
	ember_calltree_share(c, node->self);
	putc(' ', c->out);
	for (i = 1; i < depth; i++)
		fputs("| ", c->out);
	fputs(ember_ink(kernel ? EMBER_INK_KERNEL : EMBER_INK_PLAIN), c->out);
	fprintf(c->out, "%s%s", ember_label_text(p, node->label, made),
		ember_label_suffix(p, node->label));
	fputs(ember_ink(EMBER_INK_PLAIN), c->out);
	putc('\n', c->out);
}

/* The children of a node, the largest first; NULL: there are none that count. */
static uint32_t *ember_calltree_children(const struct ember_calltree *c, uint32_t parent,
					 uint32_t *nr)
{
	uint32_t *child = NULL, size = 0, n;

	*nr = 0;
	for (n = c->tree->node[parent].child; n; n = c->tree->node[n].next) {
		if (c->tree->node[n].total < c->least)
			continue;
		child = ember_array_reserve(child, *nr, &size, sizeof(*child));
		child[(*nr)++] = n;
	}
	if (*nr)
		qsort_r(child, *nr, sizeof(*child), ember_calls_order, (void *)c->tree);
	return child;
}

struct ember_calls {
	uint32_t *child, nr, at;
};

void ember_export_calltree(FILE *out, const struct ember_profile *p, unsigned int least)
{
	struct ember_calls *level;
	struct ember_tree tree;
	struct ember_calltree c = { .out = out, .tree = &tree };
	char amount[EMBER_AMOUNT_MAX];
	uint32_t depth = 0;

	ember_tree_init(&tree, p, true);
	c.all = tree.node[0].total;
	c.least = c.all / 1000 * least + c.all % 1000 * least / 1000;
	ember_profile_amount(p, c.all, amount);
	fprintf(out, "   total     self  of %s %s\n", amount,
		ember_text(p, p->type[p->shown].name));
	level = ember_xrealloc(NULL, tree.depth + 2, sizeof(*level));
	level[0].child = ember_calltree_children(&c, 0, &level[0].nr);
	level[0].at = 0;
	for (;;) {
		struct ember_calls *l = &level[depth];
		uint32_t node;

		if (l->at == l->nr) {
			free(l->child);
			if (!depth--)
				break;
			continue;
		}
		node = l->child[l->at++];
		ember_calltree_node(&c, node, depth + 1);
		l = &level[++depth];
		l->at = 0;
		l->child = ember_calltree_children(&c, node, &l->nr);
	}
	free(level);
	ember_tree_free(&tree);
}
