/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session whose samples are taken out of it again and again, each time as a profile. */
#ifndef EMBER_LIVE_H
#define EMBER_LIVE_H

#include "model/profile.h"
#include "model/tally.h"
#include "record/session.h"

struct ember_live_cost {		/* up to now, in ns */
	uint64_t module, self;
};

struct ember_live {			/* begins as ember_live_begin() makes it */
	struct ember_record_session *session;	/* it runs */
	struct ember_tally tally;	/* its dictionary stays, as names depend on it */
	struct ember_symbols *symbols;
	uint64_t since_ns;		/* CLOCK_MONOTONIC: the interval began, */
	struct ember_live_cost then;	/* at that cost */
	uint64_t length_ns;		/* of the last interval, which took */
	struct ember_live_cost took;	/* so much, the profile before it included */
	uint32_t cpus;			/* that sampled at its end */
};

/* Before the session is opened. */
void ember_live_begin(struct ember_live *live, struct ember_record_session *session);
/* The session has started: the first interval begins now. */
void ember_live_restart(struct ember_live *live);
/*
 * Return what was sampled since the last call, all but what may still lack its mappings, with
 * names. The caller frees it.
 */
struct ember_profile *ember_live_take(struct ember_live *live);
/* Return the last one once more. */
struct ember_profile *ember_live_again(struct ember_live *live);
void ember_live_free(struct ember_live *live);

#endif
