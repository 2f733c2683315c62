// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/wait_kind.h"
#include "model/profile_labels.h"

/* Return the type of that name, of times; EMBER_NO_NUMBER: there is none. */
static uint32_t ember_wall_type(const struct ember_profile *p, const char *name)
{
	uint32_t i;

	for (i = 0; i < p->nr_type; i++)
		if (!strcmp(ember_text(p, p->type[i].name), name) &&
		    ember_unit_named(ember_text(p, p->type[i].unit)) == EMBER_UNIT_NANOSECONDS)
			return i;
	return EMBER_NO_NUMBER;
}

/* Add the type, with no values yet. */
static uint32_t ember_wall_add(struct ember_profile *p, uint32_t unit)
{
	uint32_t nr = p->nr_type + 1, i;
	uint64_t *value =
		ember_xrealloc(NULL, (size_t)nr * (p->nr_sample + 1), sizeof(*value));

	for (i = 0; i < p->nr_sample; i++)
		memcpy(value + (uint64_t)i * nr, p->value + (uint64_t)i * p->nr_type,
		       p->nr_type * sizeof(*value));
	free(p->value);
	p->value = value;
	p->value_size = p->nr_sample + 1;
	p->type[p->nr_type] = (struct ember_type){ ember_profile_string(p, EMBER_WALL), unit };
	return p->nr_type++;
}

static void ember_wall_states(struct ember_profile *p)
{
	char text[64];
	uint32_t i;

	for (i = 0; i < p->nr_sample; i++) {
		const char *kind =
			ember_profile_label_value(p, p->sample[i].labels, EMBER_LABEL_WAIT);

		snprintf(text, sizeof(text), "[%s]", kind ? kind : "running");
		p->sample[i].state = ember_profile_string(p, text);
	}
}

bool ember_wall_show(struct ember_profile *p)
{
	uint32_t cpu = ember_wall_type(p, "cpu"), delay = ember_wall_type(p, "delay");
	uint32_t preempted = ember_wall_type(p, "preempted");
	uint32_t wall = ember_wall_type(p, EMBER_WALL), i;

	if (cpu == EMBER_NO_NUMBER || delay == EMBER_NO_NUMBER)
		return false;
	if (wall == EMBER_NO_NUMBER)
		wall = ember_wall_add(p, p->type[cpu].unit);
	for (i = 0; i < p->nr_sample; i++) {
		uint64_t *value = p->value + (uint64_t)i * p->nr_type;

		value[wall] = value[cpu] + value[delay];
		if (preempted != EMBER_NO_NUMBER)
			value[wall] += value[preempted];
	}
	p->shown = wall;
	ember_wall_states(p);
	return true;
}

bool ember_wall_shown(const struct ember_profile *p)
{
	return p->shown < p->nr_type &&
	       !strcmp(ember_text(p, p->type[p->shown].name), EMBER_WALL);
}
