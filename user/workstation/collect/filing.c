// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/eviction.h"
#include "workstation/collect/filing.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "workstation/collect/links.h"

#define EMBER_FILING_PATIENT \
	(16u << 10) /* bytes that wait for samples; then a log begins anyway */
#define EMBER_FILING_PARTS 64 /* a log is such a part of all that is kept */

static void ember_filing_folder(const struct ember_receiver *in,
				const struct ember_stream_in *s, char folder[EMBER_FOLDER_MAX])
{
	const char *board = ember_receiver_board(in, s);

	*folder = 0;
	if (s->named || *board)
		ember_names_folder(in->names, board, folder);
}

/* An ember_store_remove. */
static void ember_filing_remove(void *context, const char *name)
{
	struct ember_disk_batch *b = context;

	b->removed = ember_array_reserve(b->removed, b->nr_removed, &b->removed_size,
					 sizeof(*b->removed));
	b->removed[b->nr_removed++] = ember_copy(name);
}

/* Bytes [from, to) of what waits become a piece of the stream's log. */
static struct ember_disk_piece *ember_filing_piece(const struct ember_receiver *in,
						   struct ember_disk_batch *b,
						   struct ember_disk_stream *of,
						   struct ember_stream_in *s, uint32_t from,
						   uint32_t to)
{
	struct ember_disk_piece *p;

	b->piece =
		ember_array_reserve(b->piece, b->nr_piece, &b->piece_size, sizeof(*b->piece));
	p = &b->piece[b->nr_piece++];
	*p = (struct ember_disk_piece){ .stored = s->stored, .at = s->stored->bytes };
	ember_store_begin(in->store, s->stored, to - from);
	s->stored->written = in->batches;
	p->log = ember_copy(s->stored->name);
	ember_proto_copy(&p->bytes, s->waiting.bytes + from, to - from);
	of->nr++;
	return p;
}

static void ember_filing_move(const struct ember_receiver *in, const struct ember_stream_in *s,
			      struct ember_disk_piece *p)
{
	char folder[EMBER_FOLDER_MAX];

	ember_filing_folder(in, s, folder);
	p->was = p->log;
	p->log = ember_store_name(s->stored, folder);
}

/* A log is long enough for the next HELLO to begin another one. */
static bool ember_filing_is_full(const struct ember_receiver *in,
				 const struct ember_stream_in *s)
{
	return s->stored->bytes >= EMBER_STORE_LOG_MAX ||
	       ember_log_is_full(&in->store->bound, s->heard_ns - s->begun_ns,
				 s->stored->bytes, EMBER_FILING_PARTS);
}

static void ember_filing_file(struct ember_receiver *in, struct ember_stored_log *stored)
{
	in->filed++;
	ember_store_release(stored);
}

/* What is written is one or two pieces: the second one begins a log. */
static void ember_filing_pieces(struct ember_receiver *in, struct ember_disk_batch *b,
				struct ember_disk_stream *of, struct ember_stream_in *s)
{
	uint32_t from = 0;

	if (s->stored && s->hello_at && ember_filing_is_full(in, s)) {
		from = s->hello_at - 1;
		if (from)
			ember_filing_piece(in, b, of, s, 0, from)->last = true;
		else
			ember_filing_file(in, s->stored);
		s->stored = NULL;
		s->moved = false;
	}
	if (!s->stored) {
		char folder[EMBER_FOLDER_MAX];

		ember_filing_folder(in, s, folder);
		s->stored = ember_store_new(in->store, folder, s->stream, s->first,
					    ember_clock_ns(CLOCK_REALTIME) / 1000000000);
		s->begun_ns = s->heard_ns;
	}
	if (s->moved)
		ember_filing_move(in, s,
				  ember_filing_piece(in, b, of, s, from, s->waiting.used));
	else
		ember_filing_piece(in, b, of, s, from, s->waiting.used);
	s->flying = s->waiting.used;
	free(s->waiting.bytes);
	s->waiting = (struct ember_buf){};
	s->saved = s->hello_at = 0;
}

