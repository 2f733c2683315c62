/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a stream's samples are wanted, and have room. */
#ifndef EMBER_LOG_WANTED_H
#define EMBER_LOG_WANTED_H

#include "log/stream_state.h"

/* Convert a filter's time to the stream's own: CLOCK_MONOTONIC. */
uint64_t ember_stream_timestamp(const struct ember_stream *stream,
				const struct ember_log_timestamp *moment);
/* Return whether the filter wants samples of a thread, by the tally's number, at a time. */
bool ember_stream_wants(const struct ember_stream *stream, uint32_t thread, uint64_t ns);
/*
 * Return whether a stack of the tally's is an interrupt's, of whichever thread it interrupted, and
 * the filter asks for a process's own samples, as the module's filters do.
 */
bool ember_stream_nobodys(const struct ember_stream *stream, uint32_t stack);
/* Return whether a tally that has nr of `most` takes another one. */
bool ember_tally_takes(struct ember_tally *tally, uint32_t nr, uint32_t most);

#endif
