/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session: one set of rings, timers, filters and counters. An open
 * /dev/emberprof owns it, or core/boot.c; it lives until the last reference is put.
 */
#ifndef EMBER_SESSION_STATE_H
#define EMBER_SESSION_STATE_H

#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "../base/counter.h"
#include "../base/bucket.h"
#include "../base/grid.h"
#include "../base/limits.h"
#include "../base/reader.h"
#include "../base/uapi.h"
#include "../ring/ring.h"
#include "../task/filter.h"
#include "../task/mm.h"
#include "../task/stackmap.h"
#include "../task/threadmap.h"
#include "../unwind/tables.h"
#include "event_state.h"

/* BLIND: ticks find out whether the CPU is idle (idle.c). */
#define EMBER_TICKING		1
#define EMBER_TICKING_BLIND	2

struct ember_flight_ring;
struct ember_ticks;

/* What one session keeps for one CPU; touched by that CPU with interrupts off,
 * and by the session's owner while the tick is stopped there.
 */
struct ember_cpu {
	struct hrtimer timer;
	struct ember_session *session;
	struct ember_ticks *ticks;	/* this CPU's */
	struct ember_grid grid;
	int cpu;
	bool running;			/* between start and stop on this CPU: its events, */
	u8 ticking;			/* and the clock: EMBER_TICKING*, 0: not */
	u32 seed;			/* of the jitter when it starts; 0: none */
	/* tick.c: until a handler's time is measured. Beside `interrupt` compilers store both at once,
	 * which takes more instructions.
	 */
	u32 turn;
	bool idle;			/* the idle task runs: the timer rests */
	bool armed;			/* the timer is queued */
	u32 interrupt;			/* tick.c: that the timer fired in last */
	struct timer_list look;		/* idle.c: is it still idle? */
	u64 idle_since;			/* idle.c: ticks found it idle; 0: busy */
	u64 looked;			/* idle.c, PREEMPT_RT: when `look` ran last, ns, */
	u64 looked_slept_us;		/* and the kernel's account of sleep then */

	struct ember_ring ring;
	struct ember_counters *counters;	/* in the ring's head page */
	struct ember_stackmap stacks;
	struct ember_threadmap threads;
	u64 time_written;		/* of the last TIME record, 0 before it */
	u64 quiet;			/* record.c: until when samples have nothing to add */
	u8 shift;			/* log2 of the points that a sample counts for, */
	u8 rated;			/* as the last RATE record says; 0 before it */
	bool counted;			/* hardware counters are read with the clock's samples */
	u64 lost_pending;		/* not yet in a LOST record */
	u64 skipped_pending;

	struct ember_flight_ring *flight;	/* gets the ring's records; NULL: a reader does */
	struct irq_work wake;
	bool waking;			/* queued, and not over yet */
	u64 woken;			/* when the reader was woken last, ns */

	struct ember_bucket bucket;	/* throttle.h: charged with each tick, if that's so */
	bool charged;
	unsigned long worked;		/* ns of workers that are charged */
	u64 overdrawn;			/* points skipped for the budget */

	bool mapped;			/* capture.c: user frames of now are all in mappings */
	unsigned long frames[EMBER_FRAMES_MAX];	/* scratch of a capture */
	struct rcu_head rcu;		/* softirq.c, growth.c may have it in hand after STOP */
	struct ember_event_cpu events[];	/* [session->nr_events] */
};

struct ember_session {
	struct kref ref;
	struct mutex lock;		/* state, and all ioctls but QUERY */
	struct list_head link;		/* in ember_sessions, under its mutex */
	u32 phase;			/* eighths of a period: no other's that runs */
	struct list_head running;	/* hotplug.c: from START to STOP */
	u32 number;
	u32 state;			/* EMBER_STATE_*; mmap reads it without the lock */
	u32 boot;			/* EMBER_BOOT_* */
	u32 hz;				/* 0: no clock */
	u32 flags;			/* EMBER_CONFIG_* */
	u32 max_frames;
	u32 watermark;			/* bytes */
	u64 latency_ns;
	u64 period_ns;
	u64 first_started;		/* ns */
	u64 started;			/* ns, while running */
	u64 running_ns;			/* of earlier runs */
	struct {
		const struct ember_event_ops *ops;
		u32 period;		/* in its unit */
	} events[EMBER_EVENTS_MAX];	/* beside the clock */
	u32 nr_events;
	u32 budget_ppm;			/* of each CPU; 0: no bound */
	unsigned long memory;		/* bytes charged against max_bytes */
	struct pid *owner;
	struct pid_namespace *pid_ns;
	unsigned long hash_seed, hash_key;

	struct ember_filter filter;
	cpumask_var_t cpus;
	struct ember_cpu **cpu;		/* [nr_cpu_ids], NULL outside of cpus */
	struct ember_mms spaces;	/* and the last ring */
	struct ember_tables tables;
	struct ember_reader reader;
	struct work_struct end;		/* what the last close didn't wait for */
};

#endif
