// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/dictionary.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

bool ember_file_memfd(const struct ember_file *file)
{
	return file->flags & EMBER_FILE_DELETED && file->path &&
	       !strncmp(file->path, "/memfd:", 7);
}

bool ember_file_made(const struct ember_file *file)
{
	/* Shared memory, huge pages, and what is there for a while. */
	static const char *const folders[] = { "/dev/", "/tmp/", "/run/", "/var/tmp/" };
	size_t i;

	if (file->flags & EMBER_FILE_ANON)
		return true;
	if (file->flags & EMBER_FILE_VDSO || file->build_id_bytes || !file->path)
		return false;
	if (file->flags & EMBER_FILE_DELETED)
		return true;
	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (!strncmp(file->path, folders[i], strlen(folders[i])))
			return true;
	return false;
}

struct ember_file_key {
	const struct ember_dictionary *dict;
	const struct ember_file *file;
};

static bool ember_file_same(const void *context, uint32_t item)
{
	const struct ember_file_key *key = context;
	const struct ember_file *a = key->file, *b = &key->dict->file[item];

	return a->ino == b->ino && a->generation == b->generation &&
	       a->dev_major == b->dev_major && a->dev_minor == b->dev_minor &&
	       a->flags == b->flags && a->machine == b->machine &&
	       a->print.bytes == b->print.bytes && a->print.headers == b->print.headers &&
	       a->print.text == b->print.text && a->build_id_bytes == b->build_id_bytes &&
	       !memcmp(a->build_id, b->build_id, a->build_id_bytes) &&
	       !strcmp(a->path ? a->path : "", b->path ? b->path : "");
}

uint32_t ember_dictionary_file(struct ember_dictionary *d, const struct ember_file *file)
{
	struct ember_file_key key = { d, file };
	uint64_t hash = ember_mix_bytes(ember_mix_first(file->ino), file->build_id,
					file->build_id_bytes);
	uint32_t number;

	if (file->path)
		hash = ember_mix_bytes(hash, file->path, strlen(file->path));
	number = ember_index_find(&d->file_index, hash, ember_file_same, &key);
	if (number != EMBER_NO_NUMBER) {
		if (file->seen_ns < d->file[number].seen_ns)
			d->file[number].seen_ns = file->seen_ns;
		return number;
	}
	d->file = ember_array_reserve(d->file, d->nr_file, &d->file_size, sizeof(*d->file));
	d->file[d->nr_file] = *file;
	if (file->path) {
		d->file[d->nr_file].path = ember_copy(file->path);
	}
	ember_index_add(&d->file_index, hash, d->nr_file);
	return d->nr_file++;
}

struct ember_extent_key {
	const struct ember_dictionary *dict;
	const struct ember_extent *extent;
};

static bool ember_extent_same(const void *context, uint32_t item)
{
	const struct ember_extent_key *key = context;
	const struct ember_extent *a = key->extent, *b = &key->dict->extent[item];

	return a->start == b->start && a->end == b->end && a->offset == b->offset &&
	       a->file == b->file;
}

uint32_t ember_dictionary_extent(struct ember_dictionary *d, const struct ember_extent *extent)
{
	struct ember_extent_key key = { d, extent };
	uint64_t hash =
		ember_mix(ember_mix(ember_mix(ember_mix_first(extent->start), extent->end),
				    extent->offset),
			  extent->file);
	uint32_t number = ember_index_find(&d->extent_index, hash, ember_extent_same, &key);

	if (number != EMBER_NO_NUMBER)
		return number;
	d->extent = ember_array_reserve(d->extent, d->nr_extent, &d->extent_size,
					sizeof(*d->extent));
	d->extent[d->nr_extent] = *extent;
	ember_index_add(&d->extent_index, hash, d->nr_extent);
	return d->nr_extent++;
}

struct ember_thread_key {
	const struct ember_dictionary *dict;
	struct ember_thread thread;
};

static bool ember_thread_same(const void *context, uint32_t item)
{
	const struct ember_thread_key *key = context;

	return !memcmp(&key->dict->thread[item], &key->thread, sizeof(key->thread));
}

uint32_t ember_dictionary_thread(struct ember_dictionary *d, const struct ember_thread *thread)
{
	struct ember_thread_key key = { d, *thread };
	uint32_t number;
	uint64_t hash;

	key.thread.space = 0;
	hash = ember_mix_bytes(ember_index_seed, &key.thread, sizeof(key.thread));
	number = ember_index_find(&d->thread_index, hash, ember_thread_same, &key);
	if (number != EMBER_NO_NUMBER)
		return number;
	d->thread = ember_array_reserve(d->thread, d->nr_thread, &d->thread_size,
					sizeof(*d->thread));
	d->thread[d->nr_thread] = key.thread;
	ember_index_add(&d->thread_index, hash, d->nr_thread);
	return d->nr_thread++;
}

struct ember_stacked_key {
	const struct ember_dictionary *dict;
	struct ember_stacked stack;
};

