/* SPDX-License-Identifier: GPL-2.0-only */
/* From a point in time to a stack: what was this CPU doing? */
#ifndef EMBER_CAPTURE_H
#define EMBER_CAPTURE_H

#include <linux/uaccess.h>

#include "sample.h"
#include "stack.h"
#include "session_state.h"
#include "../unwind/walk.h"

#define EMBER_FAULTS_WATCHED \
	(IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_PROVE_LOCKING))

/* User frames that can't be read must fail rather than fault, as they do in any hard
 * interrupt. Kernels that check for sleeping in interrupts need page faults disabled besides.
 */
static inline void ember_faults_off(void)
{
	if (EMBER_FAULTS_WATCHED)
		pagefault_disable();
}

static inline void ember_faults_on(void)
{
	if (EMBER_FAULTS_WATCHED)
		pagefault_enable();
}

/*
 * Begin a walk into this CPU's frames, of an mm (NULL: not known yet): `room` frames until it
 * looks at the time, which counts from `begun` on.
 */
static __always_inline struct ember_walk ember_walk_begin(struct ember_cpu *ec,
							  const struct mm_struct *mm,
							  unsigned int room,
							  unsigned long begun)
{
	const struct ember_session *s = ec->session;

	return (struct ember_walk){
		.frames = ec->frames,
		.mm = mm,
		.room = room,
		.max = s->max_frames,
		.begun = begun,
		.looked = 1,
		.hash = s->hash_seed,
		.key = s->hash_key,
	};
}

/* A point that a tick took, with the registers that its interrupt found. */
void ember_capture(struct ember_cpu *ec, struct pt_regs *regs, u64 now);

/* The same of user mode that sample/plain.h would take, in a session with tables. */
void ember_capture_tables(struct ember_cpu *ec, struct ember_thread_slot *thread,
			  struct pt_regs *regs, u64 now, unsigned long begun);

/* A sample of another event, whose interrupt found its registers. */
void ember_capture_event(struct ember_cpu *ec, const struct ember_sample_context *sample);

/*
 * A sample of a task that does not run on any CPU, whose stack, memory (current's by
 * kthread_use_mm()) and registers are there. Interrupts off, in process context. regs NULL: without
 * frames. Return false, with nothing written, if `same` says that it ran meanwhile.
 */
bool ember_capture_other(struct ember_cpu *ec, const struct ember_sample_context *sample,
			 bool (*same)(const void *context), const void *context);

/* A point that fell into a handler: no stack, but the handler's name. handler 0:
 * only the softirq's vector is known.
 */
void ember_capture_handler(struct ember_cpu *ec, u8 context, unsigned long handler,
			   u8 vector, u64 now);

#endif
