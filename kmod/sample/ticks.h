/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ticks on a CPU: the clock's timers there (../event/clock/), and the time that all walks of
 * one interrupt share. All of it on the CPU itself, interrupts off, so it needs no lock.
 */
#ifndef EMBER_TICKS_H
#define EMBER_TICKS_H

#include <linux/hrtimer.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "../base/counter.h"
#include "../base/limits.h"
#include "../unwind/walk.h"

struct ember_cpu;

/* What ticks on this CPU, and what all walks of one interrupt share: their time. */
struct ember_ticks {
	unsigned long handler;		/* interrupt.c: that is watched; 0: none */
	unsigned long timer_handler;	/* interrupt.c: the clock's own interrupt */
	u32 interrupt;			/* that ticked last: its number, */
	u32 jiffy;			/* or where it has none: when it did */
	unsigned int room;		/* frames before a walk looks at the time; 1: it's up */
	unsigned long begun;		/* ember_counter() at the interrupt's first tick */
	unsigned long priced;		/* tick.c: when a handler began whose time is measured, counts */
	bool extras;			/* one of these has a budget (throttle.c) or counters */
	unsigned int nr;
	struct ember_cpu *cpu[EMBER_SESSIONS_MAX];
};
DECLARE_PER_CPU(struct ember_ticks, ember_ticks);

/* The handlers of the clock's timers, without a budget and with one; tick.c's. */
typedef enum hrtimer_restart ember_tick_handler(struct hrtimer *timer);
extern ember_tick_handler *ember_tick_handlers[2];

static inline bool ember_tick_is_ours(const struct hrtimer *timer)
{
	return timer->function == ember_tick_handlers[false] ||
	       timer->function == ember_tick_handlers[true];
}

/* Queue the timer at the grid's next point, unless it is queued; and take it down. */
void ember_tick_arm(struct ember_cpu *ec);
void ember_tick_disarm(struct ember_cpu *ec);

/* The first tick of an interrupt, whose walks' time begins. Returns ember_counter(). */
static __always_inline unsigned long ember_tick_first(struct ember_ticks *ticks, u32 interrupt)
{
	unsigned long begun = ember_counter();

	ticks->interrupt = interrupt;
	ticks->begun = begun;
	ticks->room = 1 + EMBER_WALK_FRAMES;
	return begun;
}

/*
 * Begin the time of an interrupt's walks; false if that began already. Without high resolution
 * interrupts have no number, and it's one a jiffy.
 */
bool ember_tick_begin(struct ember_ticks *ticks, u32 interrupt);
/* In another hard timer of ours: begin the time of its interrupt's walks, if that hasn't begun. */
void ember_tick_interrupt(const struct hrtimer *timer);

/* In an interrupt that no hard timer's is: begins the time of its walks. */
static inline void ember_tick_apart(void)
{
	struct ember_ticks *ticks = this_cpu_ptr(&ember_ticks);

	ticks->begun = ember_counter();
	ticks->room = 1 + EMBER_WALK_FRAMES;
}

#endif
