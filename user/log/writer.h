/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encodes settled samples as chunks of a log. The writer keeps a bounded record of the files,
 * threads and stacks that it has defined; when full, it is cleared, and they are defined again
 * under new numbers.
 */
#ifndef EMBER_LOG_WRITER_H
#define EMBER_LOG_WRITER_H

#include "log/writer_state.h"

/*
 * Begin a log of recording, which passes its settled samples to the writer from now on.
 * hello: the identity; the writer sets the unit of times in it. flags: of each chunk. most:
 * bytes of a chunk with its header, at most; 0: no bound but EMBER_CHUNK_MAX.
 */
void ember_log_begin(struct ember_log_writer *writer, struct ember_recording *recording,
		     const struct ember_stream_header *hello, uint8_t flags, uint32_t most,
		     ember_log_emit *emit, void *context);
/* What has gathered becomes a chunk, if there is anything. */
void ember_log_cut(struct ember_log_writer *writer);
/* Emit a chunk, even if it holds no more than the number of samples sent. */
void ember_log_heartbeat(struct ember_log_writer *writer);
/* The same, and it's the last. After ember_recording_stop(). */
void ember_log_end(struct ember_log_writer *writer);
/*
 * Bounds what the recording keeps, now and then; its numbers become others. Not from
 * within a record.
 */
void ember_log_tidy(struct ember_log_writer *writer);
/* Cut, forget all definitions and emit HELLO, so that a reader can start here. */
void ember_log_resync(struct ember_log_writer *writer);
void ember_log_free(struct ember_log_writer *writer);

#endif
