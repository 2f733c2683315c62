// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware counters without their interrupt: the clock's ticks read them. Each kind is one pinned
 * counter of perf's for each CPU, which all sessions share; a session keeps what it read last. So
 * no count is taken twice. A period in which perf did not count, since the counter lost its place in
 * the PMU or the CPU has none, has a sample of unknown weight, which counts as lost.
 */
#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/mutex.h>
#include <linux/percpu.h>

#include "../compat/perf.h"
#include "../sample/counter_values.h"
#include "counters.h"
#include "event.h"

static const u32 ember_counter_configs[EMBER_COUNTERS] = {
	PERF_COUNT_HW_CPU_CYCLES,
	PERF_COUNT_HW_INSTRUCTIONS,
	PERF_COUNT_HW_CACHE_MISSES,
	PERF_COUNT_HW_BRANCH_MISSES,
};

/* Under it ember_counters_here is written, of CPUs where no session reads it. */
static DEFINE_MUTEX(ember_counters_lock);
static unsigned int ember_counter_users[EMBER_COUNTERS];
static unsigned long ember_counters_known; /* kinds that were there */

static int ember_counter_create(unsigned int kind, unsigned int cpu)
{
	struct perf_event *counter =
		ember_perf_create(ember_counter_configs[kind], cpu, false);

	if (IS_ERR(counter))
		return PTR_ERR(counter);
	if (!ember_perf_has_room(counter)) {
		ember_perf_release(counter);
		return -ENOSPC;
	}
	per_cpu(ember_counters_here, cpu).kind[kind] = counter;
	return 0;
}

static void ember_counter_release(unsigned int kind, unsigned int cpu)
{
	struct perf_event *counter = per_cpu(ember_counters_here, cpu).kind[kind];

	per_cpu(ember_counters_here, cpu).kind[kind] = NULL;
	if (counter)
		ember_perf_release(counter);
}

/* Returns whether the PMU of any CPU has the counter. */
static bool ember_counter_available(unsigned int kind)
{
	struct perf_event *counter;
	unsigned int cpu;

	if (test_bit(kind, &ember_counters_known))
		return true;
	for_each_online_cpu(cpu) {
		counter = ember_perf_create(ember_counter_configs[kind], cpu, true);
		if (IS_ERR(counter))
			continue;
		ember_perf_release(counter);
		set_bit(kind, &ember_counters_known);
		return true;
	}
	return false;
}

/* Makes the counters for a further session; an error if no CPU has room for one. */
static int ember_counter_get(unsigned int kind)
{
	int err = -EOPNOTSUPP, last;
	unsigned int cpu;

	cpus_read_lock();
	mutex_lock(&ember_counters_lock);
	if (ember_counter_users[kind]) {
		err = 0;
	} else {
		for_each_online_cpu(cpu) {
			last = ember_counter_create(kind, cpu);
			if (err)
				err = last;
		}
	}
	ember_counter_users[kind] += !err;
	mutex_unlock(&ember_counters_lock);
	cpus_read_unlock();
	return err;
}

static void ember_counter_put(unsigned int kind)
{
	unsigned int cpu;

	mutex_lock(&ember_counters_lock);
	if (!--ember_counter_users[kind])
		for_each_possible_cpu(cpu)
			ember_counter_release(kind, cpu);
	mutex_unlock(&ember_counters_lock);
}

/* perf drops a CPU's counters as the CPU goes, for good. */
void ember_counters_offline(unsigned int cpu)
{
	unsigned int kind;

	mutex_lock(&ember_counters_lock);
	for (kind = 0; kind < EMBER_COUNTERS; kind++)
		ember_counter_release(kind, cpu);
	mutex_unlock(&ember_counters_lock);
}

void ember_counters_online(unsigned int cpu)
{
	unsigned int kind;

	mutex_lock(&ember_counters_lock);
	for (kind = 0; kind < EMBER_COUNTERS; kind++)
		if (ember_counter_users[kind])
			ember_counter_create(kind, cpu);
	mutex_unlock(&ember_counters_lock);
}

static void ember_counter_start(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	event->pending = 0;
	event->unknown = false;
	ember_counter_read(event);
}

/* What was counted since the last sample is of a period that has none. */
static void ember_counter_stop(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	event->pending = 0;
}

#define EMBER_COUNTER(what, kind_type, text, bit) \
	static bool ember_##what##_available(void) \
	{ \
		return ember_counter_available((kind_type)-EMBER_EVENT_CYCLES); \
	} \
	static int ember_##what##_init(void) \
	{ \
		return ember_counter_get((kind_type)-EMBER_EVENT_CYCLES); \
	} \
	static void ember_##what##_exit(void) \
	{ \
		ember_counter_put((kind_type)-EMBER_EVENT_CYCLES); \
	} \
	const struct ember_event_ops ember_##what##_event = { \
		.name = (text), \
		.type = (kind_type), \
		.unit = EMBER_UNIT_COUNT, \
		.feature = (bit), \
		.counter = true, \
		.available = ember_##what##_available, \
		.init = ember_##what##_init, \
		.exit = ember_##what##_exit, \
		.start = ember_counter_start, \
		.stop = ember_counter_stop, \
	}

EMBER_COUNTER(cycles, EMBER_EVENT_CYCLES, "cycles", EMBER_FEATURE_CYCLES);
EMBER_COUNTER(instructions, EMBER_EVENT_INSTRUCTIONS, "instructions",
	      EMBER_FEATURE_INSTRUCTIONS);
EMBER_COUNTER(cache_misses, EMBER_EVENT_CACHE_MISSES, "cache-misses",
	      EMBER_FEATURE_CACHE_MISSES);
EMBER_COUNTER(branch_misses, EMBER_EVENT_BRANCH_MISSES, "branch-misses",
	      EMBER_FEATURE_BRANCH_MISSES);
