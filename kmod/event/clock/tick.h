/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tick: one hard timer per CPU and session, on the CPU's grid of points.
 *
 * tick.c handles it, ../event.c starts and stops it, idle.c lets it rest while a CPU
 * is idle, interrupt.c takes the points that fall into interrupt handlers. All of them run on
 * the CPU itself with interrupts off, so what they share (../../sample/ticks.h) needs no lock.
 */
#ifndef EMBER_TICK_H
#define EMBER_TICK_H

#include "../../sample/event_state.h"
#include "../../sample/ticks.h"

extern const struct ember_event_ops ember_clock_event;

/* At CONFIG. */
void ember_tick_init(struct ember_cpu *ec);
void ember_tick_module_init(void);

#endif
