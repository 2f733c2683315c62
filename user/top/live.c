// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/compact.h"
#include "model/normalize.h"
#include "symbolize/naming.h"

#define EMBER_LIVE_LAG_NS 300000000ull /* until mappings have come of what was sampled last */
#define EMBER_LIVE_STACKS 16384 /* that are known before all that is known is let go */

static void ember_live_symbols(struct ember_live *l)
{
	struct ember_record_session *s = l->session;

	l->symbols = ember_symbols_new();
	ember_symbols_remote(l->symbols, s->request->remote_files);
	ember_session_symbols(s, s->request, l->symbols);
	s->keep = l->symbols;
}

void ember_live_begin(struct ember_live *l, struct ember_record_session *session)
{
	*l = (struct ember_live){ .session = session };
	ember_live_symbols(l);
}

void ember_live_restart(struct ember_live *l)
{
	l->since_ns = ember_clock_ns(CLOCK_MONOTONIC);
	l->then.self = ember_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* Weeks of new stacks need no more memory than some minutes of them. */
static void ember_live_forget(struct ember_live *l)
{
	struct ember_recording *r = &l->session->recording;

	if (l->tally.dict.nr_stack < EMBER_LIVE_STACKS && r->stacks.nr < EMBER_LIVE_STACKS)
		return;
	ember_symbols_free(l->symbols);
	ember_tally_free(&l->tally);
	ember_recording_compact(r);
	ember_live_symbols(l);
}

/* The counts are in the tally: the next interval begins without any. */
static void ember_live_uncount(struct ember_recording *r)
{
	uint32_t i;

	ember_sample_set_free(&r->counts);
	/* Rings go on to name events by their numbers. */
	free(r->events.count);
	ember_index_free(&r->events.index);
	memset(&r->events.index, 0, sizeof(r->events.index));
	r->events.count = NULL;
	r->events.nr_count = r->events.count_size = 0;
	r->lost = r->skipped = 0;
	for (i = 0; i < r->events.nr_event; i++)
		r->event[i].lost = r->event[i].undefined = (struct ember_event_sum){};
}

static void ember_live_costs(struct ember_live *l)
{
	const struct ember_status *status = &l->session->status;
	struct ember_live_cost now = l->then;

	now.self = ember_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	if (!ember_session_status(l->session)) {
		now.module = status->counters.handler_ns + status->snapshot_ns;
		l->cpus = status->cpus_online;
	}
	l->took = (struct ember_live_cost){ now.module - l->then.module,
					    now.self - l->then.self };
	l->then = now;
}

struct ember_profile *ember_live_take(struct ember_live *l)
{
	struct ember_recording *r = &l->session->recording;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	struct ember_profile *profile;

	ember_session_read(l->session);
	ember_recording_look(r);
	ember_recording_resolve(r, now - EMBER_LIVE_LAG_NS);
	ember_live_costs(l);
	l->length_ns = now - l->since_ns;
	l->since_ns = now;
	ember_sample_set_free(&l->tally.counts);
	ember_event_set_free(&l->tally.events);
	ember_normalize_all(r, &l->tally);
	l->tally.duration_ns = l->length_ns;
	ember_live_uncount(r);
	profile = ember_naming_profile(&l->tally, l->symbols);
	ember_live_forget(l);
	return profile;
}

struct ember_profile *ember_live_again(struct ember_live *l)
{
	return ember_naming_profile(&l->tally, l->symbols);
}

void ember_live_free(struct ember_live *l)
{
	ember_symbols_free(l->symbols);
	ember_tally_free(&l->tally);
}
