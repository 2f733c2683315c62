/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From where code was in a process to where it is in its file. */
#ifndef EMBER_NORMALIZE_H
#define EMBER_NORMALIZE_H

#include "model/recording.h"
#include "model/tally.h"

struct ember_normalize {			/* begins zeroed, but for these two */
	const struct ember_recording *recording;
	struct ember_dictionary *dict;
	uint32_t *file;			/* by the recording's number: the dictionary's + 1 */
	uint32_t nr_file;
	uint32_t *labels;		/* by the recording's set: the dictionary's + 1 */
	uint32_t nr_labels;
};

/*
 * The dictionary's number of a recorded stack under a generation; EMBER_NO_NUMBER:
 * there's no room for more.
 */
uint32_t ember_normalize_stack(struct ember_normalize *placing, uint32_t stack,
			     uint32_t generation);
/* The dictionary's number of a recorded thread, with its labels. */
uint32_t ember_normalize_thread(struct ember_normalize *placing, uint32_t thread);
void ember_normalize_free(struct ember_normalize *placing);

/* All that was counted. After ember_recording_stop(). */
void ember_normalize_all(const struct ember_recording *recording, struct ember_tally *tally);

#endif
