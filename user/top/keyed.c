// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/keyed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/label.h"
#include "model/profile_labels.h"

#define EMBER_KEY_TEXT 64

const char *const ember_key_names[EMBER_KEYS] = { "function", "thread", "process", "cgroup" };

/* Return the name of a process: its first thread's, as that is now; else a sample's. */
static uint32_t ember_keyed_process(struct ember_profile *p, const struct ember_sample *s)
{
	char path[32], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/comm", s->tgid);
	file = fopen(path, "re");
	if (file && fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = 0;
	if (file)
		fclose(file);
	return *name ? ember_profile_string(p, name) : s->comm;
}

/* Return the row's name: a string. */
static uint32_t ember_keyed_name(struct ember_profile *p, struct ember_sample *s,
				 enum ember_key key)
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
		s->comm = ember_keyed_process(p, s);
		snprintf(text, sizeof(text), "%u", s->tgid);
	} else {
		snprintf(text, sizeof(text), "%u of process %u", s->tid, s->tgid);
	}
	return ember_profile_string(p, text);
}

void ember_keyed(struct ember_profile *p, enum ember_key key)
{
	uint32_t *frame = ember_xrealloc(NULL, p->nr_sample + 1, sizeof(*frame)), i;

	if (key == EMBER_KEY_FUNCTION) {
		free(frame);
		return;
	}
	for (i = 0; i < p->nr_sample; i++) {
		struct ember_sample *s = &p->sample[i];
		struct ember_function f = { .name = ember_keyed_name(p, s, key) };
		struct ember_line line = { .function = ember_profile_function(p, &f) };

		frame[i] = ember_profile_location(p, 0, 0, &line, 1);
		s->first_frame = i;
		s->nr_frames = 1;
	}
	free(p->frame);
	p->frame = frame;
	p->nr_frame = p->frame_size = p->nr_sample;
}
