/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector's HTTP server, a process of its own: it reads logs as any reader does, and
 * whatever happens to it, boards are heard. A second process begins it again when it breaks.
 * Threads and SQLite do not survive a fork, so both are made before there are any.
 */
#ifndef EMBER_FRONT_H
#define EMBER_FRONT_H

#include "base/loop.h"
#include "workstation/collect/front_state.h"
#include "workstation/collect/names.h"
#include "workstation/collect/source.h"

/* Listens, with the rights that the program still has. 0, or the exit status (said). */
int ember_front_open(struct ember_front *front);
/*
 * Begins the processes; nothing of the sources and no lock stays open there. folder: the
 * store. 0, or 1 (said).
 */
int ember_front_start(struct ember_front *front, const char *folder,
		      const struct ember_names *names, struct ember_sources *sources, int lock);
void ember_front_wait(struct ember_front *front, struct ember_loop *loop);
void ember_front_turn(struct ember_front *front, const struct ember_loop *loop);
/* A batch begins; it has ended. */
void ember_front_begun(struct ember_front *front);
void ember_front_written(struct ember_front *front, bool safe);
/* Counters for /metrics; all of them each time, in one order. */
void ember_front_count(struct ember_front *front, const char *const *name,
		       const uint64_t *value, uint32_t nr);
void ember_front_close(struct ember_front *front);

#endif
