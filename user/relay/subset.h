/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile of some of another one's samples, of the clock's or of one event's. */
#ifndef EMBER_RELAY_SUBSET_H
#define EMBER_RELAY_SUBSET_H

#include "model/profile.h"

#define EMBER_SUBSET_SYMBOL	65535	/* bytes of a name; of longer ones the end is kept */
#define EMBER_SUBSET_CPU	UINT32_MAX

/*
 * Return a profile of those samples, without threads, CPUs and boards, so that equal stacks are
 * one sample. event: its number in the profile, or EMBER_SUBSET_CPU. Samples without such a value
 * are left out; NULL: all of them. Its type that is shown is the last one. The caller frees it.
 */
struct ember_profile *ember_subset_make(const struct ember_profile *from, const uint32_t *sample,
					uint32_t nr, uint32_t event);
/* Return the name of what the subset has, for __name__: process_cpu, or the event's. */
const char *ember_subset_name(const struct ember_profile *from, uint32_t event, char room[64]);

#endif
