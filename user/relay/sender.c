// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/sender.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/message.h"
#include "model/index.h"

#define EMBER_SENDER_FIRST 1.0 /* s */
#define EMBER_SENDER_MOST  60.0
#define EMBER_SENDER_ASKED 3600.0 /* of what a server asks for */
#define EMBER_SENDER_LINE  60000000000ull /* ns between two lines of a kind */

/* Between half of it and all of it: relays that lost one server don't come back at once. */
static double ember_sender_jitter(double seconds)
{
	static uint64_t state;

	state = ember_mix(state + ember_index_seed, ember_clock_ns(CLOCK_MONOTONIC));
	return seconds * (0.5 + (state >> 40) / (double)(1 << 24) / 2);
}

static void ember_sender_back_off(struct ember_relay_sender *s, double asked)
{
	double wait = EMBER_SENDER_FIRST;
	uint32_t i;

	for (i = 0; i < s->failed && wait < EMBER_SENDER_MOST; i++)
		wait *= 2;
	if (wait > EMBER_SENDER_MOST)
		wait = EMBER_SENDER_MOST;
	wait = ember_sender_jitter(wait);
	if (asked > EMBER_SENDER_ASKED)
		asked = EMBER_SENDER_ASKED;
	/* Not before what the server asks for. */
	if (asked > wait)
		wait = asked + ember_sender_jitter(asked / 10);
	s->failed++;
	s->due_ns = ember_clock_ns(CLOCK_MONOTONIC) + wait * 1e9;
}

static void ember_sender_say(struct ember_relay_sender *s, enum ember_verdict verdict,
			     const struct ember_relay_request *q)
{
	static const char *const words[] = { "", "will try again", "dropped",
					     "may or may not have it: not sent again" };
	struct ember_sender_said *said = &s->said[verdict];
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	time_t seconds = q->time_ns / 1000000000;
	char when[40] = "", more[60] = "";
	struct tm tm;

	if (said->said_ns && now - said->said_ns < EMBER_SENDER_LINE) {
		said->left_out++;
		return;
	}
	gmtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%TZ", &tm);
	if (said->left_out)
		snprintf(more, sizeof(more), " (and %llu more since the last line)",
			 (unsigned long long)said->left_out);
	ember_warning("%s: %s, %s: %s: %s%s", ember_client_host(s->http), q->series, when,
		      words[verdict], s->why, more);
	said->said_ns = now;
	said->left_out = 0;
}

enum ember_verdict ember_sender_post(struct ember_relay_sender *s,
				     const struct ember_relay_request *q)
{
	struct ember_client_outcome out;
	struct ember_sender_count *count = NULL;

	ember_client_post(s->http, &q->body, q->gzip, &out);
	memcpy(s->why, out.why, sizeof(s->why));
	s->busy = out.busy;
	switch (out.verdict) {
	case EMBER_VERDICT_SENT: count = &s->sent; break;
	case EMBER_VERDICT_REFUSED: count = &s->refused; break;
	case EMBER_VERDICT_UNCERTAIN: count = &s->uncertain; break;
	case EMBER_VERDICT_AGAIN: s->retries++; break;
	}
	if (count) {
		count->profiles++;
		count->samples += q->samples;
	}
	/* After an uncertain one the server may be in trouble, too. */
	if (out.verdict == EMBER_VERDICT_AGAIN || out.verdict == EMBER_VERDICT_UNCERTAIN)
		ember_sender_back_off(s, out.retry_after);
	else
		s->failed = s->due_ns = 0;
	if (out.verdict != EMBER_VERDICT_SENT)
		ember_sender_say(s, out.verdict, q);
	return out.verdict;
}
