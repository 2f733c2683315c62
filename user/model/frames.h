/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree of frames by caller: what stacks have in common is kept once. */
#ifndef EMBER_MODEL_FRAMES_H
#define EMBER_MODEL_FRAMES_H

#include "model/index.h"

#define EMBER_FRAME_NODES	(1u << 24)	/* at most */

struct ember_frame_node {
	uint64_t address;
	uint32_t extent;
	uint32_t caller;		/* a node; EMBER_NO_NUMBER: the thread begins here */
};

struct ember_frame_tree {		/* begins zeroed */
	struct ember_frame_node *node;	/* callers before callees */
	uint32_t nr, size;
	struct ember_index index;
};

/* Returns the number of the node, new or old; EMBER_NO_NUMBER: there are too many. */
uint32_t ember_frame_tree_add(struct ember_frame_tree *tree, uint32_t caller, uint32_t extent,
			      uint64_t address);
void ember_frame_tree_free(struct ember_frame_tree *tree);

#endif
