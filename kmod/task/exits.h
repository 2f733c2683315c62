/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that end, or exec: an address space may be dead now. What sessions hold of dead
 * ones (struct mm_struct and its top-level page table) they give back half a second later,
 * on an idle system too, which is woken for it once.
 */
#ifndef EMBER_EXITS_H
#define EMBER_EXITS_H

#include <linux/types.h>

#include "../base/probes.h"

/* Whether exits are seen; and how many so far, execs with them, modulo 2^32. */
bool ember_exits_known(void);
u32 ember_exits(void);

extern struct ember_probe ember_exit_probes[];

/* After a scan, any context: where exits aren't known, dead address spaces are looked
 * for a second after the last one.
 */
void ember_exits_expect(void);

/* Module load. reap: has all sessions look for dead address spaces; it may sleep. */
void ember_exits_init(void (*reap)(void));
/* Module unload, after the tracepoints are detached: waits. */
void ember_exits_exit(void);

#endif
