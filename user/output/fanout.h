/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One recording into several logs: each takes the settled samples that it wants. */
#ifndef EMBER_FANOUT_H
#define EMBER_FANOUT_H

#include "model/recording.h"

#define EMBER_FANOUT_MAX	16

/* Whether a log wants samples of a thread, of an event besides the clock or NULL: of the clock. */
typedef bool ember_fanout_wants(const void *context, const struct ember_recording *recording,
				const struct ember_thread *thread,
				const struct ember_event_info *event);

struct ember_fanout {
	struct ember_recording *recording;
	struct ember_fanout_branch {
		ember_resolved_fn *settled;
		ember_weighted_fn *weighted;
		void *context;
		ember_fanout_wants *wants;	/* NULL: all */
		const void *wanting;		/* its context */
	} branch[EMBER_FANOUT_MAX];
	uint32_t nr;
};

/* Forget the branches, so that they are added again, and note the recording. */
void ember_fanout_begin(struct ember_fanout *fanout, struct ember_recording *recording);
/*
 * Behind ember_log_begin(), to which the recording gives its samples then: make that log a
 * branch. Returns false if there are too many.
 */
bool ember_fanout_add(struct ember_fanout *fanout, ember_fanout_wants *wants,
		      const void *wanting);
/* Take out the branch of a log that ends. */
void ember_fanout_drop(struct ember_fanout *fanout, const void *context);

#endif
