// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/naming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/label.h"
#include "workstation/symbols/lines.h"
#include "symbolize/process.h"
#include "symbolize/symbols.h"

#define EMBER_LINES_MAX	  64 /* of one address */
#define EMBER_KERNEL_NAME "[kernel.kallsyms]" /* by custom, wherever names are from */

struct ember_naming {
	const struct ember_tally *t;
	struct ember_symbols *symbols;
	struct ember_profile *p;
	uint32_t *mapping; /* by file number; 0: none yet */
	struct {
		uint32_t name, mapping;
	} * module; /* of the kernel; name 0 is the kernel itself */
	uint32_t nr_module, module_size;
	/*
	 * By node, of frames that are callers: the location + 1; EMBER_NO_NUMBER: wanted; 0:
	 * neither.
	 */
	uint32_t *location;
	bool *own; /* by extent: a name there depends on the process; NULL: none does */
	uint8_t *process; /* by thread: enum ember_naming_process */
};

/* A thread's process: it has to be asked for, has ended, is there, or another has its number. */
enum ember_naming_process {
	EMBER_PROCESS_UNASKED,
	EMBER_PROCESS_ENDED,
	EMBER_PROCESS_THERE,
	EMBER_PROCESS_OTHER
};

/* One of a stack's frames. */
struct ember_naming_frame {
	uint32_t thread, extent;
	uint64_t pc;
	bool kernel, caller; /* caller: pc is where it goes on */
};

static enum ember_naming_process ember_naming_process(struct ember_naming *n, uint32_t number)
{
	const struct ember_thread *thread = &n->t->dict.thread[number];
	struct ember_process process;

	if (n->process[number])
		return n->process[number];
	n->process[number] = EMBER_PROCESS_OTHER;
	if (n->t->here && !ember_process_read(thread->tgid, &process)) {
		n->process[number] = EMBER_PROCESS_ENDED;
	} else if (n->t->here && ember_process_has(&process, thread->start_time)) {
		n->process[number] = EMBER_PROCESS_THERE;
		ember_symbols_process(n->symbols, thread->tgid);
	}
	return n->process[number];
}

/*
 * Finds the extents where what a frame is called depends on the process: code that one made, and
 * the vDSO of a task that is of another width than we, which is below 4 GiB.
 */
static void ember_naming_own(struct ember_naming *n)
{
	const struct ember_tally *t = n->t;
	uint32_t i;

	for (i = 0; t->here && i < t->dict.nr_extent; i++) {
		const struct ember_file *file = &t->dict.file[t->dict.extent[i].file];

		if (file->flags & EMBER_FILE_VDSO ?
			    sizeof(void *) == 4 || t->dict.extent[i].end > 1ull << 32 :
			    !ember_file_made(file))
			continue;
		if (!n->own) {
			n->own = ember_xrealloc(NULL, t->dict.nr_extent, sizeof(*n->own));
			memset(n->own, 0, t->dict.nr_extent * sizeof(*n->own));
		}
		n->own[i] = true;
	}
}

/* Where a frame lies, or false: in nothing that we know. */
static bool ember_naming_place(struct ember_naming *n, const struct ember_naming_frame *f,
			       struct ember_place *place)
{
	const struct ember_thread *thread = &n->t->dict.thread[f->thread];
	const struct ember_extent *extent;

	if (f->extent >= n->t->dict.nr_extent)
		return false;
	extent = &n->t->dict.extent[f->extent];
	*place = (struct ember_place){
		.file = &n->t->dict.file[extent->file],
		.file_number = extent->file,
		.map_start = extent->start,
		.map_end = extent->end,
		.map_offset = extent->offset,
		.pc = f->pc,
		.caller = f->caller,
	};
	if (ember_naming_process(n, f->thread) != EMBER_PROCESS_OTHER) {
		place->tgid = thread->tgid;
		place->began_ns = thread->tid == thread->tgid ? thread->start_time : 0;
	}
	return true;
}

/* What isn't in a file is another one in another machine, or another life of it. */
static bool ember_naming_knows(const struct ember_naming *n, const struct ember_place *place)
{
	return n->t->here || !(place->file->flags & (EMBER_FILE_ANON | EMBER_FILE_VDSO));
}

static struct ember_naming_frame ember_naming_frame(const struct ember_naming *n,
						    const struct ember_count *count,
						    uint32_t node, uint32_t i)
{
	const struct ember_stacked *stack = &n->t->dict.stack[count->stack];
	const struct ember_frame_node *at = &n->t->dict.frames.node[node];

	return (struct ember_naming_frame){
		.thread = count->thread,
		.extent = at->extent,
		.pc = at->address,
		.kernel = i < stack->nr_kernel,
		.caller = i && i != stack->nr_kernel,
	};
}

