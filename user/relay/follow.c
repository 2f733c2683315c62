// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In each turn: look at the folder, read what was added, cut what is complete into the spool,
 * write the state, send. Of a board's streams the one with the oldest samples is cut first, so
 * that the times of a series rise.
 */
#include "relay/follow.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/path.h"
#include "log/folder.h"
#include "relay/counts.h"
#include "relay/follow_state.h"

#define EMBER_FOLLOW_DEPTH 2 /* DIR/boards/BOARD/LOG */
#define EMBER_FOLLOW_LOGS  65536
#define EMBER_FOLLOW_BOOTS 1024
/* A log that has not grown for so long may be read past what is missing, and cut at its end. */
#define EMBER_FOLLOW_STILL 30000000000ull
/* With much to be cut, what is cut goes out in between. */
#define EMBER_FOLLOW_CUTS   1000000000ull
#define EMBER_FOLLOW_COUNTS 1000000000ull /* ns from one writing of the counts to the next */

/* A name that the state's lines could not hold is none of ours. */
static bool ember_follow_named(const char *name)
{
	const unsigned char *at = (const unsigned char *)name;

	for (; *at; at++)
		if (*at < ' ')
			return false;
	return ember_log_is_named(name);
}

/* Look for logs in `name` of the folder, "" for itself, and below. Return false: unreadable. */
static bool ember_follow_look(struct ember_follow *f, const char *name, int depth)
{
	char *path = ember_path_in(f->folder, name), below[512];
	DIR *folder = opendir(path);
	struct ember_followed *s;
	struct dirent *entry;
	struct stat st;

	free(path);
	if (!folder)
		return false;
	while ((entry = readdir(folder))) {
		if (*entry->d_name == '.' ||
		    snprintf(below, sizeof(below), "%s%s%s", name, *name ? "/" : "",
			     entry->d_name) >= (int)sizeof(below))
			continue;
		path = ember_path_in(f->folder, below);
		if (stat(path, &st)) {
		} else if (S_ISDIR(st.st_mode) && depth < EMBER_FOLLOW_DEPTH) {
			ember_follow_look(f, below, depth + 1);
		} else if (S_ISREG(st.st_mode) && ember_follow_named(entry->d_name)) {
			s = ember_follow_find(f, below);
			if (!s && f->nr_source < EMBER_FOLLOW_LOGS) {
				s = ember_follow_new(f, below);
				s->seen = true;
				s->size = st.st_size;
				ember_follow_sort(f);
			} else if (s) {
				s->seen = true;
				s->size = st.st_size;
			}
		}
		free(path);
	}
	closedir(folder);
	return true;
}

static void ember_follow_look_all(struct ember_follow *f)
{
	uint32_t i;
	bool good;

	for (i = 0; i < f->nr_source; i++)
		f->source[i].seen = false;
	good = ember_follow_look(f, "", 0);
	if (!good && !f->failing)
		ember_warning("%s: %s (looking again)", f->folder, strerror(errno));
	f->failing = !good;
	for (i = 0; good && i < f->nr_source; i++)
		f->source[i].gone = !f->source[i].seen;
}

static bool ember_follow_is_still(const struct ember_followed *s, uint64_t now)
{
	return s->gone || s->grown_ns + EMBER_FOLLOW_STILL < now;
}

static void ember_follow_read(struct ember_follow *f, uint64_t now)
{
	uint32_t i;

	for (i = 0; i < f->nr_source; i++) {
		struct ember_followed *s = &f->source[i];

		/* What is done was read in an earlier life, or is forgotten. */
		if (!s->gone && s->size > s->offset && s->size > s->done)
			ember_followed_read(s, f->folder);
		if (s->nr_feed)
			ember_followed_feed(s,
					    ember_follow_is_still(s, now) ||
						    (s->waits &&
						     s->waits_ns + EMBER_FOLLOW_STILL < now));
	}
}

