/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weighted samples: those of events other than the clock, summed by event, thread and stack.
 * They are kept apart from CPU samples, which have no weight and are many more.
 */
#ifndef EMBER_EVENT_SET_H
#define EMBER_EVENT_SET_H

#include "base/event.h"
#include "model/index.h"

/* Samples and the sum of their weights, both at most UINT64_MAX. */
struct ember_event_sum {
	uint64_t samples, weight;
};

struct ember_event_info {
	char name[EMBER_EVENT_NAME];
	uint32_t type, unit;		/* EMBER_EVENT_*, EMBER_UNIT_* */
	uint64_t period;		/* in the unit; 0: unknown, or several */
	struct ember_event_sum lost;	/* samples that aren't here */
};

struct ember_weighted {
	uint16_t event;
	uint16_t state;			/* of waits: EMBER_WAIT_*; else 0 */
	uint32_t thread, stack;
	uint32_t at;			/* of a tally: the CPU + 1, 0: unknown; of a recording:
					 * the generation of mappings */
	struct ember_event_sum sum;
} __attribute__((packed, aligned(4)));

/* When a weighted sample was taken. */
struct ember_weighted_moment {
	uint64_t time_ns;		/* as in struct ember_timestamp */
	uint64_t weight;
	uint32_t count;			/* occurrences that it counts for */
	uint32_t sample;		/* which of the set's counts, or of a profile's samples */
	uint32_t event;
} __attribute__((packed, aligned(4)));

struct ember_event_set {		/* begins zeroed */
	struct ember_event_info event[EMBER_EVENTS_MAX];
	uint32_t nr_event;
	struct ember_weighted *count;
	uint32_t nr_count, count_size;
	struct ember_index index;
	struct ember_weighted_moment *moment;
	uint32_t nr_moment, moment_size;
};

void ember_event_sum_add(struct ember_event_sum *to, struct ember_event_sum more);
/* Subtract, but not below 0. */
struct ember_event_sum ember_event_sum_less(struct ember_event_sum from,
					    struct ember_event_sum less);

/*
 * Return the number of the event, new or as it was; EMBER_NO_NUMBER: there are too many. Events
 * of one name and unit are one. apart: those whose type or period differs are two.
 */
uint32_t ember_event_set_event(struct ember_event_set *set,
			       const struct ember_event_info *event, bool apart);
/* Add to the sum that the other members name. Return its number. */
uint32_t ember_event_set_add(struct ember_event_set *set, const struct ember_weighted *more);
void ember_event_set_moment(struct ember_event_set *set,
			    const struct ember_weighted_moment *moment);
void ember_event_set_free(struct ember_event_set *set);

#endif