/* Whether a caller's name is the same in all stacks. */
static bool ember_naming_shared(const struct ember_naming *n,
				const struct ember_naming_frame *f)
{
	return f->caller &&
	       (!n->own || f->extent >= n->t->dict.nr_extent || !n->own[f->extent]);
}

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

static uint32_t ember_naming_path(struct ember_naming *n, const struct ember_file *file)
{
	char text[80]; /* names of modules are shorter */

	if (file->flags & EMBER_FILE_MODULE)
		snprintf(text, sizeof(text), "[%s]", file->path);
	return ember_profile_string(n->p, file->flags & EMBER_FILE_MODULE ? text :
					  file->flags & EMBER_FILE_KERNEL ? EMBER_KERNEL_NAME :
					  *file->path			  ? file->path :
									    "?");
}

/*
 * One mapping for a file, wherever processes have it: at the addresses that the file
 * itself is made for. Where these aren't known, at its offsets; what isn't a file is
 * where it is.
 */
static uint32_t ember_naming_mapping(struct ember_naming *n, const struct ember_place *place,
				     bool made, uint64_t *address)
{
	const struct ember_file *file = place->file;
	struct ember_mapping m = { .offset = place->map_offset };
	char id[2 * EMBER_BUILD_ID_MAX + 1] = "";
	uint32_t *number = &n->mapping[place->file_number];
	uint64_t into;
	unsigned int i;

	m.kernel = file->flags & EMBER_FILE_KERNEL;
	if (made || file->flags & EMBER_FILE_ANON || (m.kernel && !*address)) {
		*address = place->pc;
		m.offset = m.kernel ? 0 : place->map_start;
	} else if (!*address) {
		*address = place->pc - place->map_start + place->map_offset;
	}
	into = place->pc - place->map_start;
	m.start = *address > into ? *address - into : 0;
	m.limit = *address + (place->map_end - place->pc);
	/* As far as it was sampled: a kernel's end isn't known. */
	if (m.kernel) {
		m.start = *address & ~4095ull;
		m.limit = m.start + 4096;
	}
	if (!*number) {
		for (i = 0; i < file->build_id_bytes; i++)
			snprintf(id + 2 * i, 3, "%02x", file->build_id[i]);
		m.file = ember_naming_path(n, file);
		m.build_id = ember_profile_string(n->p, id);
		*number = ember_profile_mapping(n->p, &m);
	}
	ember_profile_reach(&n->p->mapping[*number], m.start, m.limit, m.offset);
	*address -= place->caller;
	return *number;
}

static uint32_t ember_naming_function(struct ember_naming *n, const char *name,
				      const char *linkage, const struct ember_call *call,
				      bool kernel)
{
	struct ember_function f = { .kernel = kernel };

	f.name = ember_profile_string(n->p, name);
	if (linkage && strcmp(linkage, name))
		f.linkage = ember_profile_string(n->p, linkage);
	if (call && call->file) {
		f.file = ember_profile_string(n->p, call->file);
		f.here = call->here && n->t->here;
	}
	return ember_profile_function(n->p, &f);
}

/* One function for all of its addresses, without saying of its mapping that it has names. */
static uint32_t ember_naming_bare(struct ember_naming *n, uint32_t mapping, uint64_t begin)
{
	char made[EMBER_LABEL_MAX];
	struct ember_function f = { .bare = true };

	f.name = ember_profile_string(n->p, ember_label_bare(n->p, mapping, begin, made));
	return ember_profile_function(n->p, &f);
}

static uint32_t ember_naming_location(struct ember_naming *n, uint32_t mapping,
				      uint64_t address, const struct ember_name *name,
				      bool kernel)
{
	struct ember_line line[EMBER_LINES_MAX] = {};
	const struct ember_call *call = name->call;
	uint32_t i, nr = 0;

	if (!name->name && !name->begin)
		return ember_profile_location(n->p, address, mapping, NULL, 0);
	if (!name->name) {
		line->function = ember_naming_bare(n, mapping, name->begin);
		return ember_profile_location(n->p, address, mapping, line, 1);
	}
	/* What is inlined into it, and into each other; and it, as its symbol calls it. */
	for (i = 0; i + 1 < name->nr_call && nr + 1 < EMBER_LINES_MAX; i++) {
		if (!call[i].name)
			continue;
		line[nr].line = call[i].line;
		line[nr++].function = ember_naming_function(n, call[i].name, call[i].linkage,
							    &call[i], kernel);
	}
	if (name->nr_call)
		line[nr].line = call[i].line;
	line[nr++].function = ember_naming_function(n, name->name, name->linkage,
						    name->nr_call ? &call[i] : NULL, kernel);
	n->p->mapping[mapping].has_functions = true;
	return ember_profile_location(n->p, address, mapping, line, nr);
}