static bool ember_stacked_same(const void *context, uint32_t item)
{
	const struct ember_stacked_key *key = context;

	return !memcmp(&key->dict->stack[item], &key->stack, sizeof(key->stack));
}

static uint32_t ember_least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Finds where a stack's own frames begin: the node, or EMBER_NO_NUMBER; false: it has none. */
static bool ember_dictionary_stack_prefix(const struct ember_dictionary *d, uint32_t base,
					  unsigned int shared, uint32_t nr_user,
					  uint32_t *node)
{
	const struct ember_stacked *b;
	unsigned int n;

	*node = EMBER_NO_NUMBER;
	if (!shared)
		return true;
	b = &d->stack[base];
	n = b->nr_kernel + b->nr_user;
	/* As many of them are kernel frames. */
	if (shared > n || ember_least(shared, b->nr_user) != ember_least(shared, nr_user))
		return false;
	for (*node = b->leaf; n > shared; n--)
		*node = d->frames.node[*node].caller;
	return true;
}

uint32_t ember_dictionary_stack_on(struct ember_dictionary *d, uint32_t base,
				   unsigned int shared, const struct ember_normalized *p)
{
	struct ember_stacked_key key = {
		d, { 0, p->nr_kernel, p->nr_user, p->context, p->vector, p->cut, p->gaps }
	};
	unsigned int i, n = p->nr_kernel + p->nr_user;
	uint32_t node, number;
	uint64_t hash;

	if (!ember_dictionary_stack_prefix(d, base, shared, p->nr_user, &node))
		return EMBER_NO_NUMBER;
	for (i = n - shared; i--;) {
		node = ember_frame_tree_add(&d->frames, node, p->extent[i], p->address[i]);
		if (node == EMBER_NO_NUMBER) {
			d->full = true;
			return node;
		}
	}
	key.stack.leaf = node;
	hash = ember_mix_bytes(ember_index_seed, &key.stack, sizeof(key.stack));
	number = ember_index_find(&d->stack_index, hash, ember_stacked_same, &key);
	if (number != EMBER_NO_NUMBER)
		return number;
	if (d->nr_stack == EMBER_FRAME_NODES) {
		d->full = true;
		return number;
	}
	d->stack =
		ember_array_reserve(d->stack, d->nr_stack, &d->stack_size, sizeof(*d->stack));
	d->stack[d->nr_stack] = key.stack;
	d->depth += n;
	ember_index_add(&d->stack_index, hash, d->nr_stack);
	return d->nr_stack++;
}

uint32_t ember_dictionary_stack(struct ember_dictionary *d, const struct ember_normalized *p)
{
	return ember_dictionary_stack_on(d, 0, 0, p);
}

void ember_dictionary_normalized(const struct ember_dictionary *d, uint32_t stack,
				 struct ember_normalized *p)
{
	const struct ember_stacked *s = &d->stack[stack];
	const struct ember_frame_node *node;
	uint32_t at = s->leaf;
	unsigned int i;

	p->nr_kernel = s->nr_kernel;
	p->nr_user = s->nr_user;
	p->context = s->context;
	p->vector = s->vector;
	p->cut = s->cut;
	p->gaps = s->gaps;
	for (i = 0; at != EMBER_NO_NUMBER; at = node->caller, i++) {
		node = &d->frames.node[at];
		p->address[i] = node->address;
		p->extent[i] = node->extent;
	}
}

struct ember_board_name_key {
	const struct ember_dictionary *dict;
	const char *name;
};

static bool ember_board_same(const void *context, uint32_t item)
{
	const struct ember_board_name_key *key = context;

	return !strcmp(key->dict->board[item], key->name);
}

uint16_t ember_dictionary_board(struct ember_dictionary *d, const char *name)
{
	struct ember_board_name_key key = { d, name };
	uint64_t hash = ember_mix_bytes(ember_index_seed, name, strlen(name));
	uint32_t number = ember_index_find(&d->board_index, hash, ember_board_same, &key);

	if (number != EMBER_NO_NUMBER)
		return number + 1;
	/* Boards without a name, or beyond the largest number, share 0. */
	if (!*name || d->nr_board == UINT16_MAX)
		return 0;
	d->board =
		ember_array_reserve(d->board, d->nr_board, &d->board_size, sizeof(*d->board));
	d->board[d->nr_board] = ember_copy(name);
	ember_index_add(&d->board_index, hash, d->nr_board);
	return ++d->nr_board;
}

void ember_dictionary_free(struct ember_dictionary *d)
{
	uint32_t i;

	for (i = 0; i < d->nr_file; i++)
		free(d->file[i].path);
	for (i = 0; i < d->nr_board; i++)
		free(d->board[i]);
	free(d->board);
	free(d->file);
	free(d->extent);
	free(d->thread);
	free(d->stack);
	ember_index_free(&d->file_index);
	ember_index_free(&d->extent_index);
	ember_index_free(&d->thread_index);
	ember_index_free(&d->stack_index);
	ember_index_free(&d->board_index);
	ember_blob_table_free(&d->labels);
	ember_frame_tree_free(&d->frames);
	memset(d, 0, sizeof(*d));
}
