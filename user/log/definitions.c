// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/definitions.h"

#include <string.h>

#include "base/varint.h"
#include "log/emit.h"
#include "log/fields.h"
#include "log/stream_labels.h"

#define EMBER_LOG_FRAME 5 /* bytes, mostly; 15 at most */

/* The columns become a message in `to`, behind what its part has. */
static void ember_columns_put(struct ember_log_writer *w, struct ember_buf *to,
			      unsigned int field)
{
	unsigned int i;

	for (i = 0; i < sizeof(w->column) / sizeof(*w->column); i++)
		if (w->column[i].used)
			ember_proto_part(&w->part, i, &w->column[i]);
	ember_proto_part(to, field, &w->part);
}

/* What the frames of a chunk's stacks have come to. */
struct ember_log_frames {
	uint64_t extent, kernel, user;
};

static void ember_put_files(struct ember_log_writer *w)
{
	struct ember_log_emitted *emitted = &w->files;

	for (; emitted->emitted < w->dict.nr_file; emitted->emitted++) {
		const struct ember_file *f = &w->dict.file[emitted->emitted];
		struct ember_fingerprint print;

		ember_proto_number(&w->part, EMBER_FILE_NUMBER,
				   emitted->base + emitted->emitted);
		ember_proto_bytes(&w->part, EMBER_FILE_PATH, f->path, strlen(f->path));
		if (f->build_id_bytes)
			ember_proto_bytes(&w->part, EMBER_FILE_BUILD_ID, f->build_id,
					  f->build_id_bytes);
		ember_proto_number(&w->part, EMBER_FILE_INO, f->ino);
		ember_proto_number(&w->part, EMBER_FILE_GENERATION, f->generation);
		ember_proto_number(&w->part, EMBER_FILE_DEV_MAJOR, f->dev_major);
		ember_proto_number(&w->part, EMBER_FILE_DEV_MINOR, f->dev_minor);
		ember_proto_number(&w->part, EMBER_FILE_FLAGS, f->flags);
		ember_proto_number(&w->part, EMBER_FILE_SEEN, f->seen_ns);
		if (!f->build_id_bytes && w->print && w->print(w->context, f, &print)) {
			ember_proto_number(&w->part, EMBER_FILE_BYTES, print.bytes);
			ember_proto_number(&w->part, EMBER_FILE_HEADERS, print.headers);
			ember_proto_number(&w->part, EMBER_FILE_TEXT, print.text);
		}
		ember_proto_part(&w->plain, EMBER_CHUNK_FILE, &w->part);
		/* Paths may be long, and many. */
		if (w->plain.used >= w->gathers) {
			w->defined = w->sequence + 1;
			ember_log_put(w);
		}
	}
}

static void ember_put_extents(struct ember_log_writer *w)
{
	struct ember_log_emitted *emitted = &w->extents;

	if (emitted->emitted == w->dict.nr_extent)
		return;
	ember_proto_number(&w->part, EMBER_EXTENTS_FIRST, emitted->base + emitted->emitted);
	for (; emitted->emitted < w->dict.nr_extent; emitted->emitted++) {
		const struct ember_extent *e = &w->dict.extent[emitted->emitted];

		ember_proto_varint(&w->column[EMBER_EXTENTS_FILE], w->files.base + e->file);
		ember_proto_varint(&w->column[EMBER_EXTENTS_START], e->start);
		ember_proto_varint(&w->column[EMBER_EXTENTS_BYTES], e->end - e->start);
		ember_proto_varint(&w->column[EMBER_EXTENTS_OFFSET], e->offset);
	}
	ember_columns_put(w, &w->plain, EMBER_CHUNK_EXTENTS);
}

/* A label's `next` comes before it. */
static void ember_put_labels(struct ember_log_writer *w)
{
	struct ember_log_emitted *emitted = &w->labels;

	for (; emitted->emitted < w->dict.labels.nr; emitted->emitted++) {
		struct ember_process_label label =
			ember_labels_first(&w->dict.labels, emitted->emitted + 1);

		ember_stream_label_put(&w->plain, &w->part, emitted->base, emitted->emitted,
				       &label);
		/* Values may be as long as paths. */
		if (w->plain.used >= w->gathers) {
			w->defined = w->sequence + 1;
			ember_log_put(w);
		}
	}
}

