/* SPDX-License-Identifier: GPL-2.0-only */
/* Hardware counters of perf's, read on their own CPU in any context. */
#ifndef EMBER_COMPAT_PERF_H
#define EMBER_COMPAT_PERF_H

#include <linux/err.h>
#include <linux/perf_event.h>
#include <linux/smp.h>

#ifdef CONFIG_PERF_EVENTS
#define EMBER_PERF true

/* Returns the counter PERF_COUNT_HW_* of a CPU, or an error. May sleep. */
static inline struct perf_event *ember_perf_create(u32 config, int cpu, bool disabled)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = config,
		.pinned = true,
		.disabled = disabled,
	};

	return perf_event_create_kernel_counter(&attr, cpu, NULL, NULL, NULL);
}

static inline void ember_perf_release(struct perf_event *event)
{
	perf_event_release_kernel(event);
}

/* Returns false for a pinned counter that found no room in the PMU. */
static inline bool ember_perf_has_room(const struct perf_event *event)
{
	return READ_ONCE(event->state) > PERF_EVENT_STATE_OFF;
}

/*
 * What perf_event_read_local() does, which no kernel exports. Interrupts off. Returns false if
 * the counter doesn't count on this CPU now.
 */
static inline bool ember_perf_read(struct perf_event *event, u64 *value)
{
	if (event->state != PERF_EVENT_STATE_ACTIVE || event->oncpu != smp_processor_id())
		return false;
	event->pmu->read(event);
	*value = local64_read(&event->count);
	return true;
}
#else
#define EMBER_PERF false

static inline struct perf_event *ember_perf_create(u32 config, int cpu, bool disabled)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline void ember_perf_release(struct perf_event *event)
{
}

static inline bool ember_perf_has_room(const struct perf_event *event)
{
	return false;
}

static inline bool ember_perf_read(struct perf_event *event, u64 *value)
{
	return false;
}
#endif

#endif
