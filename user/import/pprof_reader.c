// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/pprof_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

bool ember_pprof_bad(struct ember_pprof_reader *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return false;
}

bool ember_pprof_text(struct ember_pprof_reader *r, uint64_t number, uint32_t *is)
{
	struct ember_pprof_text *t;

	if (number >= r->nr_text)
		return ember_pprof_bad(r, "corrupt pprof data: a string that isn't there");
	t = &r->text[number];
	if (!t->is && t->n)
		t->is = ember_profile_text(r->p, (const char *)r->bytes + t->at, t->n);
	*is = t->is;
	return true;
}

/* For what was read into numbers of the file's. */
bool ember_pprof_texts(struct ember_pprof_reader *r, uint64_t *number, uint32_t *is,
		       unsigned int n)
{
	while (n--)
		if (!ember_pprof_text(r, number[n], &is[n]))
			return false;
	return true;
}

struct ember_pprof_id_key {
	const struct ember_pprof_ids *ids;
	uint64_t id;
};

static bool ember_pprof_same(const void *context, uint32_t item)
{
	const struct ember_pprof_id_key *key = context;

	return key->ids->item[item].id == key->id;
}

bool ember_pprof_find(struct ember_pprof_reader *r, const struct ember_pprof_ids *ids,
		      uint64_t id, uint32_t *is)
{
	struct ember_pprof_id_key key = { ids, id };
	uint32_t at =
		ember_index_find(&ids->index, ember_mix_first(id), ember_pprof_same, &key);

	if (at == EMBER_NO_NUMBER)
		return ember_pprof_bad(r, "corrupt pprof data: an id that isn't there");
	*is = ids->item[at].is;
	return true;
}

bool ember_pprof_add(struct ember_pprof_reader *r, struct ember_pprof_ids *ids, uint64_t id,
		     uint32_t is)
{
	struct ember_pprof_id_key key = { ids, id };

	if (!id || ember_index_find(&ids->index, ember_mix_first(id), ember_pprof_same,
				    &key) != EMBER_NO_NUMBER)
		return ember_pprof_bad(r,
				       "corrupt pprof data: an id that is 0 or twice there");
	ids->item = ember_array_reserve(ids->item, ids->nr, &ids->size, sizeof(*ids->item));
	ids->item[ids->nr] = (struct ember_pprof_id){ id, is };
	ember_index_add(&ids->index, ember_mix_first(id), ids->nr++);
	return true;
}

bool ember_pprof_numbers(struct ember_pprof_reader *r, const struct ember_field *f,
			 uint64_t *number, unsigned int n)
{
	struct ember_message m = ember_proto_read(f->bytes, f->n);
	struct ember_field field;

	memset(number, 0, n * sizeof(*number));
	while (ember_proto_field(&m, &field))
		if (field.numeric && field.number < n)
			number[field.number] = field.value;
	return !m.bad || ember_pprof_bad(r, "corrupt pprof data");
}

static void ember_pprof_ids_free(struct ember_pprof_ids *ids)
{
	free(ids->item);
	ember_index_free(&ids->index);
}

void ember_pprof_reader_free(struct ember_pprof_reader *r)
{
	free(r->text);
	free(r->made);
	free(r->list);
	free(r->line);
	ember_pprof_ids_free(&r->mapping);
	ember_pprof_ids_free(&r->function);
	ember_pprof_ids_free(&r->location);
}
