// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event `mutex`, of threads that held a mutex while others waited for it: who has it, and the
 * tables of waits and locks. mutex_switch.c does the work.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "../base/probes.h"
#include "event.h"
#include "mutex_switch.h"

/* Threads that wait for a mutex: one for 256 KiB of memory. */
#define EMBER_MUTEX_SHIFT 18
#define EMBER_MUTEX_LEAST 256
#define EMBER_MUTEX_MOST  4096

static DEFINE_MUTEX(ember_mutex_lock);
static unsigned int ember_mutex_users;

static int ember_mutex_allocate(void)
{
	int err;

	BUILD_BUG_ON(EMBER_MUTEX_MOST * sizeof(struct ember_wait) > EMBER_WAITS_MOST);
	err = ember_waits_allocate(&ember_mutex_waits, EMBER_MUTEX_SHIFT, EMBER_MUTEX_LEAST,
				   EMBER_MUTEX_MOST);
	if (err)
		return err;
	if (!ember_mutex_locks)
		ember_mutex_locks = kvcalloc(EMBER_CONTENTION_LOCKS,
					     sizeof(*ember_mutex_locks), GFP_KERNEL);
	return ember_mutex_locks ? 0 : -ENOMEM;
}

static void ember_mutex_nothing(void *unused)
{
}

/* Waits of an earlier time may have ended unseen. Probes run with interrupts off: none does now. */
static void ember_mutex_clear(void)
{
	on_each_cpu(ember_mutex_nothing, NULL, true);
	memset(ember_mutex_waits.wait, 0, ember_mutex_waits.mask + EMBER_WAITS_BUCKET);
	memset(ember_mutex_locks, 0, EMBER_CONTENTION_LOCKS * sizeof(*ember_mutex_locks));
}

static int ember_mutex_init(void)
{
	int err;

	mutex_lock(&ember_mutex_lock);
	err = ember_mutex_allocate();
	if (!err && !ember_mutex_users) {
		ember_mutex_clear();
		err = ember_probes_demand(ember_mutex_probes);
	}
	if (!err && !ember_mutex_users++)
		/* Pairs with the acquire of the probes: what they find is empty. */
		smp_store_release(&ember_mutex_noted, true);
	mutex_unlock(&ember_mutex_lock);
	return err;
}

/* The probes stay attached, and do nothing, until all are detached: see probes.c. */
static void ember_mutex_exit(void)
{
	mutex_lock(&ember_mutex_lock);
	if (!--ember_mutex_users)
		WRITE_ONCE(ember_mutex_noted, false);
	mutex_unlock(&ember_mutex_lock);
}

/* Waits since the module was loaded that nobody is blamed for, as `CAUSE COUNT` and so on. */
static int ember_mutex_unknown_get(char *text, const struct kernel_param *kp)
{
	static const char *const names[EMBER_MUTEX_UNKNOWNS] = {
		[EMBER_MUTEX_OTHER] = "other", [EMBER_MUTEX_UNREAD] = "unread",
		[EMBER_MUTEX_LIES] = "lies",   [EMBER_MUTEX_CROWDED] = "crowded",
		[EMBER_MUTEX_LEFT] = "left",   [EMBER_MUTEX_STRANGER] = "stranger",
	};
	unsigned int i;
	int n = 0;

	for (i = 0; i < EMBER_MUTEX_UNKNOWNS; i++)
		n += scnprintf(text + n, PAGE_SIZE - n, "%s%s %lu", i ? " " : "", names[i],
			       ember_mutex_unknowns(i));
	return n + scnprintf(text + n, PAGE_SIZE - n, "\n");
}

static const struct kernel_param_ops ember_mutex_unknown_ops = {
	.get = ember_mutex_unknown_get,
};
module_param_cb(mutex_unknown, &ember_mutex_unknown_ops, NULL, 0444);
MODULE_PARM_DESC(mutex_unknown,
		 "waits at futexes that the event mutex blames nobody for, by cause");

const struct ember_event_ops ember_mutex_event = {
	.name = "mutex",
	.type = EMBER_EVENT_MUTEX,
	.unit = EMBER_UNIT_NANOSECONDS,
	.feature = EMBER_FEATURE_MUTEX,
	.available = ember_mutex_available,
	.init = ember_mutex_init,
	.exit = ember_mutex_exit,
	.start = ember_mutex_start,
	.stop = ember_mutex_stop,
};
