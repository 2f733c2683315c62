/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Labels of processes: texts by key, such as their cgroup. A set of them is a chain, which its
 * first label's number names; equal ones are one. Stacks know nothing of labels.
 */
#ifndef EMBER_LABELS_H
#define EMBER_LABELS_H

#include <stdbool.h>

#include "model/blob_table.h"

#define EMBER_LABEL_KEY		64	/* bytes of a key with its NUL, */
#define EMBER_LABEL_VALUE	4096	/* and of a value */
#define EMBER_LABELS_MAX	16	/* of one set */

#define EMBER_LABEL_CGROUP	"cgroup"
#define EMBER_LABEL_UNIT	"unit"

struct ember_process_label {
	const char *key, *value;
	uint32_t next;			/* the set's other labels */
};

/*
 * Return the set that has a label in front of those of `next`: its number in the table + 1; 0 is
 * the empty set. A label that is too long, or has no key, and one more than a set may have are
 * left out.
 */
uint32_t ember_labels_add(struct ember_blob_table *table, const char *key, const char *value,
			  uint32_t next);
/* The first label of a set, which isn't empty. It is valid until the next one is added. */
struct ember_process_label ember_labels_first(const struct ember_blob_table *table, uint32_t set);
/* Return the value of a key, or NULL. */
const char *ember_labels_value(const struct ember_blob_table *table, uint32_t set,
			       const char *key);
/* Return the set of another table in this one. */
uint32_t ember_labels_copy(struct ember_blob_table *to, const struct ember_blob_table *from,
			   uint32_t set);

#endif
