/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tick: one hard timer per CPU and session, on the CPU's grid of points.
 *
 * tick.c arms and fires it, ../event.c starts and stops it, idle.c lets it rest while a CPU
 * is idle, interrupt.c takes the points that fall into interrupt handlers. All of them run on
 * the CPU itself with interrupts off, so what they share needs no lock.
 */
#ifndef EMBER_TICK_H
#define EMBER_TICK_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "../../base/counter.h"
#include "../../core/session.h"
#include "../../unwind/walk.h"

/* What ticks on this CPU, and what all walks of one interrupt share: their time. */
struct ember_ticks {
	unsigned long handler;		/* interrupt.c: that is watched; 0: none */
	unsigned long timer_handler;	/* interrupt.c: the clock's own interrupt */
	u32 interrupt;			/* that ticked last: its number, */
	u32 jiffy;			/* or where it has none: when it did */
	unsigned int room;		/* frames before a walk looks at the time; 1: it's up */
	unsigned long begun;		/* ember_counter() at the interrupt's first tick */
	unsigned long priced;		/* tick.c: when a handler began whose time is measured, counts */
	bool budgets;			/* throttle.c: one of these has a budget */
	unsigned int nr;
	struct ember_cpu *cpu[EMBER_SESSIONS_MAX];
};
DECLARE_PER_CPU(struct ember_ticks, ember_ticks);

/* All but init: on the CPU itself, interrupts off. */
void ember_tick_init(struct ember_cpu *ec);
void ember_tick_arm(struct ember_cpu *ec);
void ember_tick_disarm(struct ember_cpu *ec);
enum hrtimer_restart ember_tick(struct hrtimer *timer);
/* The same where the session has a budget. */
enum hrtimer_restart ember_tick_charged(struct hrtimer *timer);
/* In another hard timer of ours: begins the time of its interrupt's walks, if that hasn't begun. */
void ember_tick_interrupt(const struct hrtimer *timer);

/* In an interrupt that no hard timer's is: begins the time of its walks. */
static inline void ember_tick_apart(void)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);

	ticks->begun = ember_counter();
	ticks->room = 1 + EMBER_WALK_FRAMES;
}

static inline bool ember_tick_is_ours(const struct hrtimer *timer)
{
	return timer->function == ember_tick || timer->function == ember_tick_charged;
}

#endif
