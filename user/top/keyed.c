// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/keyed.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/first_line.h"
#include "base/memory.h"
#include "model/index.h"
#include "model/label.h"
#include "model/profile_labels.h"

#define EMBER_KEY_TEXT 64

const char *const ember_key_names[EMBER_KEYS] = { "function", "thread", "process", "cgroup" };

/* Names of processes that were read, by ID. */
struct ember_keyed_names { /* begins zeroed */
	struct ember_index index;
	struct ember_keyed_name {
		uint32_t tgid, name; /* a string; 0: it has none any more */
	} * item;
	uint32_t nr, size;
};

struct ember_keyed_wanted {
	const struct ember_keyed_names *names;
	uint32_t tgid;
};

static bool ember_keyed_same(const void *context, uint32_t item)
{
	const struct ember_keyed_wanted *wanted = context;

	return wanted->names->item[item].tgid == wanted->tgid;
}

/* Return the name of a process: its first thread's, as that is now, read once; else a sample's. */
static uint32_t ember_keyed_process(struct ember_profile *p, struct ember_keyed_names *names,
				    const struct ember_sample *s)
{
	const struct ember_keyed_wanted wanted = { names, s->tgid };
	uint64_t hash = ember_mix_first(s->tgid);
	uint32_t i = ember_index_find(&names->index, hash, ember_keyed_same, &wanted);
	char path[32], name[32];

	if (i == EMBER_NO_NUMBER) {
		i = names->nr++;
		names->item = ember_array_reserve(names->item, i, &names->size,
						  sizeof(*names->item));
		snprintf(path, sizeof(path), "/proc/%u/comm", s->tgid);
		names->item[i] = (struct ember_keyed_name){
			s->tgid, ember_first_line(path, name, sizeof(name)) && *name ?
					 ember_profile_string(p, name) :
					 0
		};
		ember_index_add(&names->index, hash, i);
	}
	return names->item[i].name ? names->item[i].name : s->comm;
}

/* Return the row's name: a string. */
static uint32_t ember_keyed_row(struct ember_profile *p, struct ember_keyed_names *names,
				struct ember_sample *s, enum ember_key key)
{
	char text[EMBER_KEY_TEXT];
	uint32_t cgroup;

	if (key == EMBER_KEY_CGROUP) {
		cgroup = ember_profile_label_find(p, s->labels, "cgroup");
		s->comm = ember_profile_string(p, "*");
		return cgroup ? cgroup : ember_profile_string(p, "-");
	}
	/* Interrupts are of no thread. */
	if (!s->tgid && !s->tid)
		return ember_profile_string(p, "-");
	if (key == EMBER_KEY_PROCESS) {
		s->comm = ember_keyed_process(p, names, s);
		snprintf(text, sizeof(text), "%u", s->tgid);
	} else {
		snprintf(text, sizeof(text), "%u of process %u", s->tid, s->tgid);
	}
	return ember_profile_string(p, text);
}

void ember_keyed(struct ember_profile *p, enum ember_key key)
{
	struct ember_keyed_names names = {};
	uint32_t *frame, i;

	if (key == EMBER_KEY_FUNCTION)
		return;
	frame = ember_xrealloc(NULL, p->nr_sample + 1, sizeof(*frame));
	for (i = 0; i < p->nr_sample; i++) {
		struct ember_sample *s = &p->sample[i];
		struct ember_function f = { .name = ember_keyed_row(p, &names, s, key) };
		struct ember_line line = { .function = ember_profile_function(p, &f) };

		frame[i] = ember_profile_location(p, 0, 0, &line, 1);
		s->first_frame = i;
		s->nr_frames = 1;
	}
	free(p->frame);
	p->frame = frame;
	p->nr_frame = p->frame_size = p->nr_sample;
	ember_index_free(&names.index);
	free(names.item);
}
