// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/ready.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

bool ember_ready_key(const struct ember_elf *elf, struct ember_ready_key *key)
{
	struct stat st;

	memset(key, 0, sizeof(*key));
	if (elf->fd < 0 || fstat(elf->fd, &st))
		return false;
	key->device = st.st_dev;
	key->inode = st.st_ino;
	key->bytes = st.st_size;
	key->changed_ns = st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec;
	return true;
}

struct ember_ready *ember_ready_find(const struct ember_ready_set *set,
				     const struct ember_ready_key *key)
{
	uint32_t i;

	for (i = 0; i < set->nr; i++)
		if (!memcmp(&set->ready[i].key, key, sizeof(*key)))
			return &set->ready[i];
	return NULL;
}

void ember_ready_add(struct ember_ready_set *set, const struct ember_ready_key *key,
		     const struct ember_table *table)
{
	set->ready = ember_array_reserve(set->ready, set->nr, &set->room, sizeof(*set->ready));
	set->ready[set->nr++] = (struct ember_ready){ *key, *table };
	set->bytes += ember_table_bytes(table);
}

void ember_ready_drop(struct ember_ready_set *set, struct ember_ready *ready)
{
	set->bytes -= ember_table_bytes(&ready->table);
	ember_table_drop(&ready->table);
	*ready = set->ready[--set->nr];
}

void ember_ready_free(struct ember_ready_set *set)
{
	while (set->nr)
		ember_table_drop(&set->ready[--set->nr].table);
	free(set->ready);
	memset(set, 0, sizeof(*set));
}
