/* SPDX-License-Identifier: GPL-2.0-only */
/* What the events `block` and `preempt` do at each switch of a CPU. */
#ifndef EMBER_BLOCK_SWITCH_H
#define EMBER_BLOCK_SWITCH_H

#include <linux/types.h>

#include "../base/probes.h"
#include "waits.h"

struct ember_cpu;
struct ember_event_cpu;

enum { EMBER_BLOCK_WAITED, EMBER_BLOCK_PREEMPTED, EMBER_BLOCK_KINDS };

/* Bits: the kinds that have users. A probe that is attached does nothing without any. */
extern unsigned int ember_block_noted;
/* Made before the first user comes, and left until the module goes. */
extern struct ember_waits ember_block_waits;

/* No CPU can interrupt itself: a timer is the next best. Once block.h's init has found out. */
extern bool ember_block_timed;

extern struct ember_probe ember_block_probes[];	/* attached on demand */

void ember_block_module_init(void);
/* The probe is detached, and no session is left. */
void ember_block_module_exit(void);

/* As in struct ember_event_ops. */
bool ember_block_available(void);
void ember_block_start(struct ember_cpu *ec, struct ember_event_cpu *event);
void ember_block_stop(struct ember_cpu *ec, struct ember_event_cpu *event);

#endif
