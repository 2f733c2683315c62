// SPDX-License-Identifier: GPL-2.0-only
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>

#include <asm/unwind.h>

#include "stack_cache.h"
#include "unwind.h"

/* cached: where to note the frames of the stack `span`, or NULL */
static __always_inline u8 ember_walk_frames(struct ember_walk *walk,
					    struct unwind_state *state, bool softirq,
					    struct ember_cached_stack *cached,
					    const struct ember_stack_span *span)
{
	if (unwind_done(state))
		return EMBER_END_UNWINDER;
	for (; !unwind_done(state); unwind_next_frame(state)) {
		struct pt_regs *entered;
		unsigned long pc;

		/*
		 * Registers on the way: user mode's are the end, others are what an
		 * interrupt came upon.
		 */
		entered = unwind_get_entry_regs(state, NULL);
		if (entered && (softirq || user_mode(entered)))
			return EMBER_END_WHOLE;
		pc = unwind_get_return_address(state);
		if (!pc)
			return EMBER_END_UNWINDER;
		if (!ember_walk_add(walk, pc))
			return ember_walk_cut(walk);
		if (cached)
			ember_cached_stack_add(cached, span, pc, state->sp - sizeof(long));
	}
	return unwind_error(state) ? EMBER_END_UNWINDER : EMBER_END_WHOLE;
}

/*
 * In a retpoline, or in code that the kernel made at run time, its tables end or lie.
 * Such code has no frame: what called it, or what it is about to jump to, is the first
 * word of the stack, or the second in the midst of a retpoline.
 */
static u8 ember_walk_thunk(struct ember_walk *walk, const struct pt_regs *regs,
			   struct task_struct *task, bool softirq)
{
	struct pt_regs caller = *regs;
	struct unwind_state state;
	unsigned int word;

	for (word = 0; word < 2; word++) {
		if (get_kernel_nofault(caller.ip, (unsigned long *)caller.sp))
			break;
		caller.sp += sizeof(long);
		unwind_start(&state, task, &caller, NULL);
		if (unwind_done(&state) || unwind_error(&state))
			continue;
		if (!ember_walk_add(walk, caller.ip))
			return ember_walk_cut(walk);
		return ember_walk_frames(walk, &state, softirq, NULL, NULL);
	}
	return EMBER_END_UNWINDER;
}

u8 ember_unwind_kernel(struct ember_walk *walk, struct pt_regs *regs, struct task_struct *task,
		       bool softirq)
{
	struct unwind_state state;
	struct ember_walk first;
	u8 end;

	/* Started from registers, the unwinder begins with their caller. */
	if (!ember_walk_add(walk, regs->ip))
		return ember_walk_cut(walk);
	first = *walk;
	unwind_start(&state, task, regs, NULL);
	end = ember_walk_frames(walk, &state, softirq, NULL, NULL);
	if (unlikely(end == EMBER_END_UNWINDER && walk->nr <= 2)) {
		*walk = first;
		end = ember_walk_thunk(walk, regs, task, softirq);
	}
	return end;
}

#ifdef CONFIG_UNWINDER_ORC
static DEFINE_PER_CPU(struct ember_stack_cache, ember_stack_cache);

static u8 ember_walk_cached(struct ember_walk *walk, const struct ember_cached_stack *cached)
{
	unsigned int i;

	for (i = 0; i < cached->nr; i++)
		if (!ember_walk_add(walk, cached->caller[i]))
			return ember_walk_cut(walk);
	return EMBER_END_WHOLE;
}

/* The search for each frame's table entry is most of a walk's time. */
u8 ember_unwind_waited(struct ember_walk *walk, struct pt_regs *regs)
{
	const struct ember_stack_span span = {
		.pc = regs->ip,
		.sp = regs->sp,
		.end = (unsigned long)task_stack_page(current) + THREAD_SIZE,
	};
	struct ember_stack_cache *cache = this_cpu_ptr(&ember_stack_cache);
	unsigned int call = task_pt_regs(current)->orig_ax;
	const struct ember_cached_stack *found;
	struct ember_cached_stack *cached;
	struct unwind_state state;
	u8 end;

	if (!ember_walk_add(walk, span.pc))
		return ember_walk_cut(walk);
	if (WARN_ON_ONCE(span.end - span.sp > THREAD_SIZE))
		return EMBER_END_UNWINDER;
	found = ember_stack_cache_find(cache, call, &span);
	if (found)
		return ember_walk_cached(walk, found);
	cached = ember_stack_cache_begin(cache, call);
	unwind_start(&state, current, regs, NULL);
	end = ember_walk_frames(walk, &state, false, cached, &span);
	if (end == EMBER_END_WHOLE)
		ember_cached_stack_end(cached, &span);
	return end;
}
#endif
