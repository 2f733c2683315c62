// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/folded.h"

#include <stdlib.h>

#include "base/memory.h"
#include "model/label.h"
#include "model/tree.h"

static void ember_folded_frame(FILE *out, const struct ember_profile *p, uint32_t label,
			       bool first)
{
	char made[EMBER_LABEL_MAX];
	const char *text = ember_label_text(p, label, made);

	/* Readers take a line that begins with # for a comment. */
	if (first && *text == '#') {
		putc('?', out);
		text++;
	}
	/* What separates frames can't be part of a name. */
	for (; *text; text++)
		putc(*text == ';' ? ':' : *text, out);
	fputs(ember_label_suffix(p, label), out);
}

static void ember_folded_lines(FILE *out, const struct ember_tree *tree, bool two,
			       double scale)
{
	uint32_t node, depth = 0, i, *path;

	path = ember_xrealloc(NULL, tree->depth + 1, sizeof(*path));
	for (node = ember_tree_next(tree, 0, &depth); node;
	     node = ember_tree_next(tree, node, &depth)) {
		const struct ember_node *n = &tree->node[node];

		path[depth] = n->label;
		if (!n->self && !n->against)
			continue;
		for (i = 1; i <= depth; i++) {
			if (i > 1)
				putc(';', out);
			ember_folded_frame(out, tree->profile, path[i], i == 1);
		}
		if (two)
			fprintf(out, " %llu %llu\n",
				(unsigned long long)(n->self * scale + 0.5),
				(unsigned long long)n->against);
		else
			fprintf(out, " %llu\n", (unsigned long long)n->self);
	}
	free(path);
}

void ember_export_folded(FILE *out, const struct ember_profile *p)
{
	struct ember_tree tree;

	ember_tree_init(&tree, p, false);
	ember_folded_lines(out, &tree, false, 1);
	ember_tree_free(&tree);
}

void ember_export_folded_two(FILE *out, const struct ember_profile *both, double scale)
{
	struct ember_tree tree;

	ember_tree_compare(&tree, both, 1);
	ember_folded_lines(out, &tree, true, scale);
	ember_tree_free(&tree);
}