/* What one stream knows of a boot's clock, another one of that boot can use. */
static void ember_follow_clocks(struct ember_follow *f, struct ember_feed *feed)
{
	struct ember_relay_clocks *c = &feed->clocks;
	const char *boot = feed->stream.hello.boot;
	struct ember_follow_boot one = {};
	uint32_t i, k;

	if (!*boot)
		return;
	for (i = 0; i < f->nr_boot && strcmp(f->boot[i].boot, boot); i++)
		;
	if (!c->set) {
		c->boot_known = i < f->nr_boot;
		c->boot_real_ns = c->boot_known ? f->boot[i].real_ns : 0;
		return;
	}
	if (i < f->nr_boot)
		return;
	for (k = 0; k < c->nr && !c->item[k].is_set; k++)
		;
	if (k == c->nr)
		return;
	if (f->nr_boot == EMBER_FOLLOW_BOOTS)
		memmove(f->boot, f->boot + 1, --f->nr_boot * sizeof(*f->boot));
	snprintf(one.boot, sizeof(one.boot), "%s", boot);
	one.real_ns = c->item[k].realtime_ns - c->item[k].boottime_ns;
	f->boot = ember_array_reserve(f->boot, f->nr_boot, &f->boot_size, sizeof(*f->boot));
	f->boot[f->nr_boot++] = one;
}

/* A stream whose oldest samples are next. */
struct ember_follow_next {
	struct ember_followed *source;
	struct ember_feed *feed;
	struct ember_cut cut;
	enum ember_cut_state state;
};

/* Whether no more comes of the interval, or no more can be read before it is cut. */
static bool ember_follow_ended(const struct ember_followed *s, const struct ember_feed *feed,
			       uint64_t now)
{
	return feed->stream.last || ember_follow_is_still(s, now) ||
	       ember_feed_pending(feed) >= EMBER_FOLLOWED_PENDING;
}

/* Find the stream with the oldest samples, of boards that nothing holds up. */
static bool ember_follow_pick(struct ember_follow *f, uint64_t now,
			      struct ember_follow_next *next)
{
	uint32_t i, k;

	next->feed = NULL;
	for (i = 0; i < f->nr_source; i++)
		for (k = 0; k < f->source[i].nr_feed; k++) {
			struct ember_follow_next one = {
				&f->source[i], f->source[i].feed[k], {}, EMBER_CUT_NONE
			};

			ember_follow_clocks(f, one.feed);
			one.state = ember_cut_find(
				one.feed, f->relay->interval_ns,
				ember_follow_ended(one.source, one.feed, now), &one.cut);
			if (one.state < EMBER_CUT_OPEN)
				continue;
			if (ember_relay_board(f->relay, one.feed->stream.hello.board)->held)
				continue;
			if (!next->feed || one.cut.from_ns < next->cut.from_ns)
				*next = one;
		}
	return next->feed;
}

/* Cut what is due, for a while. Return whether there may be more. */
static bool ember_follow_cut(struct ember_follow *f, uint64_t now)
{
	struct ember_relay_board *board;
	struct ember_feed_cursor before;
	struct ember_follow_next next;
	bool good = true;
	uint32_t i;

	for (i = 0; i < f->relay->nr_board; i++)
		f->relay->board[i].held = false;
	while (good && !ember_signals_end() && ember_follow_pick(f, now, &next)) {
		if (ember_clock_ns(CLOCK_MONOTONIC) - now > EMBER_FOLLOW_CUTS)
			return true;
		board = ember_relay_board(f->relay, next.feed->stream.hello.board);
		if (next.state != EMBER_CUT_DUE) {
			board->held = true;
			continue;
		}
		before = next.feed->cursor;
		good = ember_relay_cut(f->relay, next.feed, &next.cut);
		if (good) {
			ember_followed_commit(next.source);
			good = !ember_spool_commit(&f->spool, ember_follow_lines, f);
		}
		if (!good) {
			ember_spool_undo(&f->spool);
			ember_followed_back(next.source, next.feed->number, &before);
		}
		/* What was held back for want of room is read now. */
		if (good)
			ember_followed_feed(next.source,
					    ember_follow_is_still(next.source, now));
	}
	return false;
}

