// SPDX-License-Identifier: GPL-2.0-only
/* EMBER_IOC_QUERY and EMBER_IOC_STATUS. */
#include <linux/cpu.h>
#include <linux/log2.h>
#include <linux/nospec.h>

#include "../base/clock.h"
#include "../base/probes.h"
#include "../base/limits.h"
#include "sessions.h"
#include "status.h"
#include "../sample/session_state.h"
#include "../sample/throttle.h"
#include "../compat/cgroup.h"
#include "../compat/perf.h"
#include "../event/event.h"

void ember_query_fill(struct ember_query *q)
{
	q->abi_version = EMBER_ABI_VERSION;
	q->features = EMBER_FEATURE_KERNEL_FRAMES | EMBER_FEATURE_USER_FRAMES |
		      EMBER_FEATURE_INHERIT | EMBER_FEATURE_GAPS | EMBER_FEATURE_ADOPT |
		      EMBER_FEATURE_BUDGET | ember_probes_features() | ember_events_features();
	if (EMBER_PERF)
		q->features |= EMBER_FEATURE_COUNTERS;
	if (EMBER_CGROUPS)
		q->features |= EMBER_FEATURE_CGROUPS;
#if defined(CONFIG_COMPAT)
	q->features |= EMBER_FEATURE_COMPAT_FRAMES;
#endif
	q->nr_cpus = nr_cpu_ids;
	q->max_hz = ember_max_hz;
	q->max_sessions = ember_max_sessions;
	q->min_ring_bytes = PAGE_SIZE;
	q->max_ring_bytes = ember_max_ring_bytes;
	q->max_bytes = ember_max_bytes;
	q->max_frames = EMBER_FRAMES_MAX;
	mutex_lock(&ember_sessions_lock);
	q->nr_sessions = ember_sessions_used;
	q->used_bytes = ember_memory_used;
	mutex_unlock(&ember_sessions_lock);
}

/*
 * Its writer is another CPU, with plain stores: of two halves where a register has 32
 * bits. Two readings that agree are taken for a value that was there.
 */
static u64 ember_counted(const u64 *counter)
{
	u64 value = READ_ONCE(*counter);
#if BITS_PER_LONG == 32
	u64 before;

	do {
		before = value;
		barrier();
		value = READ_ONCE(*counter);
	} while (value != before);
#endif
	return value;
}

/* All of the struct's members are u64. */
static void ember_counters_add(struct ember_counters *sum,
			       const struct ember_counters *counters)
{
	const u64 *from = (const u64 *)counters;
	u64 *to = (u64 *)sum;
	unsigned int i;

	for (i = 0; i < sizeof(*sum) / sizeof(u64); i++)
		to[i] += ember_counted(&from[i]);
}

static void ember_event_counters_add(struct ember_event_counters *sum,
				     const struct ember_event_counters *counters)
{
	sum->type = counters->type;
	sum->evicted += READ_ONCE(counters->evicted);
	sum->period = counters->period;
	sum->occurred += ember_counted(&counters->occurred);
	sum->weight += ember_counted(&counters->weight);
	sum->sampled += ember_counted(&counters->sampled);
	sum->sampled_weight += ember_counted(&counters->sampled_weight);
	sum->lost += ember_counted(&counters->lost);
	sum->filtered += ember_counted(&counters->filtered);
}

/*
 * The ring that holds one second of the busiest CPU, by what its samples took so
 * far: bytes ever written per point, at one point each period, and half as much
 * again.
 */
static u32 ember_ring_recommend(const struct ember_session *s)
{
	u64 most = 0;
	unsigned int cpu;

	for_each_cpu(cpu, s->cpus) {
		const struct ember_counters *c = s->cpu[cpu]->counters;
		u64 samples = ember_counted(&c->points_sampled);
		/* A definition is about 16 + 8 * 24 bytes, a thread 48. */
		u64 bytes =
			samples * sizeof(struct ember_rec_sample) +
			ember_counted(&c->stacks_defined) * 208 +
			ember_counted(&c->threads_defined) * sizeof(struct ember_rec_thread);

		if (samples)
			most = max(most, div64_u64(bytes * s->hz, samples));
	}
	if (!most)
		return 0;
	most = roundup_pow_of_two(most + most / 2);
	return clamp_t(u64, most, PAGE_SIZE, ember_max_ring_bytes);
}

int ember_status_fill(struct ember_session *s, struct ember_status *st)
{
	unsigned int cpu, i;
	u32 only = st->cpu;

	if (only != EMBER_STATUS_CPU_ALL && only >= nr_cpu_ids)
		return -EINVAL;
	st->session = s->number;
	st->state = s->state;
	st->boot = s->boot;
	st->owner = pid_vnr(s->owner);
	if (s->state == EMBER_STATE_NEW)
		return 0;
	st->hz = s->hz;
	st->flags = s->flags;
	st->filter = s->filter.kind;
	st->nr_ids = s->filter.nr;
	st->ring_bytes = s->spaces.definitions.ring.mask + 1;
	st->running_ns = s->running_ns;
	if (s->state == EMBER_STATE_RUNNING)
		st->running_ns += ember_clock() - s->started;
	st->memory_bytes = s->memory;
	st->ring_recommended = ember_ring_recommend(s);
	st->spaces = atomic_read(&s->spaces.numbers);
	st->space_hold_max_ns = s->spaces.hold_max_ns;
	st->snapshots = s->spaces.scans;
	st->table_bytes = s->tables.bytes;
	st->tables = s->tables.nr;
	st->table_rows = s->tables.rows;
	st->tables_evicted = s->tables.evicted;
	st->spaces_bytes = ember_budget_used(&s->spaces.budget);
	st->spaces_refused = atomic_long_read(&s->spaces.budget.refused);
	st->snapshot_ns = s->spaces.scan_ns;
	st->snapshots_late = atomic_long_read(&s->spaces.late);
	st->definitions_dropped = s->spaces.definitions.backlog.dropped;
	st->definitions_waiting = ember_definitions_drain(&s->spaces.definitions);
	for_each_cpu(cpu, s->cpus) {
		if (only != EMBER_STATUS_CPU_ALL && cpu != only)
			continue;
		st->cpus_online += READ_ONCE(s->cpu[cpu]->running);
		ember_throttle_status(s, cpu, &st->budget);
		ember_counters_add(&st->counters, s->cpu[cpu]->counters);
		for (i = 0; i < s->nr_events; i++)
			ember_event_counters_add(&st->events[i],
						 &s->cpu[cpu]->events[i].counters);
	}
	if (only == EMBER_STATUS_CPU_ALL)
		ember_counters_add(&st->counters, s->spaces.definitions.counters);
	return 0;
}
