/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A collector's counters: what `emberprof status DIR` prints, and what /metrics has. */
#ifndef EMBER_FIGURES_H
#define EMBER_FIGURES_H

#include "workstation/collect/collector_state.h"

/* Show them to the HTTP server's process. */
void ember_figures_show(struct ember_collector *collector);
/* The same, and put them into the next batch. */
void ember_figures_batch(struct ember_collector *collector);

#endif
