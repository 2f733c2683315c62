// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>

#include "../compat/hrtimer.h"
#include "session_state.h"
#include "ticks.h"

DEFINE_PER_CPU(struct ember_ticks, ember_ticks) = { .room = 1 + EMBER_WALK_FRAMES };

ember_tick_handler *ember_tick_handlers[2];

bool ember_tick_begin(struct ember_ticks *ticks, u32 interrupt)
{
	if (interrupt ? ticks->interrupt == interrupt : ticks->jiffy == (u32)jiffies)
		return false;
	ember_tick_first(ticks, interrupt);
	ticks->jiffy = jiffies;
	return true;
}

void ember_tick_interrupt(const struct hrtimer *timer)
{
	ember_tick_begin(this_cpu_ptr(&ember_ticks), ember_hrtimer_interrupt(timer));
}

void ember_tick_arm(struct ember_cpu *ec)
{
	if (ec->armed)
		return;
	ec->armed = true;
	hrtimer_start_range_ns(&ec->timer, ns_to_ktime(ec->grid.next), 0,
			       HRTIMER_MODE_ABS_PINNED_HARD);
}

void ember_tick_disarm(struct ember_cpu *ec)
{
	if (!ec->armed)
		return;
	/*
	 * On our own CPU with interrupts off the handler can't be running, unless
	 * it's what we are in: then it will see `ticking` or just fire once more.
	 */
	if (hrtimer_try_to_cancel(&ec->timer) >= 0)
		ec->armed = false;
}
