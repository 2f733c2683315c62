// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/conditions.h"

#include "base/clock.h"
#include "log/fields.h"
#include "log/stream_clock.h"

#define EMBER_LOG_CLOCK_NS 60000000000ull /* between two CLOCK fields, at most */
#define EMBER_LOG_STEP_NS  500000000ll /* by which the date is another one */

bool ember_conditions_clock_due(const struct ember_log_writer *w)
{
	/* Also by a suspend, in which CLOCK_MONOTONIC stood still. */
	int64_t step = ember_clock_ns(CLOCK_REALTIME) - ember_clock_ns(CLOCK_MONOTONIC) -
		       w->clock_ahead_ns;

	return ember_clock_ns(CLOCK_MONOTONIC) - w->clock_ns > EMBER_LOG_CLOCK_NS ||
	       (!w->hello.last_boot &&
		(step > EMBER_LOG_STEP_NS || step < -EMBER_LOG_STEP_NS));
}

void ember_conditions_clock(struct ember_log_writer *w, uint64_t monotonic_ns)
{
	const struct ember_recording *r = w->recording;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint64_t ago = monotonic_ns ? now - monotonic_ns : 0;
	struct ember_stream_clock clock = {
		.monotonic_ns = now - ago,
		.boottime_ns = ember_clock_ns(CLOCK_BOOTTIME) - ago,
		.realtime_ns = ember_clock_ns(CLOCK_REALTIME) - ago,
	};

	w->clock_ns = now;
	w->clock_ahead_ns = clock.realtime_ns - clock.monotonic_ns;
	if (w->hello.last_boot) {
		clock.boottime_ns = monotonic_ns + r->spaces.ahead_ns;
		clock.realtime_ns = r->time_ns ? r->time_ns + (monotonic_ns - r->started_ns) :
						 0;
	} else if (monotonic_ns && monotonic_ns == r->started_ns && r->time_ns) {
		clock.realtime_ns = r->time_ns;
	}
	clock.is_set = clock.realtime_ns >= EMBER_CLOCK_SET;
	ember_stream_clock_put(&w->plain, &w->part, &clock);
}

void ember_conditions_losses(struct ember_log_writer *w)
{
	const struct ember_recording *r = w->recording;

	ember_proto_number(&w->part, EMBER_LOSSES_LOST, r->lost - w->before.lost);
	ember_proto_number(&w->part, EMBER_LOSSES_SKIPPED, r->skipped - w->before.skipped);
	ember_proto_number(&w->part, EMBER_LOSSES_UNDEFINED,
			   r->undefined - w->before.undefined + w->undefined);
	ember_proto_number(&w->part, EMBER_LOSSES_DOWNSAMPLED, w->downsampled);
	if (w->part.used)
		ember_proto_part(&w->plain, EMBER_CHUNK_LOSSES, &w->part);
}

void ember_conditions_cpus(struct ember_log_writer *w)
{
	uint32_t cpu;

	if (!w->hello.here || !ember_cpus_look(&w->cpus))
		return;
	for (cpu = 0; cpu < w->nr_cpus; cpu++)
		if (ember_cpus_on(&w->cpus, cpu))
			ember_proto_varint(&w->item, cpu);
	ember_proto_number(&w->part, EMBER_CPUS_MONOTONIC, ember_clock_ns(CLOCK_MONOTONIC));
	ember_proto_part(&w->part, EMBER_CPUS_ON, &w->item);
	ember_proto_part(&w->plain, EMBER_CHUNK_CPUS, &w->part);
}
