// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbolize/naming_frame.h"

#include <string.h>

#include "base/memory.h"
#include "symbolize/process.h"

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
void ember_naming_own(struct ember_naming *n)
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
bool ember_naming_place(struct ember_naming *n, const struct ember_naming_frame *f,
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
bool ember_naming_knows(const struct ember_naming *n, const struct ember_place *place)
{
	return n->t->here || !(place->file->flags & (EMBER_FILE_ANON | EMBER_FILE_VDSO));
}
