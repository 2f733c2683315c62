/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files, extents, threads and stacks of a writer's tally that its stream doesn't tell of yet. */
#ifndef EMBER_LOG_DEFINITIONS_H
#define EMBER_LOG_DEFINITIONS_H

#include "log/writer.h"

/* Bytes that they will take, roughly; 0: there are none. */
uint32_t ember_log_pending(const struct ember_log_writer *writer);
/* Behind what the next chunk has. Files that fill one are put. */
void ember_log_define(struct ember_log_writer *writer);

#endif
