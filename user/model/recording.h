/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session's records become: threads, stacks and mappings that don't depend on
 * ring numbers, and how often each was seen together.
 */
#ifndef EMBER_RECORDING_H
#define EMBER_RECORDING_H

#include "model/recording_state.h"

void ember_recording_init(struct ember_recording *recording, unsigned int nr_rings,
			  uint64_t period_ns);
void ember_recording_free(struct ember_recording *recording);

/* Sampling begins: notes the clocks. */
void ember_recording_start(struct ember_recording *recording);
/* Notes the clocks that may be set. To be called whenever it is awake. */
void ember_recording_look(struct ember_recording *recording);
/*
 * Settle the samples that were taken up to `until` (CLOCK_MONOTONIC, ns), even if records of
 * their mappings may still arrive.
 */
void ember_recording_resolve(struct ember_recording *recording, uint64_t until);
/* All has been read: notes the duration and settles what is pending. */
void ember_recording_stop(struct ember_recording *recording);

/* The thread's number, old or new. */
uint32_t ember_recording_thread(struct ember_recording *recording,
				const struct ember_thread *thread);

/*
 * One record, an ember_record_fn; context is the recording. Its `size` bytes must be
 * there, be what they may: what makes no sense is counted in `ignored`.
 */
void ember_recording_record(void *context, unsigned int ring,
			    const struct ember_record *record);

/*
 * Records in a row, 8-byte aligned, as a ring's data hold them. False: it broke off at
 * a size that can't be.
 */
bool ember_recording_bytes(struct ember_recording *recording, unsigned int ring,
			   const void *bytes, size_t n);

#endif
