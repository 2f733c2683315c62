/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next chunk says of the board besides samples: its clocks, what was lost, its CPUs. */
#ifndef EMBER_LOG_CONDITIONS_H
#define EMBER_LOG_CONDITIONS_H

#include "log/writer_state.h"

/* Append the clocks at a time of the recording's, by CLOCK_MONOTONIC; 0: now. */
void ember_conditions_clock(struct ember_log_writer *writer, uint64_t monotonic_ns);
/* Return whether the clocks are to be appended: a minute is over, or the date was set since. */
bool ember_conditions_clock_due(const struct ember_log_writer *writer);
/* Append what was lost up to now, if anything was. */
void ember_conditions_losses(struct ember_log_writer *writer);
/* Append the CPUs that are on line, if they are others than those that were listed last. */
void ember_conditions_cpus(struct ember_log_writer *writer);

#endif
