// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tally.h"

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
	const struct ember_tally *tally;
	const struct ember_file *file;
};

static bool ember_file_same(const void *context, uint32_t item)
{
	const struct ember_file_key *key = context;
	const struct ember_file *a = key->file, *b = &key->tally->file[item];

	return a->ino == b->ino && a->generation == b->generation &&
	       a->dev_major == b->dev_major && a->dev_minor == b->dev_minor &&
	       a->flags == b->flags && a->machine == b->machine &&
	       a->print.bytes == b->print.bytes && a->print.headers == b->print.headers &&
	       a->print.text == b->print.text && a->build_id_bytes == b->build_id_bytes &&
	       !memcmp(a->build_id, b->build_id, a->build_id_bytes) &&
	       !strcmp(a->path ? a->path : "", b->path ? b->path : "");
}

uint32_t ember_tally_file(struct ember_tally *t, const struct ember_file *file)
{
	struct ember_file_key key = { t, file };
	uint64_t hash = ember_mix_bytes(ember_mix_first(file->ino), file->build_id,
					file->build_id_bytes);
	uint32_t number;

	if (file->path)
		hash = ember_mix_bytes(hash, file->path, strlen(file->path));
	number = ember_index_find(&t->file_index, hash, ember_file_same, &key);
	if (number != EMBER_NO_NUMBER) {
		if (file->seen_ns < t->file[number].seen_ns)
			t->file[number].seen_ns = file->seen_ns;
		return number;
	}
	t->file = ember_array_reserve(t->file, t->nr_file, &t->file_size, sizeof(*t->file));
	t->file[t->nr_file] = *file;
	if (file->path) {
		t->file[t->nr_file].path = ember_copy(file->path);
	}
	ember_index_add(&t->file_index, hash, t->nr_file);
	return t->nr_file++;
}

struct ember_extent_key {
	const struct ember_tally *tally;
	const struct ember_extent *extent;
};

static bool ember_extent_same(const void *context, uint32_t item)
{
	const struct ember_extent_key *key = context;
	const struct ember_extent *a = key->extent, *b = &key->tally->extent[item];

	return a->start == b->start && a->end == b->end && a->offset == b->offset &&
	       a->file == b->file;
}

uint32_t ember_tally_extent(struct ember_tally *t, const struct ember_extent *extent)
{
	struct ember_extent_key key = { t, extent };
	uint64_t hash =
		ember_mix(ember_mix(ember_mix(ember_mix_first(extent->start), extent->end),
				    extent->offset),
			  extent->file);
	uint32_t number = ember_index_find(&t->extent_index, hash, ember_extent_same, &key);

	if (number != EMBER_NO_NUMBER)
		return number;
	t->extent = ember_array_reserve(t->extent, t->nr_extent, &t->extent_size,
					sizeof(*t->extent));
	t->extent[t->nr_extent] = *extent;
	ember_index_add(&t->extent_index, hash, t->nr_extent);
	return t->nr_extent++;
}

struct ember_thread_key {
	const struct ember_tally *tally;
	struct ember_thread thread;
};

static bool ember_thread_same(const void *context, uint32_t item)
{
	const struct ember_thread_key *key = context;

	return !memcmp(&key->tally->thread[item], &key->thread, sizeof(key->thread));
}

uint32_t ember_tally_thread(struct ember_tally *t, const struct ember_thread *thread)
{
	struct ember_thread_key key = { t, *thread };
	uint32_t number;
	uint64_t hash;

	key.thread.space = 0;
	hash = ember_mix_bytes(ember_index_seed, &key.thread, sizeof(key.thread));
	number = ember_index_find(&t->thread_index, hash, ember_thread_same, &key);
	if (number != EMBER_NO_NUMBER)
		return number;
	t->thread = ember_array_reserve(t->thread, t->nr_thread, &t->thread_size,
					sizeof(*t->thread));
	t->thread[t->nr_thread] = key.thread;
	ember_index_add(&t->thread_index, hash, t->nr_thread);
	return t->nr_thread++;
}

struct ember_stacked_key {
	const struct ember_tally *tally;
	struct ember_stacked stack;
};

static bool ember_stacked_same(const void *context, uint32_t item)
{
	const struct ember_stacked_key *key = context;

	return !memcmp(&key->tally->stack[item], &key->stack, sizeof(key->stack));
}

