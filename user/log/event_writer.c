// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/event_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static uint32_t ember_event_columns_bytes(const struct ember_event_columns *c)
{
	uint32_t i, bytes = 0;

	for (i = 0; i <= EMBER_WEIGHTED_DETAIL; i++)
		bytes += c->column[i].used;
	return bytes;
}

uint32_t ember_event_writer_add(struct ember_event_writer *w,
				const struct ember_weighted_resolved *s, uint64_t time,
				uint64_t thread, uint64_t stack)
{
	struct ember_event_columns *c;
	uint32_t before;

	if (!w->cpu) {
		w->cpu = ember_xrealloc(NULL, w->nr_cpus, sizeof(*w->cpu));
		memset(w->cpu, 0, w->nr_cpus * sizeof(*w->cpu));
	}
	c = &w->cpu[s->sample.cpu];
	before = ember_event_columns_bytes(c);
	if (!before)
		c->start = c->last_time = time;
	ember_proto_delta(&c->column[EMBER_WEIGHTED_TIME], &c->last_time, time);
	ember_proto_delta(&c->column[EMBER_WEIGHTED_THREAD], &c->last_thread, thread);
	ember_proto_delta(&c->column[EMBER_WEIGHTED_STACK], &c->last_stack, stack);
	ember_proto_varint(&c->column[EMBER_WEIGHTED_EVENT], s->event);
	ember_proto_varint(&c->column[EMBER_WEIGHTED_WEIGHT], s->weight);
	ember_proto_varint(&c->column[EMBER_WEIGHTED_DETAIL], s->detail);
	c->details |= s->detail;
	ember_event_sum_add(&w->counts[s->event].sent,
			    (struct ember_event_sum){ 1, s->weight });
	return ember_event_columns_bytes(c) - before;
}

bool ember_event_writer_define(struct ember_event_writer *w, struct ember_buf *to,
			       struct ember_buf *part)
{
	uint32_t before = w->emitted;

	for (; w->emitted < w->recording->events.nr_event; w->emitted++)
		ember_event_put(to, part, w->emitted, &w->recording->events.event[w->emitted]);
	return w->emitted > before;
}

static void ember_event_columns_put(struct ember_event_columns *c, uint32_t cpu,
				    struct ember_buf *to, struct ember_buf *part)
{
	uint32_t i;

	if (!c->details)
		c->column[EMBER_WEIGHTED_DETAIL].used = 0;
	ember_proto_number(part, EMBER_WEIGHTED_CPU, cpu);
	ember_proto_number(part, EMBER_WEIGHTED_START, c->start);
	for (i = EMBER_WEIGHTED_TIME; i <= EMBER_WEIGHTED_DETAIL; i++)
		if (c->column[i].used)
			ember_proto_part(part, i, &c->column[i]);
	ember_proto_part(to, EMBER_CHUNK_WEIGHTED, part);
	c->last_thread = c->last_stack = 0;
	c->details = false;
}

void ember_event_writer_put(struct ember_event_writer *w, struct ember_buf *to,
			    struct ember_buf *part)
{
	uint32_t i;

	for (i = 0; w->cpu && i < w->nr_cpus; i++)
		if (w->cpu[i].column[EMBER_WEIGHTED_TIME].used)
			ember_event_columns_put(&w->cpu[i], i, to, part);
	for (i = 0; i < w->recording->events.nr_event; i++) {
		const struct ember_event_counts *of = &w->recording->event[i];
		struct ember_event_counted counts = w->counts[i];

		counts.lost = of->lost;
		ember_event_sum_add(&counts.undefined, of->undefined);
		ember_counts_put(to, part, i, &counts);
	}
}

uint64_t ember_event_writer_sent(const struct ember_event_writer *w)
{
	uint64_t sent = 0;
	uint32_t i;

	for (i = 0; i < EMBER_EVENTS_MAX; i++)
		sent += w->counts[i].sent.samples;
	return sent;
}

uint64_t ember_event_writer_downsampled(const struct ember_event_writer *w)
{
	uint64_t samples = 0;
	uint32_t i;

	for (i = 0; i < EMBER_EVENTS_MAX; i++)
		samples += w->counts[i].downsampled.samples;
	return samples;
}

void ember_event_writer_free(struct ember_event_writer *w)
{
	uint32_t cpu, i;

	for (cpu = 0; w->cpu && cpu < w->nr_cpus; cpu++)
		for (i = 0; i <= EMBER_WEIGHTED_DETAIL; i++)
			free(w->cpu[cpu].column[i].bytes);
	free(w->cpu);
	w->cpu = NULL;
}
