/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events by name, and their units and amounts as people read them. */
#ifndef EMBER_EVENT_H
#define EMBER_EVENT_H

#include <emberprof.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMBER_EVENT_NAME	32	/* bytes of a name with its NUL */
#define EMBER_VALUE_NAME	48	/* the same of what a profile calls its values */
#define EMBER_UNIT_NAME		16	/* the same of a unit's */
#define EMBER_AMOUNT_MAX	48	/* the same of an amount */

/* An event besides the clock that `record -e` takes. */
struct ember_event_kind {
	const char *name;
	uint32_t type, unit;		/* EMBER_EVENT_*, EMBER_UNIT_* */
	const char *count, *value;	/* the types of its values in a profile */
	uint64_t feature;		/* EMBER_FEATURE_* that the module has for the event */
	uint64_t period;		/* the default, in the unit; 0: not for `record` */
	const char *lacks;		/* what a kernel without the feature lacks */
};

/* Find the kind by the first n bytes of a name, or by its type. Return NULL if there is none. */
const struct ember_event_kind *ember_event_find(const char *name, size_t n);
const struct ember_event_kind *ember_event_of(uint32_t type);

/* Return whether an event's samples are waits. */
bool ember_event_waits(uint32_t type);
/* Write the name of a type: that of its kind, or event-N. */
void ember_event_name(uint32_t type, char name[EMBER_EVENT_NAME]);
/*
 * Return whether n bytes can be an event's name: lower-case letters, digits, - and _, and none
 * of the names that a CPU profile's values have.
 */
bool ember_event_name_good(const char *name, size_t n);
/*
 * Write what the values of an event are called in a profile, count and weight: as its kind says,
 * or NAME_samples and NAME.
 */
void ember_event_values(const char *name, char count[EMBER_VALUE_NAME],
			char value[EMBER_VALUE_NAME]);
/* Write NAME_samples and NAME: for an event whose kind's values another one has already. */
void ember_event_own_values(const char *name, char count[EMBER_VALUE_NAME],
			    char value[EMBER_VALUE_NAME]);
/* Return whether these are the types of an event's two values. */
bool ember_event_are_values(const char *count, const char *value);
/* Return how many occurrences a weighted sample counts for, by its event's type and its detail. */
uint32_t ember_event_count(uint32_t type, uint32_t detail);
/* Return what a waiter's state was, EMBER_WAIT_*, likewise; 0 of other events. */
uint32_t ember_event_state(uint32_t type, uint32_t detail);
/* Write the name of a unit as pprof spells it: count, nanoseconds, bytes, or unit-N. */
void ember_unit_name(uint32_t unit, char name[EMBER_UNIT_NAME]);
/* Return the unit with that name; EMBER_UNIT_COUNT for any other name. */
uint32_t ember_unit_named(const char *name);
/* Write a value: bytes as B, KiB, MiB and so on, time as ns, us, ms or s, all else as a number. */
void ember_amount(uint64_t value, uint32_t unit, char text[EMBER_AMOUNT_MAX]);

#endif