/* Let go of what is over, in memory and in the state. */
static void ember_follow_forget(struct ember_follow *f, uint64_t now)
{
	uint32_t i, k, n = 0;

	for (i = 0; i < f->nr_source; i++) {
		struct ember_followed *s = &f->source[i];

		if (s->nr_feed && ember_follow_is_still(s, now)) {
			for (k = 0; k < s->nr_feed; k++) {
				struct ember_feed *feed = s->feed[k];

				f->undefined += feed->stream.undefined;
				feed->stream.undefined = 0;
				if (s->gone)
					f->unplaced +=
						ember_feed_pending(feed) + feed->dropped;
			}
			ember_followed_commit(s);
			if (s->done || s->gone)
				ember_followed_forget(s);
		}
		if (s->gone)
			ember_followed_free(s);
		else
			f->source[n++] = *s;
	}
	f->nr_source = n;
}

static bool ember_follow_spool(void *context, struct ember_relay_request *q)
{
	struct ember_follow *f = context;
	int err = ember_spool_add(&f->spool, q);

	free(q->body.bytes);
	return !err;
}

/* Send until the spool is empty, a server refuses for now, or the logs are to be read again. */
static void ember_follow_send(struct ember_follow *f, uint64_t until)
{
	struct ember_relay_sender *s = &f->relay->sender;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC), written = now;
	struct ember_relay_request q = {};
	int err;

	for (; ember_spool_oldest(&f->spool) && !ember_signals_end() && now >= s->due_ns &&
	       now < until;
	     now = ember_clock_ns(CLOCK_MONOTONIC)) {
		if (now - written > EMBER_FOLLOW_COUNTS) {
			ember_relay_counts_write(f->relay, f);
			written = now;
		}
		err = ember_spool_begin(&f->spool, &q);
		if (err > 0)
			continue;
		/* Without the mark it would be sent twice after a crash. */
		if (err) {
			s->due_ns = now + f->relay->interval_ns;
			break;
		}
		ember_spool_end(&f->spool, ember_sender_post(s, &q) == EMBER_VERDICT_AGAIN);
	}
	free(q.body.bytes);
}

/* How long to wait for more of the logs: a third of the interval. */
static uint64_t ember_follow_turn(const struct ember_follow *f)
{
	uint64_t turn = f->relay->interval_ns / 3;

	return turn > 10000000000ull ? 10000000000ull : turn < 500000000 ? 500000000 : turn;
}

static int ember_follow_wait(struct ember_follow *f, struct ember_loop *loop, uint64_t next)
{
	ember_loop_begin(loop);
	ember_loop_due(loop, next);
	if (ember_spool_oldest(&f->spool))
		ember_loop_due(loop, f->relay->sender.due_ns);
	return ember_loop_wait(loop);
}

int ember_follow_run(struct ember_follow *f)
{
	struct ember_loop loop = EMBER_LOOP(f->relay->signals);
	uint64_t now = 0, next = 0;
	int err = ember_spool_open(&f->spool, f->spool_path, f->spool_bytes,
				   f->relay->maker.form, ember_follow_line, f);

	ember_follow_sort(f);
	f->relay->maker.take = ember_follow_spool;
	f->relay->maker.context = f;
	while (!err && !ember_signals_end()) {
		now = ember_clock_ns(CLOCK_MONOTONIC);
		if (now >= next) {
			next = now + ember_follow_turn(f);
			ember_follow_look_all(f);
			ember_follow_read(f, now);
			if (ember_follow_cut(f, now))
				next = now;
			else
				ember_follow_forget(f, now);
		}
		ember_follow_send(f, next > now ? next : now + EMBER_FOLLOW_CUTS);
		ember_relay_counts_write(f->relay, f);
		if (!ember_signals_end())
			err = ember_follow_wait(f, &loop, next);
	}
	ember_loop_free(&loop);
	ember_relay_counts_write(f->relay, f);
	while (f->nr_source)
		ember_followed_free(&f->source[--f->nr_source]);
	free(f->source);
	free(f->boot);
	ember_spool_close(&f->spool);
	return err;
}
