/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Labels of sampled processes: cgroup and systemd unit, from /proc. They are read when a process
 * is first defined, after it has called exec, for a thread that began after the last look, and
 * each EMBER_RELABEL_NS, so a process that moved is seen where it is by then. A process that
 * ended before has none, rather than those of another one that got its number.
 */
#ifndef EMBER_RECORD_LABELS_H
#define EMBER_RECORD_LABELS_H

#include "model/recording_state.h"

#define EMBER_LABELS_SLOTS	512	/* processes that are remembered; a power of two */
#define EMBER_LABELS_BURST	1024	/* looks at once, and */
#define EMBER_LABELS_RATE	100	/* a second: where threads come and go, some have no labels */

struct ember_labels_process {
	uint32_t tgid, space;
	uint32_t compacted;		/* spaces.compacted: sets have got other numbers since */
	uint32_t set;
	uint64_t looked_ns;		/* CLOCK_BOOTTIME; 0: free */
};

struct ember_process_labels {
	struct ember_labels_process process[EMBER_LABELS_SLOTS];
	uint64_t refilled_ns;		/* CLOCK_BOOTTIME */
	uint32_t looks;			/* that may be taken */
	uint64_t refused;		/* looks that were not */
};

/*
 * Label the processes of a recording from now on. `labels` begins zeroed, is large, and outlives
 * the recording. Does nothing where the kernel has no cgroups.
 */
void ember_process_labels_begin(struct ember_process_labels *labels,
				struct ember_recording *recording);

#endif
