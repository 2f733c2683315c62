/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Emits the files, extents, threads and stacks that a writer's stream doesn't define yet. */
#ifndef EMBER_LOG_DEFINITIONS_H
#define EMBER_LOG_DEFINITIONS_H

#include "log/writer_state.h"

/* Return the approximate size of the pending definitions in bytes, 0 if there are none. */
uint32_t ember_log_pending(const struct ember_log_writer *writer);
/* Append them to the next chunk. Files that fill a chunk are emitted at once. */
void ember_log_define(struct ember_log_writer *writer);

#endif