static uint32_t ember_least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Finds where a stack's own frames begin: the node, or EMBER_NO_NUMBER; false: it has none. */
static bool ember_tally_stack_prefix(const struct ember_tally *t, uint32_t base,
				     unsigned int shared, uint32_t nr_user, uint32_t *node)
{
	const struct ember_stacked *b;
	unsigned int n;

	*node = EMBER_NO_NUMBER;
	if (!shared)
		return true;
	b = &t->stack[base];
	n = b->nr_kernel + b->nr_user;
	/* As many of them are kernel frames. */
	if (shared > n || ember_least(shared, b->nr_user) != ember_least(shared, nr_user))
		return false;
	for (*node = b->leaf; n > shared; n--)
		*node = t->frames.node[*node].caller;
	return true;
}

uint32_t ember_tally_stack_on(struct ember_tally *t, uint32_t base, unsigned int shared,
			      const struct ember_normalized *p)
{
	struct ember_stacked_key key = {
		t, { 0, p->nr_kernel, p->nr_user, p->context, p->vector, p->cut, p->gaps }
	};
	unsigned int i, n = p->nr_kernel + p->nr_user;
	uint32_t node, number;
	uint64_t hash;

	if (!ember_tally_stack_prefix(t, base, shared, p->nr_user, &node))
		return EMBER_NO_NUMBER;
	for (i = n - shared; i--;) {
		node = ember_frame_tree_add(&t->frames, node, p->extent[i], p->address[i]);
		if (node == EMBER_NO_NUMBER) {
			t->full = true;
			return node;
		}
	}
	key.stack.leaf = node;
	hash = ember_mix_bytes(ember_index_seed, &key.stack, sizeof(key.stack));
	number = ember_index_find(&t->stack_index, hash, ember_stacked_same, &key);
	if (number != EMBER_NO_NUMBER)
		return number;
	if (t->nr_stack == EMBER_FRAME_NODES) {
		t->full = true;
		return number;
	}
	t->stack =
		ember_array_reserve(t->stack, t->nr_stack, &t->stack_size, sizeof(*t->stack));
	t->stack[t->nr_stack] = key.stack;
	t->depth += n;
	ember_index_add(&t->stack_index, hash, t->nr_stack);
	return t->nr_stack++;
}

uint32_t ember_tally_stack(struct ember_tally *t, const struct ember_normalized *p)
{
	return ember_tally_stack_on(t, 0, 0, p);
}

void ember_tally_normalized(const struct ember_tally *t, uint32_t stack,
			    struct ember_normalized *p)
{
	const struct ember_stacked *s = &t->stack[stack];
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
		node = &t->frames.node[at];
		p->address[i] = node->address;
		p->extent[i] = node->extent;
	}
}

struct ember_board_key {
	const struct ember_tally *tally;
	const char *name;
};

static bool ember_board_same(const void *context, uint32_t item)
{
	const struct ember_board_key *key = context;

	return !strcmp(key->tally->board[item], key->name);
}

uint16_t ember_tally_board(struct ember_tally *t, const char *name)
{
	struct ember_board_key key = { t, name };
	uint64_t hash = ember_mix_bytes(ember_index_seed, name, strlen(name));
	uint32_t number = ember_index_find(&t->board_index, hash, ember_board_same, &key);

	if (number != EMBER_NO_NUMBER)
		return number + 1;
	/* Boards without a name, or beyond the largest number, share 0. */
	if (!*name || t->nr_board == UINT16_MAX)
		return 0;
	t->board =
		ember_array_reserve(t->board, t->nr_board, &t->board_size, sizeof(*t->board));
	t->board[t->nr_board] = ember_copy(name);
	ember_index_add(&t->board_index, hash, t->nr_board);
	return ++t->nr_board;
}

void ember_tally_timestamp(struct ember_tally *t, const struct ember_timestamp *moment)
{
	t->moment = ember_array_reserve(t->moment, t->nr_moment, &t->moment_size,
					sizeof(*t->moment));
	t->moment[t->nr_moment++] = *moment;
}

void ember_tally_free(struct ember_tally *t)
{
	uint32_t i;

	for (i = 0; i < t->nr_file; i++)
		free(t->file[i].path);
	for (i = 0; i < t->nr_board; i++)
		free(t->board[i]);
	free(t->board);
	free(t->file);
	free(t->extent);
	free(t->thread);
	free(t->stack);
	free(t->moment);
	ember_event_set_free(&t->events);
	ember_index_free(&t->file_index);
	ember_index_free(&t->extent_index);
	ember_index_free(&t->thread_index);
	ember_sample_set_free(&t->counts);
	ember_index_free(&t->stack_index);
	ember_index_free(&t->board_index);
	ember_frame_tree_free(&t->frames);
	memset(t, 0, sizeof(*t));
}