static void ember_filing_row(const struct ember_receiver *in, const struct ember_stream_in *s,
			     struct ember_state_stream *row, uint64_t now)
{
	uint64_t real = ember_clock_ns(CLOCK_REALTIME);

	*row = (struct ember_state_stream){
		.stream = s->stream,
		.named = s->named,
		.arrived = s->arrived,
		.sent = s->sent,
		.begun_s = (real - (now - s->begun_ns)) / 1000000000,
		.heard_s = (real - (now - s->heard_ns)) / 1000000000,
	};
	strcpy(row->board, s->board);
	strcpy(row->boot, s->boot);
	if (s->key)
		memcpy(row->key, in->keys->key[s->key - 1].key.id, sizeof(row->key));
}

/* logs: whether a stream without one may begin one. */
static void ember_filing_gather_one(struct ember_receiver *in, struct ember_disk_batch *b,
				    struct ember_stream_in *s, bool logs, uint64_t now)
{
	struct ember_disk_stream *of;
	void *kept;

	b->stream = ember_array_reserve(b->stream, b->nr_stream, &b->stream_size,
					sizeof(*b->stream));
	of = &b->stream[b->nr_stream++];
	*of = (struct ember_disk_stream){ .owner = s, .first = b->nr_piece };
	ember_filing_row(in, s, &of->row, now);
	s->busy = true;
	if (s->stored || logs) {
		const struct ember_disk_piece *p;

		ember_filing_pieces(in, b, of, s);
		p = &b->piece[b->nr_piece - 1];
		of->row.log = ember_copy(p->log);
		of->row.log_bytes = p->at + p->bytes.used;
		return;
	}
	/* The state keeps what no log has yet. */
	kept = ember_xrealloc(NULL, s->waiting.used, 1);
	memcpy(kept, s->waiting.bytes, s->waiting.used);
	of->row.kept = kept;
	of->row.kept_bytes = s->waiting.used;
}

static bool ember_filing_wants_log(const struct ember_stream_in *s)
{
	return s->shown || s->waiting.used > EMBER_FILING_PATIENT;
}

static int ember_filing_order(const void *a, const void *b)
{
	const struct ember_stream_in *const *x = a, *const *y = b;

	return (*x)->chunks > (*y)->chunks ? -1 : (*x)->chunks < (*y)->chunks;
}

/*
 * Streams that want a first log: those that have sent most come first, so that who forges
 * streams by the thousand keeps no board waiting.
 */
static void ember_filing_gather_new(struct ember_receiver *in, struct ember_disk_batch *b,
				    struct ember_stream_in **wait, uint32_t nr, uint64_t now)
{
	uint32_t i, first = 0, logs = 0;

	if (nr > EMBER_FILING_FIRST)
		qsort(wait, nr, sizeof(*wait), ember_filing_order);
	for (i = 0; i < nr; i++) {
		bool log = logs < EMBER_FILING_LOGS &&
			   (wait[i]->chunks > 1 || first++ < EMBER_FILING_FIRST);

		if (log)
			ember_store_shrink(in->store, wait[i]->waiting.used,
					   ember_filing_remove, b);
		logs += log;
		if (log || wait[i]->waiting.used != wait[i]->saved)
			ember_filing_gather_one(in, b, wait[i], log, now);
	}
}

