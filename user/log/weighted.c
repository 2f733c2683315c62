// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/weighted.h"

#include <string.h>

bool ember_event_take(const struct ember_field *message, uint32_t *number,
		      struct ember_event_info *event)
{
	uint64_t is = 0, type = 0, unit = 0;
	struct ember_message m;
	struct ember_field f;

	if (message->numeric)
		return false;
	memset(event, 0, sizeof(*event));
	m = ember_proto_read(message->bytes, message->n);
	while (ember_proto_field(&m, &f)) {
		switch (f.number) {
		case EMBER_EVENT_NUMBER: is = f.value; break;
		case EMBER_EVENT_TYPE: type = f.value; break;
		case EMBER_EVENT_UNIT: unit = f.value; break;
		case EMBER_EVENT_PERIOD: event->period = f.value; break;
		case EMBER_EVENT_NAME_TEXT:
			if (f.numeric || !ember_event_name_good((const char *)f.bytes, f.n))
				return false;
			memcpy(event->name, f.bytes, f.n);
			event->name[f.n] = 0;
			break;
		}
	}
	if (m.bad || is >= EMBER_STREAM_EVENTS || !type || type > UINT32_MAX ||
	    unit > UINT32_MAX)
		return false;
	event->type = type;
	event->unit = unit;
	/* A name is the writer's, which may know of types that we don't. */
	if (!*event->name)
		ember_event_name(type, event->name);
	*number = is;
	return true;
}

void ember_event_put(struct ember_buf *to, struct ember_buf *part, uint32_t number,
		     const struct ember_event_info *event)
{
	ember_proto_number(part, EMBER_EVENT_NUMBER, number);
	ember_proto_number(part, EMBER_EVENT_TYPE, event->type);
	ember_proto_text(part, EMBER_EVENT_NAME_TEXT, event->name);
	ember_proto_number(part, EMBER_EVENT_UNIT, event->unit);
	ember_proto_number(part, EMBER_EVENT_PERIOD, event->period);
	ember_proto_part(to, EMBER_CHUNK_EVENT, part);
}

bool ember_weighted_begin(struct ember_weighted_columns *w, const struct ember_field *message)
{
	if (!ember_columns_take(&w->columns, message))
		return false;
	w->time = w->columns.number[EMBER_WEIGHTED_START];
	w->thread = w->stack = 0;
	return true;
}

bool ember_weighted_next(struct ember_weighted_columns *w)
{
	struct ember_message *column = w->columns.column;

	if (!ember_columns_next(&column[EMBER_WEIGHTED_TIME], &w->time))
		return false;
	if (ember_columns_next(&column[EMBER_WEIGHTED_THREAD], &w->thread) &&
	    ember_columns_next(&column[EMBER_WEIGHTED_STACK], &w->stack) &&
	    ember_proto_packed(&column[EMBER_WEIGHTED_EVENT], &w->event) &&
	    ember_proto_packed(&column[EMBER_WEIGHTED_WEIGHT], &w->weight)) {
		/* The column may be left out. */
		if (!ember_proto_packed(&column[EMBER_WEIGHTED_DETAIL], &w->detail))
			w->detail = 0;
		return true;
	}
	/* One that lacks a column is none, and no other follows. */
	column[EMBER_WEIGHTED_TIME].bad = true;
	return false;
}

bool ember_weighted_good(const struct ember_weighted_columns *w)
{
	return !w->columns.column[EMBER_WEIGHTED_TIME].bad;
}

/* By field, two each. */
static struct ember_event_sum *ember_counts_sum(struct ember_event_counted *counts,
						unsigned int field)
{
	switch (field) {
	case EMBER_COUNTS_SENT: return &counts->sent;
	case EMBER_COUNTS_LOST: return &counts->lost;
	case EMBER_COUNTS_UNDEFINED: return &counts->undefined;
	default: return &counts->downsampled;
	}
}

bool ember_counts_take(const struct ember_field *message, uint32_t *number,
		       struct ember_event_counted *counts)
{
	struct ember_columns c;
	unsigned int i;

	if (!ember_columns_take(&c, message) ||
	    c.number[EMBER_COUNTS_EVENT] >= EMBER_STREAM_EVENTS)
		return false;
	for (i = EMBER_COUNTS_SENT; i < EMBER_COUNTS_FIELDS; i += 2)
		*ember_counts_sum(counts, i) =
			(struct ember_event_sum){ c.number[i], c.number[i + 1] };
	*number = c.number[EMBER_COUNTS_EVENT];
	return true;
}

void ember_counts_put(struct ember_buf *to, struct ember_buf *part, uint32_t number,
		      const struct ember_event_counted *counts)
{
	struct ember_event_counted copy = *counts;
	unsigned int i;

	for (i = EMBER_COUNTS_SENT; i < EMBER_COUNTS_FIELDS; i += 2) {
		ember_proto_number(part, i, ember_counts_sum(&copy, i)->samples);
		ember_proto_number(part, i + 1, ember_counts_sum(&copy, i)->weight);
	}
	if (!part->used)
		return;
	ember_proto_number(part, EMBER_COUNTS_EVENT, number);
	ember_proto_part(to, EMBER_CHUNK_EVENT_COUNTS, part);
}
