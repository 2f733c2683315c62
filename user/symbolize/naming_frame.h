/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames on their way to names: which process and which file each is in. */
#ifndef EMBER_NAMING_FRAME_H
#define EMBER_NAMING_FRAME_H

#include "model/profile.h"
#include "model/tally.h"
#include "symbolize/symbols.h"

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

/*
 * Finds the extents where what a frame is called depends on the process: code that one made, and
 * the vDSO of a task that is of another width than we, which is below 4 GiB.
 */
void ember_naming_own(struct ember_naming *naming);
/* Where a frame lies, or false: in nothing that we know. */
bool ember_naming_place(struct ember_naming *naming, const struct ember_naming_frame *frame,
			struct ember_place *place);
/* What isn't in a file is another one in another machine, or another life of it. */
bool ember_naming_knows(const struct ember_naming *naming, const struct ember_place *place);

/* The i-th frame of a count's stack, at that node. */
static inline struct ember_naming_frame ember_naming_frame(const struct ember_naming *naming,
							   const struct ember_count *count,
							   uint32_t node, uint32_t i)
{
	const struct ember_stacked *stack = &naming->t->dict.stack[count->stack];
	const struct ember_frame_node *at = &naming->t->dict.frames.node[node];

	return (struct ember_naming_frame){
		.thread = count->thread,
		.extent = at->extent,
		.pc = at->address,
		.kernel = i < stack->nr_kernel,
		.caller = i && i != stack->nr_kernel,
	};
}

/* Whether a caller's name is the same in all stacks. */
static inline bool ember_naming_shared(const struct ember_naming *naming,
				       const struct ember_naming_frame *frame)
{
	return frame->caller && (!naming->own || frame->extent >= naming->t->dict.nr_extent ||
				 !naming->own[frame->extent]);
}

#endif
