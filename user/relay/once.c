// SPDX-License-Identifier: GPL-2.0-or-later
/* All of some logs at once, sent as it is made. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/message.h"
#include "import/logs.h"
#include "relay/counts.h"
#include "relay/relay.h"
#include "relay/followed.h"

#define EMBER_ONCE_STREAMS 65536
#define EMBER_ONCE_TRIES   6 /* of a request that was certainly not taken */
#define EMBER_ONCE_ASKED   60000000000ull /* ns that a server may ask us to wait */

/* Wait until the sender may go on. Returns false if that is too long, or a signal came. */
static bool ember_once_wait(struct ember_relay *r)
{
	struct ember_loop loop = EMBER_LOOP(r->signals);
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC), due = r->sender.due_ns;
	bool good = due < now + EMBER_ONCE_ASKED;

	while (good && now < due && !ember_signals_end()) {
		ember_loop_begin(&loop);
		ember_loop_due(&loop, due);
		good = !ember_loop_wait(&loop);
		now = ember_clock_ns(CLOCK_MONOTONIC);
	}
	ember_loop_free(&loop);
	return good && !ember_signals_end();
}

static bool ember_once_take(void *context, struct ember_relay_request *q)
{
	struct ember_relay *r = context;
	enum ember_verdict verdict = EMBER_VERDICT_AGAIN;
	uint32_t tries;
	bool good = true;

	for (tries = 0; good && verdict == EMBER_VERDICT_AGAIN && tries < EMBER_ONCE_TRIES;
	     tries++) {
		good = ember_once_wait(r);
		if (good)
			verdict = ember_sender_post(&r->sender, q);
		/* Before anything is sent, the command can as well be given once more. */
		good = good && (r->sender.busy || r->sender.sent.profiles ||
				r->sender.uncertain.profiles);
	}
	free(q->body.bytes);
	if (verdict != EMBER_VERDICT_AGAIN)
		return true;
	ember_error("%s: gave up%s", ember_client_host(r->sender.http),
		    ember_signals_end() ? ": interrupted" : "");
	return false;
}

/* The stream whose oldest samples are first; NULL: nothing is left that has a time. */
static struct ember_feed *ember_once_pick(struct ember_relay *r, struct ember_followed *s,
					  struct ember_cut *cut)
{
	struct ember_feed *first = NULL;
	struct ember_cut one;
	uint32_t i;

	for (i = 0; i < s->nr_feed; i++) {
		if (ember_cut_find(s->feed[i], r->interval_ns, true, &one) < EMBER_CUT_OPEN ||
		    (first && one.from_ns >= cut->from_ns))
			continue;
		first = s->feed[i];
		*cut = one;
	}
	return first;
}

/* Take the chunks of all logs, in one feed for each stream. */
static bool ember_once_read(struct ember_followed *s, char **path, int nr)
{
	struct ember_logs logs = {};
	struct ember_search search;
	struct ember_chunk chunk;
	bool good = true;
	int i;

	for (i = 0; good && i < nr; i++) {
		struct ember_buf other = {};

		good = ember_logs_add(&logs, path[i], NULL, &other);
		if (other.bytes)
			good = !ember_error("%s: is no log", path[i]);
		free(other.bytes);
	}
	if (good) {
		ember_logs_damage(&logs);
		ember_search_begin(&search, logs.all.bytes, logs.all.used);
		while (ember_chunk_next(&search, &chunk))
			ember_followed_put(s, &chunk);
	}
	ember_logs_free(&logs);
	return good;
}

static void ember_once_account(struct ember_relay *r, const struct ember_followed *s)
{
	uint64_t undefined = 0, missing = 0, wrong = 0;
	uint32_t i;

	for (i = 0; i < s->nr_feed; i++) {
		const struct ember_feed *f = s->feed[i];

		r->unplaced += ember_feed_pending(f) + f->dropped;
		undefined += f->stream.undefined;
		missing += f->missing;
		wrong += f->wrong;
	}
	if (missing || undefined)
		ember_warning(
			"%llu chunks are missing, and %llu samples whose stacks they defined",
			(unsigned long long)missing, (unsigned long long)undefined);
	if (wrong)
		ember_warning("skipped invalid fields in %llu chunks",
			      (unsigned long long)wrong);
	if (s->ignored)
		ember_warning("ignoring %llu chunks: more than %u streams",
			      (unsigned long long)s->ignored, EMBER_ONCE_STREAMS);
}

int ember_once_run(struct ember_relay *r, char **path, int nr)
{
	struct ember_followed s = { .most = EMBER_ONCE_STREAMS };
	struct ember_feed *feed;
	struct ember_cut cut;
	bool good = ember_once_read(&s, path, nr);

	r->maker.take = ember_once_take;
	r->maker.context = r;
	do {
		ember_followed_feed(&s, true);
		feed = good ? ember_once_pick(r, &s, &cut) : NULL;
		if (feed)
			good = ember_relay_cut(r, feed, &cut);
	} while (good && feed);
	if (good)
		ember_once_account(r, &s);
	ember_followed_free(&s);
	return !good || r->sender.refused.profiles || r->sender.uncertain.profiles ||
	       r->unplaced;
}
