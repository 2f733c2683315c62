// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/sender.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/ack_window.h"

#define EMBER_SENDER_WAIT_NS  3000000000ull /* before it's sent again, at first, */
#define EMBER_SENDER_LEAST_NS 1500000000ull /* at least, */
#define EMBER_SENDER_MOST_NS  30000000000ull /* and at most */
/* What went out so long before another that came isn't just late. */
#define EMBER_SENDER_ORDER_NS 100000000ull

void ember_sender_init(struct ember_sender *s, uint32_t keep, uint32_t rate, uint32_t burst,
		       uint64_t now_ns)
{
	memset(s, 0, sizeof(*s));
	s->keep = keep;
	s->rate = rate;
	s->burst = burst;
	s->allowance = burst;
	s->reckoned_ns = now_ns;
}

static void ember_sender_remove(struct ember_sender *s, uint32_t i)
{
	s->bytes -= s->item[i].n;
	free(s->item[i].bytes);
	s->nr--;
	memmove(s->item + i, s->item + i + 1, (s->nr - i) * sizeof(*s->item));
}

bool ember_sender_two_way(const struct ember_sender *s, uint64_t now_ns)
{
	return s->heard_ns && now_ns - s->heard_ns < EMBER_SENDER_SILENCE_NS;
}

void ember_sender_chunk(void *context, const void *chunk, uint32_t n)
{
	struct ember_sender *s = context;
	struct ember_chunk head;

	if (!ember_chunk_at(chunk, n, &head))
		return;
	s->stream = head.stream;
	s->end = head.sequence + 1;
	while (s->nr && (s->bytes + n > s->keep || s->nr == EMBER_SENDER_CHUNKS)) {
		s->unsent += !s->item[0].sent_ns;
		s->stale = true;
		ember_sender_remove(s, 0);
	}
	s->item = ember_array_reserve(s->item, s->nr, &s->size, sizeof(*s->item));
	s->item[s->nr] = (struct ember_outgoing){ .n = n, .sequence = head.sequence };
	s->item[s->nr].bytes = ember_xrealloc(NULL, n, 1);
	memcpy(s->item[s->nr++].bytes, chunk, n);
	s->bytes += n;
}

static void ember_sender_reckon(struct ember_sender *s, uint64_t now_ns)
{
	uint64_t passed = now_ns - s->reckoned_ns;

	/* What is longer than this fills it anyway. */
	if (passed > 10000000000ull)
		passed = 10000000000ull;
	/* Time that isn't worth a byte yet is left for later. */
	if (passed * s->rate < 1000000000ull)
		return;
	s->allowance += passed * s->rate / 1000000000ull;
	if (s->allowance > s->burst)
		s->allowance = s->burst;
	s->reckoned_ns = now_ns;
}

/* When one is to go out, if there's room; UINT64_MAX: not before something is heard. */
static uint64_t ember_sender_due(const struct ember_sender *s,
				 const struct ember_outgoing *item, uint64_t now_ns)
{
	if (!item->sent_ns)
		return 0;
	if (s->reliable || !ember_sender_two_way(s, now_ns))
		return UINT64_MAX;
	/* The other end is silent: the oldest one asks whether it's there. */
	if (item != s->item && item->wait_ns && now_ns - s->heard_ns > 2 * item->wait_ns)
		return UINT64_MAX;
	return item->sent_ns + item->wait_ns;
}

static uint32_t ember_sender_find(const struct ember_sender *s, uint64_t now_ns,
				  uint64_t *due_ns)
{
	uint32_t i;

	*due_ns = UINT64_MAX;
	for (i = 0; i < s->nr; i++) {
		uint64_t due = ember_sender_due(s, &s->item[i], now_ns);

		if (due < *due_ns)
			*due_ns = due;
		if (due <= now_ns)
			return i;
	}
	return i;
}

const struct ember_outgoing *ember_sender_next(struct ember_sender *s, uint64_t now_ns,
					       uint64_t *wait_ns)
{
	uint64_t due_ns;
	uint32_t i = ember_sender_find(s, now_ns, &due_ns);

	ember_sender_reckon(s, now_ns);
	*wait_ns = due_ns == UINT64_MAX ? due_ns : due_ns - now_ns;
	if (i == s->nr)
		return NULL;
	s->due = i;
	*wait_ns = s->allowance > 0 ? 0 :
				      (1 - s->allowance) * 1000000000ull / s->rate + 1000000;
	return s->allowance > 0 ? &s->item[i] : NULL;
}

void ember_sender_gone(struct ember_sender *s, uint64_t now_ns)
{
	struct ember_outgoing *item = &s->item[s->due];
	uint64_t wait = s->round_ns ? 2 * s->round_ns : EMBER_SENDER_WAIT_NS;

	/* What is on its way before it, and itself, at the line's rate. */
	wait += 4 * item->n * 1000000000ull / s->rate;
	if (item->times && item->wait_ns > wait)
		wait = item->wait_ns;
	if (item->times)
		wait *= 2;
	if (wait < EMBER_SENDER_LEAST_NS)
		wait = EMBER_SENDER_LEAST_NS;
	if (wait > EMBER_SENDER_MOST_NS)
		wait = EMBER_SENDER_MOST_NS;
	s->resent += item->times++ != 0;
	item->sent_ns = now_ns;
	item->wait_ns = wait;
	s->allowance -= item->n;
}

bool ember_sender_heard(struct ember_sender *s, const struct ember_chunk *ack, uint64_t now_ns)
{
	uint64_t latest = 0;
	uint32_t i;

	if (!(ack->flags & EMBER_CHUNK_ACK) || ack->stream != s->stream ||
	    ack->sequence > s->end)
		return false;
	s->heard_ns = now_ns;
	for (i = s->nr; i-- > 0;) {
		const struct ember_outgoing *item = &s->item[i];
		uint64_t round = now_ns - item->sent_ns;

		if (!item->sent_ns || !ember_ack_window_says(ack, item->sequence))
			continue;
		if (item->sent_ns > latest)
			latest = item->sent_ns;
		/* Of one that was sent twice it isn't known which it was. */
		if (item->times == 1)
			s->round_ns = s->round_ns ? (7 * s->round_ns + round) / 8 : round;
		ember_sender_remove(s, i);
	}
	/* What went out well before something that came didn't come. */
	for (i = 0; i < s->nr; i++)
		if (s->item[i].sent_ns && s->item[i].sent_ns + EMBER_SENDER_ORDER_NS < latest)
			s->item[i].wait_ns = 0;
	return true;
}

uint32_t ember_sender_waiting(const struct ember_sender *s)
{
	uint32_t i, bytes = 0;

	/* The latest are what waits. */
	for (i = s->nr; i-- > 0 && !s->item[i].sent_ns;)
		bytes += s->item[i].n;
	return bytes;
}

void ember_sender_restart(struct ember_sender *s)
{
	uint32_t i;

	for (i = 0; i < s->nr; i++)
		s->item[i].sent_ns = 0;
}

void ember_sender_free(struct ember_sender *s)
{
	while (s->nr)
		ember_sender_remove(s, s->nr - 1);
	free(s->item);
	memset(s, 0, sizeof(*s));
}
