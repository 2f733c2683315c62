// SPDX-License-Identifier: GPL-2.0-only
/*
 * The events `block`, of threads that waited for something, and `preempt`, of those that could have
 * run on: who has them, and the table of waits that both need. block_switch.c does the work.
 */
#include <linux/bits.h>
#include <linux/mutex.h>

#include "../base/probes.h"
#include "block_switch.h"
#include "event.h"
#include "waits.h"

/* Threads that wait: one for 64 KiB of memory, as nearly all of a system's do. */
#define EMBER_BLOCK_SHIFT 16
#define EMBER_BLOCK_LEAST 1024
#define EMBER_BLOCK_MOST  16384

static DEFINE_MUTEX(ember_block_lock);
static unsigned int ember_block_users[EMBER_BLOCK_KINDS];

static int ember_block_get(unsigned int kind)
{
	int err;

	BUILD_BUG_ON(EMBER_BLOCK_MOST * sizeof(struct ember_wait) > EMBER_WAITS_MOST);
	mutex_lock(&ember_block_lock);
	err = ember_waits_allocate(&ember_block_waits, EMBER_BLOCK_SHIFT, EMBER_BLOCK_LEAST,
				   EMBER_BLOCK_MOST);
	/* Entries of an earlier time are older than any session that comes. */
	if (!err && !ember_block_noted)
		err = ember_probes_demand(ember_block_probes);
	if (!err && !ember_block_users[kind]++)
		WRITE_ONCE(ember_block_noted, ember_block_noted | BIT(kind));
	mutex_unlock(&ember_block_lock);
	return err;
}

/* The probe stays attached, and does nothing, until all are detached: see probes.c. */
static void ember_block_put(unsigned int kind)
{
	mutex_lock(&ember_block_lock);
	if (!--ember_block_users[kind])
		WRITE_ONCE(ember_block_noted, ember_block_noted & ~BIT(kind));
	mutex_unlock(&ember_block_lock);
}

static int ember_block_init(void)
{
	return ember_block_get(EMBER_BLOCK_WAITED);
}

static void ember_block_exit(void)
{
	ember_block_put(EMBER_BLOCK_WAITED);
}

static int ember_preempt_init(void)
{
	return ember_block_get(EMBER_BLOCK_PREEMPTED);
}

static void ember_preempt_exit(void)
{
	ember_block_put(EMBER_BLOCK_PREEMPTED);
}

const struct ember_event_ops ember_block_event = {
	.name = "block",
	.type = EMBER_EVENT_BLOCK,
	.unit = EMBER_UNIT_NANOSECONDS,
	.feature = EMBER_FEATURE_BLOCK,
	.available = ember_block_available,
	.init = ember_block_init,
	.exit = ember_block_exit,
	.start = ember_block_start,
	.stop = ember_block_stop,
};

const struct ember_event_ops ember_preempt_event = {
	.name = "preempt",
	.type = EMBER_EVENT_PREEMPT,
	.unit = EMBER_UNIT_NANOSECONDS,
	.feature = EMBER_FEATURE_BLOCK,
	.available = ember_block_available,
	.init = ember_preempt_init,
	.exit = ember_preempt_exit,
	.start = ember_block_start,
	.stop = ember_block_stop,
};
