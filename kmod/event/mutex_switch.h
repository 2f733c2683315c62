/* SPDX-License-Identifier: GPL-2.0-only */
/* What the event `mutex` does at switches and wakeups. */
#ifndef EMBER_MUTEX_SWITCH_H
#define EMBER_MUTEX_SWITCH_H

#include <linux/types.h>

#include "contention.h"
#include "waits.h"

struct ember_cpu;
struct ember_event_cpu;
struct ember_probe;

/* Waits that nobody is blamed for, by cause. */
enum ember_mutex_unknown {
	EMBER_MUTEX_OTHER,	/* of futexes that are no mutex, or none that is held, */
	EMBER_MUTEX_UNREAD,	/* that can't be read, */
	EMBER_MUTEX_LIES,	/* whose owner can't hold them; */
	EMBER_MUTEX_CROWDED,	/* that found no room in our tables, or had to go; */
	EMBER_MUTEX_LEFT,	/* that ended by a signal or a timeout; */
	EMBER_MUTEX_STRANGER,	/* by a thread that didn't hold the mutex */
	EMBER_MUTEX_UNKNOWNS
};

/* There are users. A probe that is attached does nothing without any. */
extern bool ember_mutex_noted;
/* Made before the first user comes, and left until the module goes. */
extern struct ember_waits ember_mutex_waits;
extern struct ember_contention *ember_mutex_locks;

extern struct ember_probe ember_mutex_probes[];	/* attached on demand */

/* After the event `block`'s. */
void ember_mutex_module_init(void);
/* The probes are detached, and no session is left. */
void ember_mutex_module_exit(void);

/* Return a sum over all CPUs. */
unsigned long ember_mutex_unknowns(enum ember_mutex_unknown cause);

/* As in struct ember_event_ops. */
bool ember_mutex_available(void);
void ember_mutex_start(struct ember_cpu *ec, struct ember_event_cpu *event);
void ember_mutex_stop(struct ember_cpu *ec, struct ember_event_cpu *event);

#endif
