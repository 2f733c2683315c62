/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A collector at work: links on one side, the disk on the other. The main thread takes in what
 * comes, once a second a worker makes it safe, and then it is acknowledged; two more threads
 * sync logs and index them, at leisure.
 */
#ifndef EMBER_COLLECTOR_H
#define EMBER_COLLECTOR_H

#include "workstation/collect/collector_state.h"

/* Opens all of it and gives up privileges. 0, or 1 (said). */
int ember_collector_open(struct ember_collector *collector, char **address, int nr);
/* Receives until a signal says so. 0, or 1 (said). */
int ember_collector_run(struct ember_collector *collector);
/* Ends the threads and frees all. */
void ember_collector_close(struct ember_collector *collector);

#endif
