// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/request_event.h"

#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "base/message.h"
#include "base/number.h"

#define EMBER_PERIOD_MAX UINT32_MAX

int ember_request_wrong(const char *what, const char *text, const char *instead)
{
	ember_error("%s %s: %s", what, text, instead);
	return 2;
}

bool ember_request_period(const struct ember_event_kind *kind, const char *text,
			  uint64_t *period)
{
	double seconds;

	if (kind->unit != EMBER_UNIT_NANOSECONDS)
		return ember_number_bytes(text, 1, period) && *period &&
		       *period <= EMBER_PERIOD_MAX;
	if (!ember_number_seconds(text, &seconds) || seconds * 1e9 > EMBER_PERIOD_MAX)
		return false;
	*period = seconds * 1e9 + 0.5;
	return *period;
}

static const char *ember_request_periods(const struct ember_event_kind *kind)
{
	return kind->unit == EMBER_UNIT_NANOSECONDS ?
		       "a time of 1ns to 4s, such as 10ms" :
		       "a size of 1 byte to 4G less 1, such as growth:64K";
}

int ember_request_time(uint64_t *rate, const char *option, const char *text)
{
	const struct ember_event_kind *kind = ember_event_of(EMBER_EVENT_BLOCK);

	if (!ember_request_period(kind, text, rate))
		return ember_request_wrong(option, text, ember_request_periods(kind));
	return 0;
}

/* Return where the request has the N of that kind of event, or NULL where no option gives it. */
static uint64_t *ember_request_rate_of(struct ember_request *r,
				       const struct ember_event_kind *kind)
{
	if (kind->type == EMBER_EVENT_MUTEX)
		return &r->mutex_rate;
	return kind->unit == EMBER_UNIT_NANOSECONDS ? &r->block_rate : NULL;
}

/* Give events without an N of their own theirs. */
int ember_request_rates(struct ember_request *r)
{
	const struct ember_event_kind *kind;
	bool blocks = false, mutex = false;
	uint64_t *rate;
	uint32_t i;

	for (i = 0; i < r->nr_events; i++) {
		kind = ember_event_of(r->events[i].type);
		if (kind->unit == EMBER_UNIT_COUNT && !r->cpu)
			return ember_request_wrong(
				"-e", kind->name,
				"add cpu: counters are read with its samples");
		rate = ember_request_rate_of(r, kind);
		blocks |= rate == &r->block_rate;
		mutex |= rate == &r->mutex_rate;
		if (!r->events[i].period)
			r->events[i].period = rate && *rate ? *rate : kind->period;
	}
	if (r->block_rate && !blocks) {
		ember_error("--block-rate: no event that waits have: add -e block");
		return 2;
	}
	if (r->mutex_rate && !mutex) {
		ember_error("--mutex-rate: no event mutex: add -e mutex");
		return 2;
	}
	return 0;
}

/* Add EVENT or EVENT:N, n bytes of text. */
static int ember_request_event(struct ember_request *r, const char *text, size_t n)
{
	const char *colon = memchr(text, ':', n);
	size_t name = colon ? (size_t)(colon - text) : n;
	const struct ember_event_kind *kind = ember_event_find(text, name);
	uint64_t period = 0;
	char part[64];
	uint32_t i;

	snprintf(part, sizeof(part), "%.*s", (int)n, text);
	if (name == strlen("cpu") && !memcmp(text, "cpu", name)) {
		r->cpu = true;
		return colon ? ember_request_wrong("-e", part, "the rate of cpu is -F HZ") : 0;
	}
	if (kind && !kind->period)
		return ember_request_wrong("-e", part,
					   "threads are listed by emberprof threads");
	if (!kind)
		return ember_request_wrong("-e", part,
					   "no such event (emberprof record -h lists them)");
	if (colon && kind->unit == EMBER_UNIT_COUNT)
		return ember_request_wrong("-e", part,
					   "counters are read at the rate of cpu, -F HZ");
	if (colon &&
	    (n >= sizeof(part) || !ember_request_period(kind, part + name + 1, &period)))
		return ember_request_wrong("-e", part, ember_request_periods(kind));
	for (i = 0; i < r->nr_events; i++)
		if (r->events[i].type == kind->type)
			return ember_request_wrong("-e", part, "the event is named twice");
	if (r->nr_events == EMBER_EVENTS_MAX)
		return ember_request_wrong("-e", part, "no more than 8 of them");
	r->events[r->nr_events++] =
		(struct ember_event){ .type = kind->type, .period = period };
	return 0;
}

void ember_request_wall(struct ember_request *r)
{
	static const uint32_t types[] = { EMBER_EVENT_BLOCK, EMBER_EVENT_PREEMPT };
	uint32_t i, k;

	r->cpu = true;
	if (!r->hz)
		r->hz = EMBER_HZ_DEFAULT;
	/* A sample of each event then counts for as much time. */
	if (!r->block_rate && r->hz != EMBER_HZ_MAX)
		r->block_rate = 1000000000 / r->hz;
	for (i = 0; i < 2; i++) {
		for (k = 0; k < r->nr_events; k++)
			if (r->events[k].type == types[i])
				break;
		if (k == r->nr_events && k < EMBER_EVENTS_MAX)
			r->events[r->nr_events++] = (struct ember_event){ .type = types[i] };
	}
}

int ember_request_events(struct ember_request *r, const char *text)
{
	size_t n;
	int err;

	do {
		n = strcspn(text, ",");
		err = ember_request_event(r, text, n);
		text += n;
	} while (!err && *text++);
	return err;
}
