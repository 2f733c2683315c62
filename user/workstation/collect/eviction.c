// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/eviction.h"

#include <stdlib.h>

#include "base/clock.h"

#define EMBER_STORE_LIVE_NS 600000000000ull /* a log that was written to since is at work */

/* How much is against a log's removal. */
static unsigned int ember_store_worth(const struct ember_store *s,
				      const struct ember_stored_log *stored, uint64_t now)
{
	bool live = stored->held && stored->times > 1 &&
		    now - stored->written_ns < EMBER_STORE_LIVE_NS;
	bool small = s->board[stored->board].bytes <
		     s->bound.bytes / (s->with_logs + !s->with_logs);

	return stored->busy ? 4 : 2 * live + small;
}

/* Takes a log out of the list: the oldest of those that are worth least; NULL: none may go. */
static struct ember_stored_log *ember_store_take(struct ember_store *s)
{
	struct ember_stored_log **at, **found = NULL, *stored;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	unsigned int least = 4;

	for (at = &s->first; *at && least; at = &(*at)->next) {
		unsigned int worth = ember_store_worth(s, *at, now);

		if (worth < least) {
			least = worth;
			found = at;
		}
	}
	if (!found)
		return NULL;
	stored = *found;
	*found = stored->next;
	if (!*found)
		s->end = found;
	ember_store_count(s, stored, -(int64_t)(stored->bytes + EMBER_STORE_LOG), -1);
	s->removed++;
	stored->gone = true;
	free(s->listed);
	s->listed = NULL;
	return stored;
}

struct ember_store_removal {
	struct ember_store *store;
	ember_store_remove *remove;
	void *context;
};

/* An ember_log_remove. */
static bool ember_store_drop(void *context)
{
	const struct ember_store_removal *r = context;
	struct ember_stored_log *stored = ember_store_take(r->store);

	if (!stored)
		return false;
	r->remove(r->context, stored->name);
	/* The stream that holds it goes on with a new one. */
	if (!stored->held)
		ember_stored_log_free(stored);
	return true;
}

void ember_store_shrink(struct ember_store *s, uint64_t n, ember_store_remove *remove,
			void *context)
{
	struct ember_store_removal r = { s, remove, context };

	while (s->nr >= EMBER_STORE_LOGS && ember_store_drop(&r)) {
	}
	ember_log_bound_room(&s->bound, n + EMBER_STORE_LOG, ember_store_drop, &r);
}
