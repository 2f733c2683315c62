// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/naming.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/wait_kind.h"
#include "model/labels.h"
#include "model/profile_labels.h"
#include "symbolize/naming_location.h"
#include "symbolize/naming_wait.h"

/* A caller that was wanted before has callers that were, too, be it in another process. */
static void ember_naming_want(struct ember_naming *n, const struct ember_count *count)
{
	uint32_t node = n->t->dict.stack[count->stack].leaf, i;
	struct ember_place place;

	for (i = 0; node != EMBER_NO_NUMBER; node = n->t->dict.frames.node[node].caller, i++) {
		struct ember_naming_frame f = ember_naming_frame(n, count, node, i);

		if (f.caller && n->location[node]) {
			if (!n->own)
				break;
			continue;
		}
		if (ember_naming_shared(n, &f))
			n->location[node] = EMBER_NO_NUMBER;
		if (n->t->here && f.kernel)
			ember_symbols_want_kernel(n->symbols, f.pc, f.caller);
		if (ember_naming_place(n, &f, &place) && ember_naming_knows(n, &place))
			ember_symbols_want_user(n->symbols, &place);
	}
}

/* Frames outside of all extents may be the kernel's in one stack and a user's in another. */
static uint32_t ember_naming_node(struct ember_naming *n, const struct ember_count *count,
				  uint32_t node, uint32_t i)
{
	struct ember_naming_frame f = ember_naming_frame(n, count, node, i);
	bool known = f.extent != EMBER_NO_NUMBER && ember_naming_shared(n, &f);
	uint32_t location = known ? n->location[node] - 1 : EMBER_NO_NUMBER;

	if (location < EMBER_NO_NUMBER - 1)
		return location;
	location = ember_naming_locate(n, &f);
	if (known)
		n->location[node] = location + 1;
	return location;
}

static uint32_t ember_naming_label(struct ember_naming *n, const char *key, const char *value,
				   uint32_t next)
{
	/* One after another: compilers differ in the order of arguments, and strings get numbers. */
	uint32_t key_string = ember_profile_string(n->p, key);
	uint32_t value_string = ember_profile_string(n->p, value);

	return ember_profile_label(n->p, key_string, value_string, next);
}

/*
 * Return the profile's set of a dictionary's labels: they are few for each thread. Behind them is
 * that of a wait's kind, unless that is NULL.
 */
static uint32_t ember_naming_labels(struct ember_naming *n, uint32_t set, const char *wait)
{
	struct ember_process_label label;

	if (!set)
		return wait ? ember_naming_label(n, EMBER_LABEL_WAIT, wait, 0) : 0;
	label = ember_labels_first(&n->t->dict.labels, set);
	return ember_naming_label(n, label.key, label.value,
				  ember_naming_labels(n, label.next, wait));
}

/*
 * Add a thread's samples of one stack. weighted: NULL: CPU samples. Return the profile's number;
 * EMBER_NO_NUMBER: waits of their kind aren't wanted.
 */
static uint32_t ember_naming_sample(struct ember_naming *n, const struct ember_count *count,
				    const struct ember_weighted *weighted)
{
	struct ember_profile_event *event = weighted ? &n->p->event[weighted->event] : NULL;
	bool waits = weighted && ember_event_waits(n->t->events.event[weighted->event].type);
	const char *kind = NULL;
	const struct ember_stacked *stack = &n->t->dict.stack[count->stack];
	/* Time that isn't the thread's goes under a name of its own. */
	static const char *const contexts[] = { NULL, "[softirq]", "[interrupt]",
						"[hrtimer]" };
	const struct ember_thread *thread = &n->t->dict.thread[count->thread];
	uint64_t values[EMBER_TYPES_MAX] = { count->samples,
					     count->samples * n->t->period_ns };
	uint32_t frames[EMBER_FRAMES_MAX + 1], nr = 0, node = stack->leaf, i;
	struct ember_sample sample = {};

	if (event) {
		values[0] = values[1] = 0;
		values[event->type] = count->samples;
		values[event->type + 1] = weighted->sum.weight;
	}
	if (stack->context && stack->context < sizeof(contexts) / sizeof(*contexts)) {
		sample.comm = ember_profile_string(n->p, contexts[stack->context]);
	} else {
		sample.comm = ember_profile_string(n->p, *thread->comm ? thread->comm : "?");
		sample.tid = thread->tid;
		sample.tgid = thread->tgid;
	}
	sample.cpu = count->at;
	if (thread->board)
		sample.board = ember_profile_string(n->p, n->t->dict.board[thread->board - 1]);
	if (stack->context == EMBER_CONTEXT_SOFTIRQ && !stack->nr_kernel)
		frames[nr++] = ember_naming_vector(n, stack->vector);
	for (i = 0; node != EMBER_NO_NUMBER; node = n->t->dict.frames.node[node].caller, i++)
		frames[nr++] = ember_naming_node(n, count, node, i);
	if (waits)
		kind = ember_naming_wait(n->p, weighted->state, frames, stack->nr_kernel);
	if (n->t->wants_wait && !(kind && n->t->wants_wait(n->t->wants_context, kind)))
		return EMBER_NO_NUMBER;
	if (sample.tid)
		sample.labels = ember_naming_labels(n, thread->labels, kind);
	*(event ? &event->truncated : &n->p->truncated) += stack->cut ? count->samples : 0;
	*(event ? &event->gaps : &n->p->gaps) += stack->gaps ? count->samples : 0;
	return ember_profile_sample(n->p, &sample, frames, nr, values);
}

