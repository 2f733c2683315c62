/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that does one job at a time, so that its owner can go on while a job waits for a
 * disk. The owner polls the worker's descriptor; a job touches nothing that the owner uses
 * meanwhile.
 */
#ifndef EMBER_WORKER_H
#define EMBER_WORKER_H

#include <stdbool.h>
#include <stdint.h>

struct ember_worker;

/* Starts the thread. idle: at nice 19. NULL: it can't (said). */
struct ember_worker *ember_worker_new(bool idle);
/* A descriptor that becomes readable when a job has ended. */
int ember_worker_fd(const struct ember_worker *worker);
/* Begins a job; not while the last one's end is still to be seen by ember_worker_done(). */
void ember_worker_begin(struct ember_worker *worker, void (*job)(void *context), void *context);
/* Whether a job has begun whose end wasn't seen yet. */
bool ember_worker_busy(const struct ember_worker *worker);
/* True once for each job, when it has ended. */
bool ember_worker_done(struct ember_worker *worker);
/* Waits for the job's end; false: `ns` passed first. */
bool ember_worker_wait(struct ember_worker *worker, uint64_t ns);
/* Waits for the job's end, and ends the thread. */
void ember_worker_free(struct ember_worker *worker);

#endif
