// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * By a line for the sample, a line for each frame, and an empty one. What is inlined is a
 * frame of its own at the same address, as perf has it.
 */
#include "export/perf.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/label.h"

/* Readers take a comm to end at the blanks that a number is behind. */
static void ember_perf_comm(FILE *out, const char *comm)
{
	if (!*comm)
		putc('?', out);
	for (; *comm; comm++)
		putc(*comm == ' ' && comm[1] >= '0' && comm[1] <= '9' ? '_' : *comm, out);
}

/* A location's lines of text, which many samples have. The caller frees them. */
static char *ember_perf_frame(const struct ember_profile *p, uint32_t location)
{
	const struct ember_location *l = &p->location[location];
	const struct ember_mapping *m = &p->mapping[l->mapping];
	const char *file = ember_text(p, m->file), *name;
	char made[EMBER_LABEL_MAX], *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);
	uint32_t n;

	if (!out)
		ember_memory_end();
	for (n = 0; n < ember_label_lines(p, location); n++) {
		name = l->nr_lines ? ember_label_text(p, ember_label(p, location, n), made) :
				     "[unknown]";
		fprintf(out, "\t%16llx %s", (unsigned long long)l->address, name);
		/* Readers cut the last offset off. */
		if (l->nr_lines && ember_nameless(p, l))
			fprintf(out, "+0x%llx",
				(unsigned long long)(l->address -
						     strtoull(strrchr(name, '+'), NULL, 16)));
		fprintf(out, " (%s)\n",
			ember_frame_kind(p, location, n) == EMBER_FRAME_INLINED ? "inlined" :
			*file							? file :
										  "[unknown]");
	}
	fclose(out);
	return text;
}

struct ember_perf {
	FILE *out;
	const struct ember_profile *p;
	char **frame; /* by location: its lines of text; NULL: not made yet */
	const char *event;
};

/* One sample, which stands for so much of the event. */
static void ember_perf_sample(struct ember_perf *w, uint64_t time_ns, uint32_t sample,
			      uint64_t period)
{
	const struct ember_profile *p = w->p;
	const struct ember_sample *s = &p->sample[sample];
	uint32_t k, location;

	ember_perf_comm(w->out, ember_text(p, ember_label_comm(p, sample)));
	fprintf(w->out, " %u/%u [%03u] %llu.%06u: %llu %s:\n", s->tgid, s->tid, s->cpu - 1,
		(unsigned long long)(time_ns / 1000000000),
		(unsigned int)(time_ns % 1000000000 / 1000), (unsigned long long)period,
		w->event);
	for (k = 0; k < s->nr_frames; k++) {
		location = p->frame[s->first_frame + k];
		if (!w->frame[location])
			w->frame[location] = ember_perf_frame(p, location);
		fputs(w->frame[location], w->out);
	}
	putc('\n', w->out);
}

void ember_export_perf(FILE *out, const struct ember_profile *p)
{
	const struct ember_profile_event *e = ember_profile_shown(p);
	struct ember_perf w = { .out = out, .p = p, .event = "cpu-clock" };
	uint32_t i;

	w.frame = ember_xrealloc(NULL, p->nr_location, sizeof(*w.frame));
	memset(w.frame, 0, p->nr_location * sizeof(*w.frame));
	if (e)
		w.event = ember_text(p, p->type[e->type + 1].name);
	for (i = 0; !e && i < p->nr_moment; i++)
		ember_perf_sample(&w, p->moment[i].time_ns, p->moment[i].sample,
				  p->period * p->moment[i].points);
	for (i = 0; e && i < p->nr_weighted; i++)
		if (p->weighted[i].event == (uint32_t)(e - p->event))
			ember_perf_sample(&w, p->weighted[i].time_ns, p->weighted[i].sample,
					  p->weighted[i].weight);
	for (i = 0; i < p->nr_location; i++)
		free(w.frame[i]);
	free(w.frame);
}
