/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tick: one hard timer per CPU and session, on the CPU's grid of points.
 *
 * tick.c arms and fires it, hotplug.c starts and stops it with the CPUs, idle.c
 * lets it rest while a CPU is idle, interrupt.c takes the points that fall into
 * interrupt handlers. All of them run on the CPU itself with interrupts off, so
 * what they share needs no lock.
 */
#ifndef EMBER_TICK_H
#define EMBER_TICK_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "../../core/session.h"

/* What ticks on this CPU, and what all walks of one interrupt share: their time. */
struct ember_ticks {
	unsigned long handler;		/* interrupt.c: that is watched; 0: none */
	unsigned long timer_handler;	/* interrupt.c: the clock's own interrupt */
	u32 interrupt;
	unsigned int room;		/* frames before a walk looks at the time; 1: it's up */
	unsigned long begun;		/* ember_counter() at the interrupt's first tick */
	unsigned int nr;
	bool down;			/* the CPU goes off line: nothing starts */
	struct ember_cpu *cpu[EMBER_SESSIONS_MAX];
};
DECLARE_PER_CPU(struct ember_ticks, ember_ticks);

/* All but init: on the CPU itself, interrupts off. stop: the timers aren't queued and
 * don't run any more.
 */
void ember_tick_init(struct ember_cpu *ec);
void ember_tick_start_here(struct ember_cpu *ec);
void ember_tick_stop_here(struct ember_cpu *ec);
void ember_tick_arm(struct ember_cpu *ec);
void ember_tick_disarm(struct ember_cpu *ec);
enum hrtimer_restart ember_tick(struct hrtimer *timer);

static inline bool ember_tick_is_ours(const struct hrtimer *timer)
{
	return timer->function == ember_tick;
}

/* hotplug.c: the tick follows the CPUs that are on line. */
int ember_hotplug_init(void);
void ember_hotplug_exit(void);
void ember_hotplug_add(struct ember_session *s);	/* START */
void ember_hotplug_remove(struct ember_session *s);	/* STOP */

/* probes.c: which tracepoints there are, and attached from the first configured
 * session until some time after the last. init and exit: the module's.
 */
void ember_probes_init(void);
void ember_probes_exit(void);
int ember_probes_get(void);
void ember_probes_put(void);
u64 ember_probes_features(void);	/* EMBER_FEATURE_* that they bring */
/* Attaches or detaches those of hard timers; false if they aren't attached now. Process
 * context.
 */
bool ember_probes_listen(bool on);
extern bool ember_probes_listening;
extern bool ember_probe_idle;		/* switches to and from idle are reported */
extern bool ember_tracepoints;		/* a parameter: off is for tests */

/* idle.c: for kernels without the sched_switch tracepoint. notify: registers a thread
 * notifier; false if the architecture has none. hit: at a tick; true if the CPU is idle,
 * and the point counted as idle; the timer must not be rearmed if ec->idle is set then.
 * exit: interrupts off.
 */
bool ember_idle_notify(void);
void ember_idle_unnotify(void);
bool ember_idle_hit(struct ember_cpu *ec);
void ember_idle_init(struct ember_cpu *ec);
void ember_idle_exit(struct ember_cpu *ec);

/* idle.c, interrupt.c, softirq.c: the tracepoints that they listen to. */
struct ember_probe {
	const char *name;
	void *function;
	u64 feature;
	struct tracepoint *tp;		/* NULL: not in this kernel */
	bool attached;
};
extern struct ember_probe ember_idle_probes[];		/* end: no name */
extern struct ember_probe ember_interrupt_probes[];
extern struct ember_probe ember_hrtimer_probes[];	/* attached on demand: hrtimer_watch.h */
extern struct ember_probe ember_softirq_probes[];
extern struct ember_probe ember_exit_probes[];

/* interrupt.c. ticked: our own timer fired, so the handler that is watched is the clock's.
 * begin: outside of any handler, interrupts off.
 */
void ember_interrupt_ticked(void);
void ember_interrupt_begin(void);

#endif
