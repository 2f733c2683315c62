/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is posted: one profile of one series. */
#ifndef EMBER_RELAY_REQUEST_H
#define EMBER_RELAY_REQUEST_H

#include "base/proto.h"
#include "relay/labels.h"

/*
 * A server takes 4 MiB and 16,000 samples a profile, uncompressed, and 2 MB at once: larger ones
 * are sent as several profiles of the same series, 1 ns apart.
 */
#define EMBER_REQUEST_BYTES	(1u << 20)
#define EMBER_REQUEST_SAMPLES	16000
#define EMBER_REQUEST_MAX	(4u << 20)	/* of a sample that cannot be split */

enum ember_relay_form {
	EMBER_RELAY_PUSH,		/* push.v1, of Pyroscope */
	EMBER_RELAY_OTLP,		/* OTLP profiles */
};

struct ember_relay_request {
	struct ember_buf body;
	bool gzip;			/* the body is compressed as a whole */
	uint64_t time_ns;		/* since 1970 */
	uint64_t samples, weight;	/* the sums of its two values */
	char series[160];		/* for messages: its name and service */
};

/* Called with each request, whose body the callee takes. Return false: stop, it failed (said). */
typedef bool ember_request_take(void *context, struct ember_relay_request *request);

struct ember_request_maker {
	enum ember_relay_form form;
	struct ember_relay_rules *rules;
	ember_request_take *take;
	void *context;
	uint64_t dropped;		/* samples of profiles that no server would take */
	uint64_t overflowed;		/* samples of EMBER_SERIES_OTHER */
};

/*
 * Make the requests of a profile, all its series and events. Their time is the profile's, or
 * just behind *last_ns if that is later and within the profile's duration: times of a series rise.
 * *last_ns becomes the last one's. Returns false if `take` failed.
 */
bool ember_request_make(struct ember_request_maker *maker, struct ember_profile *profile,
			uint64_t *last_ns);
/* Compress with a header of gzip's. `from` is emptied. */
void ember_request_gzip(struct ember_buf *to, struct ember_buf *from);

#endif
