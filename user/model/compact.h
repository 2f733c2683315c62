/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings that go on for weeks. */
#ifndef EMBER_COMPACT_H
#define EMBER_COMPACT_H

#include "model/recording.h"

/*
 * Drops the stacks, threads and mappings that no sample can name any more: what the rings
 * call by a number stays, and what samples that wait need, and the mappings of processes
 * that are still there. Numbers become others, those of generations too. Not from within
 * an ember_resolved_fn; of a recording that counts nothing itself.
 */
void ember_recording_compact(struct ember_recording *recording);

#endif
