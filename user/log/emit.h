/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A writer's payload becomes chunks. */
#ifndef EMBER_LOG_EMIT_H
#define EMBER_LOG_EMIT_H

#include "log/writer_state.h"

/* What has been put becomes a chunk, or as many as it takes. */
void ember_log_put(struct ember_log_writer *writer);
/* The same, with so many bytes in each at most. */
void ember_log_put_in(struct ember_log_writer *writer, uint32_t room);

#endif
