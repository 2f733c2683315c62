/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Labels in a log: their message, and into a tally. */
#ifndef EMBER_LOG_STREAM_LABELS_H
#define EMBER_LOG_STREAM_LABELS_H

#include "log/stream_state.h"
#include "model/labels.h"

/* Append label `number` of a table whose numbers the stream counts from `base`. */
void ember_stream_label_put(struct ember_buf *to, struct ember_buf *part, uint32_t base,
			    uint32_t number, const struct ember_process_label *label);
/* Read a label into the tally. Return false if it makes no sense. */
bool ember_stream_label(struct ember_stream *stream, const struct ember_field *message);
/* Return the tally's set of a stream's; 0: it is empty, or not defined. */
uint32_t ember_stream_labels(const struct ember_stream *stream, uint64_t set);

#endif