/* The tally's become the profile's: there may be too many for two of each. */
static void ember_naming_timestamps(struct ember_profile *p, struct ember_tally *t,
				    const uint32_t *sample)
{
	uint32_t i;

	for (i = 0; i < t->nr_moment; i++)
		t->moment[i].sample = sample[t->moment[i].sample];
	p->moment = t->moment;
	p->nr_moment = t->nr_moment;
	t->moment = NULL;
	t->nr_moment = t->moment_size = 0;
}

/* Return a weighted count as one of samples. */
static struct ember_count ember_naming_count(const struct ember_weighted *w)
{
	return (struct ember_count){ w->thread, w->stack, w->at, w->sum.samples };
}

/* Note what to look for of the weighted samples. Return whether one has kernel frames. */
static bool ember_naming_want_weighted(struct ember_naming *n)
{
	bool kernel = false;
	uint32_t i;

	for (i = 0; i < n->t->events.nr_count; i++) {
		struct ember_count count = ember_naming_count(&n->t->events.count[i]);

		ember_naming_want(n, &count);
		kernel |= n->t->dict.stack[count.stack].nr_kernel > 0;
	}
	return kernel;
}

/* Add the weighted samples, and when they were taken. The tally has as many events at most. */
static void ember_naming_weighted(struct ember_naming *n, struct ember_tally *t)
{
	struct ember_event_set *e = &t->events;
	uint32_t i, nr = 0, *sample = ember_xrealloc(NULL, e->nr_count + 1, sizeof(*sample));

	for (i = 0; i < e->nr_count; i++) {
		struct ember_count count = ember_naming_count(&e->count[i]);

		sample[i] = ember_naming_sample(n, &count, &e->count[i]);
	}
	for (i = 0; i < e->nr_moment; i++) {
		e->moment[i].sample = sample[e->moment[i].sample];
		if (e->moment[i].sample != EMBER_NO_NUMBER)
			e->moment[nr++] = e->moment[i];
	}
	n->p->weighted = e->moment;
	n->p->nr_weighted = nr;
	e->moment = NULL;
	e->nr_moment = e->moment_size = 0;
	free(sample);
}

struct ember_profile *ember_naming_profile(struct ember_tally *t,
					   struct ember_symbols *symbols)
{
	struct ember_naming n = { .t = t, .symbols = symbols, .p = ember_profile_new() };
	bool kernel = false;
	uint32_t i, *sample = ember_xrealloc(NULL, t->counts.nr + 1, sizeof(*sample));

	n.mapping = ember_xrealloc(NULL, t->dict.nr_file + 1, sizeof(*n.mapping));
	memset(n.mapping, 0, (t->dict.nr_file + 1) * sizeof(*n.mapping));
	if (t->clocked || !t->events.nr_event)
		ember_profile_cpu(n.p, t->period_ns);
	for (i = 0; i < t->events.nr_event; i++)
		ember_profile_event(n.p, &t->events.event[i]);
	n.p->time_ns = t->time_ns;
	n.p->duration_ns = t->duration_ns;
	n.p->lost = t->lost;
	n.p->skipped = t->skipped;
	n.location = ember_xrealloc(NULL, t->dict.frames.nr + 1, sizeof(*n.location));
	memset(n.location, 0, (t->dict.frames.nr + 1) * sizeof(*n.location));
	n.process = ember_xrealloc(NULL, t->dict.nr_thread + 1, sizeof(*n.process));
	memset(n.process, 0, t->dict.nr_thread + 1);
	ember_naming_own(&n);
	ember_symbols_since(symbols, &t->dates);
	for (i = 0; i < t->counts.nr; i++) {
		ember_naming_want(&n, &t->counts.count[i]);
		kernel |= t->dict.stack[t->counts.count[i].stack].nr_kernel > 0;
	}
	kernel |= ember_naming_want_weighted(&n);
	for (i = 0; i < t->counts.nr; i++)
		sample[i] = ember_naming_sample(&n, &t->counts.count[i], NULL);
	ember_naming_timestamps(n.p, t, sample);
	ember_naming_weighted(&n, t);
	if (n.p->nr_event && !t->counts.nr && t->events.nr_count)
		n.p->shown = n.p->event[0].type + 1;
	free(sample);
	n.p->kernel_hidden = kernel && t->here && ember_symbols_kernel_hidden(symbols);
	free(n.location);
	free(n.process);
	free(n.own);
	free(n.mapping);
	free(n.module);
	return n.p;
}
