// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/labels.h"

#include <string.h>

/* A blob is the number of the next label, how many labels the set has, key and value. */
struct ember_label_head {
	uint32_t next, nr;
};

static struct ember_label_head ember_label_head(const struct ember_blob_table *t, uint32_t set)
{
	struct ember_label_head head = {};

	if (set)
		memcpy(&head, ember_blob_table_get(t, set - 1), sizeof(head));
	return head;
}

uint32_t ember_labels_add(struct ember_blob_table *t, const char *key, const char *value,
			  uint32_t next)
{
	size_t key_bytes = strlen(key) + 1, value_bytes = strlen(value) + 1;
	struct ember_label_head head = { next, ember_label_head(t, next).nr + 1 };
	char blob[sizeof(head) + EMBER_LABEL_KEY + EMBER_LABEL_VALUE];
	uint32_t number;

	if (key_bytes == 1 || key_bytes > EMBER_LABEL_KEY || value_bytes > EMBER_LABEL_VALUE ||
	    head.nr > EMBER_LABELS_MAX)
		return next;
	memcpy(blob, &head, sizeof(head));
	memcpy(blob + sizeof(head), key, key_bytes);
	memcpy(blob + sizeof(head) + key_bytes, value, value_bytes);
	number = ember_blob_table_add(t, blob, sizeof(head) + key_bytes + value_bytes);
	return number == EMBER_NO_NUMBER ? next : number + 1;
}

struct ember_process_label ember_labels_first(const struct ember_blob_table *t, uint32_t set)
{
	const char *key = (const char *)ember_blob_table_get(t, set - 1) +
			  sizeof(struct ember_label_head);

	return (struct ember_process_label){ key, key + strlen(key) + 1,
					     ember_label_head(t, set).next };
}

const char *ember_labels_value(const struct ember_blob_table *t, uint32_t set, const char *key)
{
	struct ember_process_label label;

	for (; set; set = label.next) {
		label = ember_labels_first(t, set);
		if (!strcmp(label.key, key))
			return label.value;
	}
	return NULL;
}

uint32_t ember_labels_copy(struct ember_blob_table *to, const struct ember_blob_table *from,
			   uint32_t set)
{
	struct ember_process_label label;

	if (!set)
		return 0;
	label = ember_labels_first(from, set);
	/* No deeper than EMBER_LABELS_MAX. */
	return ember_labels_add(to, label.key, label.value,
				ember_labels_copy(to, from, label.next));
}
