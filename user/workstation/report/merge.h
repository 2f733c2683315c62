/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles put into one. */
#ifndef EMBER_MERGE_H
#define EMBER_MERGE_H

#include "model/profile.h"

struct ember_named_profile {
	const char *name;
	struct ember_profile *profile;
};

/* Add all to the first. Returns false if they don't go together (said). */
bool ember_merge_profiles(struct ember_named_profile *item, int nr);

/*
 * The same kinds of values, added up: false, if they aren't the same. Threads stay apart by
 * their numbers, times become the earliest and the sum.
 */
bool ember_merge_sum(struct ember_profile *into, const struct ember_profile *from);

/* Return one type of the profile's as a profile of samples, for the caller to free. */
struct ember_profile *ember_merge_type(const struct ember_profile *from, uint32_t type);

/* Whether they have the same kinds of values. */
bool ember_merge_fits(const struct ember_profile *a, const struct ember_profile *b);
/* An empty profile with the kinds of values that `like` has. */
struct ember_profile *ember_merge_begin(const struct ember_profile *like);

/*
 * A sample of `from`, by its number, with the values that are made of its own
 * (values[from->nr_type] into to[into->nr_type], zeroed) and the threads that it's left.
 * False: it's left out.
 */
typedef bool ember_merge_take(void *context, uint32_t number, const uint64_t *values,
			      uint64_t *to, struct ember_sample *sample);
/* What samples that are taken don't need is left out. */
void ember_merge(struct ember_profile *into, const struct ember_profile *from,
		 ember_merge_take *take, void *context);

#endif