bool ember_filing_gather(struct ember_receiver *in, struct ember_disk_batch *b)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	struct ember_stream_in **wait =
		ember_xrealloc(NULL, in->streams.nr + 1, sizeof(*wait));
	uint32_t i, nr = 0;

	in->batches++;
	for (i = 0; i < in->streams.nr; i++) {
		struct ember_stream_in *s = in->streams.item[i];

		if (s->waiting.used == s->saved && !(s->saved && s->shown))
			continue;
		if (s->stored && !s->stored->gone)
			ember_store_shrink(in->store, s->waiting.used, ember_filing_remove, b);
		if (s->stored && s->stored->gone) {
			ember_store_release(s->stored);
			s->stored = NULL;
			s->hello_at = 0;
			s->moved = false;
		}
		if (!s->stored && ember_filing_wants_log(s))
			wait[nr++] = s;
		else
			ember_filing_gather_one(in, b, s, false, now);
	}
	ember_filing_gather_new(in, b, wait, nr, now);
	free(wait);
	if (in->keys)
		ember_keys_changed(in->keys, &b->session, &b->nr_session, &b->session_size);
	for (i = 0; i < in->nr_dropped; i++) {
		b->dropped = ember_array_reserve(b->dropped, b->nr_dropped, &b->dropped_size,
						 sizeof(*b->dropped));
		b->dropped[b->nr_dropped++] = in->dropped[i];
	}
	in->nr_dropped = 0;
	return b->nr_stream + b->nr_session + b->nr_dropped + b->nr_removed;
}

/*
 * As the board can read it. An address may be forged: it never gets more bytes than came in
 * its name.
 */
static void ember_filing_answer(struct ember_receiver *in, struct ember_stream_in *s)
{
	struct ember_buf *answer = &in->answer;

	in->room.used = answer->used = 0;
	ember_ack_window_put(&s->safe, s->stream, answer);
	if (s->key) {
		ember_seal_put(&in->keys->key[s->key - 1].answers, answer->bytes, answer->used,
			       &in->room);
		answer = &in->room;
	}
	if (s->answered + answer->used > s->bytes)
		return;
	s->answered += answer->used;
	ember_links_answer(in->sources, &s->peer, answer->bytes, answer->used);
}

/* What the disk did not take waits again, before what came since. */
static void ember_filing_take_back(struct ember_disk_batch *b,
				   const struct ember_disk_stream *of,
				   struct ember_stream_in *s)
{
	struct ember_buf all = {};
	uint32_t i;

	for (i = of->first; i < of->first + of->nr; i++)
		ember_proto_copy(&all, b->piece[i].bytes.bytes, b->piece[i].bytes.used);
	if (s->hello_at)
		s->hello_at += all.used;
	ember_proto_copy(&all, s->waiting.bytes, s->waiting.used);
	free(s->waiting.bytes);
	s->waiting = all;
}

static void ember_filing_settle_one(struct ember_receiver *in, struct ember_disk_batch *b,
				    const struct ember_disk_stream *of)
{
	struct ember_stream_in *s = of->owner;
	bool good = b->safe && of->good;
	uint32_t i;

	s->busy = false;
	if (!good && of->nr)
		ember_filing_take_back(b, of, s);
	else
		in->held -= s->flying;
	s->flying = 0;
	for (i = of->first; i < of->first + of->nr; i++) {
		struct ember_disk_piece *p = &b->piece[i];

		ember_store_end(in->store, p->stored, p->bytes.used, good);
		if (good) {
			if (p->was)
				ember_store_rename(in->store, p->stored, p->log);
			p->log = p->was ? NULL : p->log;
			s->moved = false;
		}
		if (p->last)
			ember_filing_file(in, p->stored);
	}
	if (!good)
		return;
	s->safe = of->row.arrived;
	if (!of->nr)
		s->saved = of->row.kept_bytes;
}

void ember_filing_settle(struct ember_receiver *in, struct ember_disk_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->nr_stream; i++)
		ember_filing_settle_one(in, b, &b->stream[i]);
	for (i = 0; !b->safe && i < b->nr_session; i++)
		ember_keys_again(in->keys, &b->session[i]);
	/* What is acknowledged can't come once more: nothing is, if sessions aren't safe. */
	for (i = 0; b->safe && i < in->streams.nr; i++) {
		struct ember_stream_in *s = in->streams.item[i];

		if (!s->due || !s->listens)
			continue;
		ember_filing_answer(in, s);
		s->due = s->waiting.used != s->saved;
	}
}
