// SPDX-License-Identifier: GPL-2.0-or-later
#include "sink/folded.h"

#include <stdlib.h>

#include "base/error.h"
#include "model/label.h"
#include "model/tree.h"

static void ember_folded_frame(FILE *out, const struct ember_profile *p, uint32_t label)
{
	char made[EMBER_LABEL_MAX];
	const char *text = ember_label_text(p, label, made);

	/* What separates frames can't be part of a name. */
	for (; *text; text++)
		putc(*text == ';' ? ':' : *text, out);
	if (ember_label_kernel(p, label))
		fputs("_[k]", out);
}

void ember_sink_folded(FILE *out, const struct ember_profile *p)
{
	uint32_t node, depth = 0, i, *path;
	struct ember_tree tree;

	ember_tree_init(&tree, p, false);
	path = ember_grow(NULL, tree.depth + 1, sizeof(*path));
	for (node = ember_tree_next(&tree, 0, &depth); node;
	     node = ember_tree_next(&tree, node, &depth)) {
		path[depth] = tree.node[node].label;
		if (!tree.node[node].self)
			continue;
		for (i = 1; i <= depth; i++) {
			if (i > 1)
				putc(';', out);
			ember_folded_frame(out, p, path[i]);
		}
		fprintf(out, " %llu\n", (unsigned long long)tree.node[node].self);
	}
	free(path);
	ember_tree_free(&tree);
}
