// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/profile_labels.h"

#include <string.h>

#include "base/memory.h"

struct ember_profile_label_key {
	const struct ember_profile *p;
	struct ember_profile_label label;
};

static bool ember_profile_label_same(const void *context, uint32_t item)
{
	const struct ember_profile_label_key *key = context;
	const struct ember_profile_label *a = &key->label, *b = &key->p->label[item];

	return a->key == b->key && a->value == b->value && a->next == b->next;
}

uint32_t ember_profile_label(struct ember_profile *p, uint32_t key, uint32_t value,
			     uint32_t next)
{
	struct ember_profile_label_key of = { p, { key, value, next } };
	uint64_t hash = ember_mix(ember_mix(ember_mix_first(key), value), next);
	uint32_t number =
		ember_index_find(&p->label_index, hash, ember_profile_label_same, &of);

	if (number != EMBER_NO_NUMBER)
		return number;
	p->label =
		ember_array_reserve(p->label, p->nr_label, &p->label_size, sizeof(*p->label));
	p->label[p->nr_label] = of.label;
	ember_index_add(&p->label_index, hash, p->nr_label);
	return p->nr_label++;
}

uint32_t ember_profile_label_find(const struct ember_profile *p, uint32_t labels,
				  const char *key)
{
	for (; labels; labels = p->label[labels].next)
		if (!strcmp(ember_text(p, p->label[labels].key), key))
			return p->label[labels].value;
	return 0;
}

const char *ember_profile_label_value(const struct ember_profile *p, uint32_t labels,
				      const char *key)
{
	uint32_t value = ember_profile_label_find(p, labels, key);

	return value ? ember_text(p, value) : NULL;
}
