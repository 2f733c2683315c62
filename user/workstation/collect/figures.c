// SPDX-License-Identifier: GPL-2.0-or-later
#include "workstation/collect/figures.h"

#include <string.h>

static const char *const ember_figure_names[] = {
	"samples",     "chunks", "chunks_twice", "bytes",	 "boards",     "streams",
	"connections", "logs",	 "logs_bytes",	 "logs_removed", "held_bytes",
};

#define EMBER_FIGURES (sizeof(ember_figure_names) / sizeof(*ember_figure_names))

#define EMBER_FIGURES_ALL (EMBER_FIGURES + EMBER_FAULTS)

static void ember_figures_fill(const struct ember_collector *c,
			       const char *name[EMBER_FIGURES_ALL],
			       uint64_t value[EMBER_FIGURES_ALL])
{
	const struct ember_receiver *in = &c->inbox;
	const uint64_t figures[EMBER_FIGURES] = {
		in->samples,
		in->chunks,
		in->twice,
		c->sources.bytes,
		ember_receiver_boards(in, EMBER_COLLECT_LIVE_NS),
		in->streams.nr,
		c->sources.connections,
		c->store.nr,
		c->store.bound.bytes,
		c->store.removed,
		in->held,
	};
	unsigned int i;

	memcpy(name, ember_figure_names, sizeof(ember_figure_names));
	memcpy(value, figures, sizeof(figures));
	for (i = 0; i < EMBER_FAULTS; i++) {
		name[EMBER_FIGURES + i] = ember_fault_name(i);
		value[EMBER_FIGURES + i] = c->faults.count[i];
	}
}

void ember_figures_show(struct ember_collector *c)
{
	const char *name[EMBER_FIGURES_ALL];
	uint64_t value[EMBER_FIGURES_ALL];

	ember_figures_fill(c, name, value);
	ember_front_count(&c->front, name, value, EMBER_FIGURES_ALL);
}

void ember_figures_batch(struct ember_collector *c)
{
	static const char *name[EMBER_FIGURES_ALL];
	static uint64_t value[EMBER_FIGURES_ALL];

	ember_figures_fill(c, name, value);
	ember_front_count(&c->front, name, value, EMBER_FIGURES_ALL);
	c->batch.name = name;
	c->batch.value = value;
	c->batch.nr_counters = EMBER_FIGURES_ALL;
}