/* In a file of any kind. */
static uint32_t ember_naming_normalized(struct ember_naming *n,
					const struct ember_place *place)
{
	struct ember_name name = {};
	uint32_t mapping;

	if (ember_naming_knows(n, place))
		ember_symbols_user(n->symbols, place, &name);
	mapping = ember_naming_mapping(n, place, name.made, &name.address);
	n->p->mapping[mapping].found |= name.found;
	return ember_naming_location(n, mapping, name.address, &name,
				     place->file->flags & EMBER_FILE_KERNEL);
}

/* The kernel's mapping, or a module's: as far as it was sampled, in whole pages. */
static uint32_t ember_naming_module(struct ember_naming *n, const char *module, uint64_t pc)
{
	struct ember_mapping m = { .start = pc & ~4095ull, .kernel = true };
	char text[80] = EMBER_KERNEL_NAME;
	uint32_t i, name = module ? ember_profile_string(n->p, module) : 0;

	m.limit = m.start + 4096;
	for (i = 0; i < n->nr_module; i++)
		if (n->module[i].name == name)
			break;
	if (i == n->nr_module) {
		if (module)
			snprintf(text, sizeof(text), "[%s]", module);
		m.file = ember_profile_string(n->p, text);
		n->module =
			ember_array_reserve(n->module, i, &n->module_size, sizeof(*n->module));
		n->module[i].name = name;
		n->module[i].mapping = ember_profile_mapping(n->p, &m);
		n->nr_module++;
	}
	ember_profile_reach(&n->p->mapping[n->module[i].mapping], m.start, m.limit, 0);
	return n->module[i].mapping;
}

static uint32_t ember_naming_one(struct ember_naming *n, const struct ember_naming_frame *f)
{
	uint64_t pc = f->pc - f->caller;
	struct ember_name name = {};
	struct ember_place place;
	uint32_t mapping = 0;

	if (ember_naming_place(n, f, &place))
		return ember_naming_normalized(n, &place);
	if (f->kernel && n->t->here)
		ember_symbols_kernel(n->symbols, f->pc, f->caller, &name);
	if (f->kernel)
		mapping = ember_naming_module(n, name.module, pc);
	return ember_naming_location(n, mapping, pc, &name, f->kernel);
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
	location = ember_naming_one(n, &f);
	if (known)
		n->location[node] = location + 1;
	return location;
}

/* A softirq that nobody could look into: its vector is what we know. */
static uint32_t ember_naming_vector(struct ember_naming *n, uint8_t vector)
{
	static const char *const vectors[] = {
		"hi",	    "timer",   "net_tx", "net_rx",  "block",
		"irq_poll", "tasklet", "sched",	 "hrtimer", "rcu",
	};
	char text[32];
	struct ember_name name = { .name = text };

	if (vector < sizeof(vectors) / sizeof(*vectors))
		snprintf(text, sizeof(text), "softirq %s", vectors[vector]);
	else
		snprintf(text, sizeof(text), "softirq %u", vector);
	return ember_naming_location(n, ember_naming_module(n, "softirq", 0), 0, &name, true);
}

/*
 * Add a thread's samples of one stack. event: NULL: CPU samples; else the profile's, and weight
 * the sum of what they weigh. Return the profile's number.
 */
static uint32_t ember_naming_sample(struct ember_naming *n, const struct ember_count *count,
				    struct ember_profile_event *event, uint64_t weight)
{
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
		values[event->type + 1] = weight;
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
	uint32_t i, *sample = ember_xrealloc(NULL, e->nr_count + 1, sizeof(*sample));

	for (i = 0; i < e->nr_count; i++) {
		struct ember_count count = ember_naming_count(&e->count[i]);

		sample[i] = ember_naming_sample(n, &count, &n->p->event[e->count[i].event],
						e->count[i].sum.weight);
	}
	for (i = 0; i < e->nr_moment; i++)
		e->moment[i].sample = sample[e->moment[i].sample];
	n->p->weighted = e->moment;
	n->p->nr_weighted = e->nr_moment;
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
		sample[i] = ember_naming_sample(&n, &t->counts.count[i], NULL, 0);
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
