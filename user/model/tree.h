/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile's stacks from their roots on: processes first, then callers. */
#ifndef EMBER_TREE_H
#define EMBER_TREE_H

#include "model/profile.h"

struct ember_node {
	uint64_t self, total;		/* of the type that is shown */
	uint64_t against;		/* self, of what it's compared with */
	uint32_t label;			/* model/label.h; a process below the root */
	uint32_t parent;
	uint32_t child, next;		/* first child, next of the same parent, in the
					 * order of their texts; 0: none */
};

struct ember_tree {
	const struct ember_profile *profile;
	struct ember_node *node;	/* 0 is the root */
	uint32_t nr_node, node_size;
	uint32_t depth;			/* of the deepest node; the root's is 0 */
};

/*
 * Build a tree. merge: merge the unnamed innermost frames of each file. Unnamed callers stay
 * separate for each address, which shows where they call from.
 */
void ember_tree_init(struct ember_tree *tree, const struct ember_profile *profile, bool merge);
/* Of two types: what is shown, and another one to compare it with; nothing merged. */
void ember_tree_compare(struct ember_tree *tree, const struct ember_profile *profile,
			uint32_t against);
void ember_tree_free(struct ember_tree *tree);

/* The node after `node`, parents first; 0 at the end. *depth goes with it. */
uint32_t ember_tree_next(const struct ember_tree *tree, uint32_t node, uint32_t *depth);

#endif
