// SPDX-License-Identifier: GPL-2.0-or-later
#include "threads/shot.h"

#include "model/normalize.h"
#include "record/prepare.h"
#include "symbolize/naming.h"
#include "symbolize/symbols.h"

void ember_shot_begin(struct ember_shot *shot)
{
	struct ember_request *r = &shot->request;

	r->unwind_wait = EMBER_SHOT_PATIENCE;
	r->events[0] = (struct ember_event){ .type = EMBER_EVENT_THREADS, .period = 1 };
	r->nr_events = 1;
}

static int ember_shot_session(struct ember_shot *shot)
{
	struct ember_request *r = &shot->request;
	int err;

	err = ember_watch_open(&shot->watch, r->ids, r->nr_ids,
			       r->filter == EMBER_FILTER_THREADS);
	if (!err)
		err = ember_session_open(&shot->session);
	if (!err)
		err = ember_session_configure(&shot->session, 0);
	if (!err) {
		ember_prepare(r, &shot->signals, &shot->session.loader);
		ember_session_begin(&shot->session);
		err = ember_snapshot_take(&shot->snapshot, EMBER_SHOT_PATIENCE);
	}
	ember_session_close(&shot->session);
	return !err && ember_signals_end() ? 128 + ember_signals_end() : err;
}

int ember_shot_take(struct ember_shot *shot)
{
	shot->session = EMBER_SESSION(&shot->request);
	shot->session.watch = &shot->watch;
	shot->snapshot.session = &shot->session;
	shot->symbols = ember_symbols_new();
	ember_symbols_remote(shot->symbols, shot->request.remote_files);
	ember_session_symbols(&shot->session, &shot->request, shot->symbols);
	shot->session.keep = shot->symbols;
	ember_dates_look(&shot->session.loader.dates);
	return ember_shot_session(shot);
}

struct ember_profile *ember_shot_profile(struct ember_shot *shot)
{
	struct ember_profile *profile;

	ember_normalize_all(&shot->session.recording, &shot->tally);
	shot->tally.duration_ns = 0;
	profile = ember_naming_profile(&shot->tally, shot->symbols);
	profile->shown = 0;
	return profile;
}

void ember_shot_free(struct ember_shot *shot)
{
	ember_watch_close(&shot->watch);
	ember_session_free(&shot->session);
	ember_symbols_free(shot->symbols);
	ember_tally_free(&shot->tally);
}
