// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid_namespace.h>

#include "../base/limits.h"
#include "../flight/flight.h"
#include "../flight/region.h"
#include "../ring/segment.h"
#include "config.h"
#include "recorder.h"
#include "session.h"
#include "sessions.h"

static unsigned long ember_recorder_room(void)
{
	return ember_max_bytes - ember_memory_used;
}

static struct ember_session *ember_recorder_start(const struct ember_flight_request *r,
						  struct ember_flight_ring *ring,
						  unsigned int nr_cpus)
{
	struct ember_config config = {
		.hz = r->hz,
		.ring_bytes = PAGE_SIZE,
		.max_frames = r->max_frames,
		.stack_slots = EMBER_FLIGHT_STACKS,
		.thread_slots = EMBER_FLIGHT_THREADS,
	};
	struct ember_session *s = ember_session_new(NULL, &init_pid_ns);
	unsigned int cpu;
	int err;

	if (IS_ERR(s))
		return s;
	mutex_lock(&s->lock);
	err = ember_session_config(s, &config, NULL);
	if (!err) {
		for_each_cpu(cpu, s->cpus)
			s->cpu[cpu]->flight = &ring[cpu];
		s->spaces.definitions.flight = &ring[nr_cpus];
		ember_session_publish(s);
		err = ember_session_start(s);
	}
	mutex_unlock(&s->lock);
	if (!err)
		return s;
	ember_session_put(s);
	return ERR_PTR(err);
}

const struct ember_flight_ops ember_recorder_ops = {
	.room = ember_recorder_room,
	.start = ember_recorder_start,
	.end = ember_session_put,
};
