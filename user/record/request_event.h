/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events that the command line of `record` asks for, each with its period. */
#ifndef EMBER_REQUEST_EVENT_H
#define EMBER_REQUEST_EVENT_H

#include "base/event.h"
#include "record/request_state.h"

/* Report an option's value that makes no sense. Returns 2, the exit status. */
int ember_request_wrong(const char *what, const char *text, const char *instead);

/* Read the N of an event, in its unit: bytes, or a time. False: it is none. */
bool ember_request_period(const struct ember_event_kind *kind, const char *text,
			  uint64_t *period);
/* Add EVENT or EVENT:N, several with commas between them: 0, or 2 (said). */
int ember_request_events(struct ember_request *request, const char *text);
/* Read the N of events of time that have none of their own, in ns: 0, or 2 (said). */
int ember_request_time(uint64_t *rate, const char *option, const char *text);
/* Add the events of --wall. Once all other options are read. */
void ember_request_wall(struct ember_request *request);
/* Give events without an N of their own theirs: 0, or 2 (said). Once all options are read. */
int ember_request_rates(struct ember_request *request);

#endif
