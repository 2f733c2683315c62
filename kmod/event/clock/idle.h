/* SPDX-License-Identifier: GPL-2.0-only */
/* The tick rests while its CPU is idle. */
#ifndef EMBER_IDLE_H
#define EMBER_IDLE_H

#include <linux/types.h>

#include "../../base/probes.h"

struct ember_cpu;

extern struct ember_probe ember_idle_probes[];
extern bool ember_probe_idle;		/* switches to and from idle are reported */

/*
 * For kernels without the sched_switch tracepoint. notify: registers a thread
 * notifier; false if the architecture has none. hit: at a tick; true if the CPU is idle,
 * and the point counted as idle; the timer must not be rearmed if ec->idle is set then.
 * exit: interrupts off.
 */
bool ember_idle_notify(void);
void ember_idle_unnotify(void);
bool ember_idle_hit(struct ember_cpu *ec);
void ember_idle_init(struct ember_cpu *ec);
void ember_idle_exit(struct ember_cpu *ec);

#endif