static void ember_put_threads(struct ember_log_writer *w)
{
	struct ember_log_emitted *emitted = &w->threads;
	uint64_t tgid = 0, start = 0;
	bool labels = false;

	if (emitted->emitted == w->dict.nr_thread)
		return;
	ember_proto_number(&w->part, EMBER_THREADS_FIRST, emitted->base + emitted->emitted);
	for (; emitted->emitted < w->dict.nr_thread; emitted->emitted++) {
		const struct ember_thread *t = &w->dict.thread[emitted->emitted];

		ember_proto_delta(&w->column[EMBER_THREADS_TGID], &tgid, t->tgid);
		ember_proto_varint(&w->column[EMBER_THREADS_TID],
				   ember_zigzag((uint64_t)t->tid - t->tgid));
		ember_proto_delta(&w->column[EMBER_THREADS_START], &start, t->start_time);
		ember_proto_varint(&w->column[EMBER_THREADS_FLAGS], t->flags);
		ember_proto_bytes(&w->column[EMBER_THREADS_COMM], EMBER_THREADS_COMM, t->comm,
				  strlen(t->comm));
		ember_proto_varint(&w->column[EMBER_THREADS_LABELS],
				   t->labels ? w->labels.base + (uint64_t)t->labels : 0);
		labels |= t->labels;
	}
	if (!labels)
		w->column[EMBER_THREADS_LABELS].used = 0;
	/* Names are fields of their own, one behind the other. */
	ember_proto_append(&w->part, &w->column[EMBER_THREADS_COMM]);
	ember_columns_put(w, &w->plain, EMBER_CHUNK_THREADS);
}

/* One stack, as far as it isn't what `base` has. */
static void ember_put_stack(struct ember_log_writer *w, const struct ember_normalized *p,
			    uint32_t base, unsigned int shared, struct ember_log_frames *at)
{
	unsigned int i, own = p->nr_kernel + p->nr_user - shared;

	ember_proto_varint(&w->column[EMBER_STACKS_KIND],
			   (p->context & 7) | !!p->cut << 3 | p->vector << 4);
	ember_proto_varint(&w->column[EMBER_STACKS_KERNEL], p->nr_kernel);
	ember_proto_varint(&w->column[EMBER_STACKS_USER], p->nr_user);
	w->gaps |= p->gaps;
	ember_proto_varint(&w->column[EMBER_STACKS_GAPS], p->gaps);
	ember_proto_varint(&w->column[EMBER_STACKS_BASE], base);
	ember_proto_varint(&w->column[EMBER_STACKS_SHARED], shared);
	for (i = 0; i < own && i < p->nr_kernel; i++)
		ember_proto_delta(&w->column[EMBER_STACKS_KERNEL_ADDRESS], &at->kernel,
				  p->address[i]);
	for (; i < own; i++) {
		ember_proto_delta(&w->column[EMBER_STACKS_EXTENT], &at->extent,
				  p->extent[i] == EMBER_NO_NUMBER ?
					  0 :
					  w->extents.base + p->extent[i] + 1ull);
		ember_proto_delta(&w->column[EMBER_STACKS_USER_ADDRESS], &at->user,
				  p->address[i]);
	}
}

static void ember_put_stacks(struct ember_log_writer *w)
{
	struct ember_log_emitted *emitted = &w->stacks;
	/* Without chains, use only bases from this chunk: an earlier one may be lost. */
	uint32_t least = w->chains ? 0 : emitted->emitted, base;
	struct ember_log_frames at = {};

	if (emitted->emitted == w->dict.nr_stack)
		return;
	ember_proto_number(&w->part, EMBER_STACKS_FIRST, emitted->base + emitted->emitted);
	for (; emitted->emitted < w->dict.nr_stack; emitted->emitted++) {
		unsigned int shared = 0;
		struct ember_normalized p;

		ember_dictionary_normalized(&w->dict, emitted->emitted, &p);
		base = ember_stack_prefix_find(w->outer, &w->dict, &p, least, &shared);
		ember_put_stack(w, &p, base == EMBER_NO_NUMBER ? 0 : emitted->emitted - base,
				shared, &at);
		ember_stack_prefix_add(w->outer, &p, emitted->emitted);
	}
	w->emitted_depth = w->dict.depth;
	/* Nearly always none has any. */
	if (!w->gaps)
		w->column[EMBER_STACKS_GAPS].used = 0;
	w->gaps = false;
	ember_columns_put(w, &w->plain, EMBER_CHUNK_STACKS);
}

uint32_t ember_log_pending(const struct ember_log_writer *w)
{
	return (w->dict.nr_file - w->files.emitted) * 128 +
	       (w->dict.nr_extent - w->extents.emitted) * 16 +
	       (w->dict.labels.nr - w->labels.emitted) * 64 +
	       (w->dict.nr_thread - w->threads.emitted) * 32 +
	       (w->dict.nr_stack - w->stacks.emitted) * 8 +
	       (w->dict.depth - w->emitted_depth) * EMBER_LOG_FRAME;
}

void ember_log_define(struct ember_log_writer *w)
{
	ember_put_files(w);
	ember_put_extents(w);
	ember_put_labels(w);
	ember_put_threads(w);
	ember_put_stacks(w);
}
