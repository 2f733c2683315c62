/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording's weighted samples: records of events other than the clock. */
#ifndef EMBER_MODEL_WEIGHTED_H
#define EMBER_MODEL_WEIGHTED_H

#include "model/recording_state.h"

/* One record each, of at least its type's size. False: it made no sense, no harm done. */
bool ember_weighted_on_event(struct ember_recording *recording, struct ember_ring_names *ring,
			     const struct ember_rec_event *rec);
bool ember_weighted_on_sample(struct ember_recording *recording, struct ember_ring_names *ring,
			      const struct ember_rec_weighted *rec);
bool ember_weighted_on_lost(struct ember_recording *recording, struct ember_ring_names *ring,
			    const struct ember_rec_event_lost *rec);

/* Settle the weighted samples that were taken up to `until`, see ember_recording_resolve(). */
void ember_weighted_resolve(struct ember_recording *recording, uint64_t until);

#endif
