// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits: the time between the switch away from a thread and the switch back to it. `block` is
 * of threads that waited for something, `preempt` of those that could have run on. sched_switch
 * fires below the run queue's lock, where nothing may walk a stack or wake anybody: it notes when
 * a wait begins, and at its end where the waiter goes on, and interrupts its own CPU by irq_work.
 * That interrupt comes as soon as the scheduler takes interrupts again, before the waiter has left
 * it: the stack above is the one that it waited in. (A timer that has expired already comes
 * microseconds later, when the waiter may be anywhere: it is for CPUs that cannot interrupt
 * themselves, and has kernel frames only if they still are there.)
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include <asm/irq_regs.h>

#include "../compat/hrtimer.h"
#include "../compat/irq_work.h"
#include "../compat/tracepoint.h"
#include "../base/clock.h"
#include "../base/clock_ref.h"
#include "../base/counter.h"
#include "../base/probes.h"
#include "../sample/sample.h"
#include "../sample/record.h"
#include "block_switch.h"
#include "../sample/ticks.h"
#include "../sample/occurrence.h"
#include "saved_regs.h"
#include "wait_state.h"
#include "waits.h"

#define EMBER_BLOCK_TRIES  3
#define EMBER_BLOCK_EVENTS (2 * EMBER_SESSIONS_MAX)

unsigned int ember_block_noted;
struct ember_waits ember_block_waits;
bool ember_block_timed __ro_after_init;
static bool ember_block_ran; /* the work of ember_block_prompt() */

/* A session's, of one CPU. */
struct ember_block_event {
	struct ember_event_cpu *event;
	u64 started; /* ns */
	unsigned int kind; /* EMBER_BLOCK_* */
};

/* What runs on one CPU, and the waiter that is to be sampled. */
struct ember_block {
	struct ember_clock_ref ref;
	struct irq_work work;
	struct hrtimer timer; /* in its place, see above */
	struct pt_regs kernel, user;
	struct ember_block_event *end; /* of those in use */
	struct ember_block_event on[EMBER_BLOCK_EVENTS];
};
static DEFINE_PER_CPU(struct ember_block, ember_block);

/* Of the kinds of wait only this one has the bit. */
static __always_inline unsigned int ember_block_kind(u64 word)
{
	BUILD_BUG_ON(EMBER_WAIT_PREEMPTED != 4 || EMBER_WAIT_STOPPED >= 4);
	return word & EMBER_WAIT_PREEMPTED ? EMBER_BLOCK_PREEMPTED : EMBER_BLOCK_WAITED;
}

/* Interrupts this CPU once the scheduler is done. */
static void ember_block_raise(struct ember_block *block, struct task_struct *task)
{
	ember_saved_regs(task, &block->kernel);
	if (likely(!ember_block_timed)) {
		irq_work_queue(&block->work);
		return;
	}
	if (task->mm)
		block->user = *task_pt_regs(task);
	if (!hrtimer_is_queued(&block->timer))
		hrtimer_start(&block->timer, 0, HRTIMER_MODE_ABS_PINNED_HARD);
}

/* The wait of the task that runs next becomes a sample of so much weight, in an interrupt. */
static void ember_block_take(struct ember_block *block, struct ember_event_cpu *event,
			     struct task_struct *task, u64 weight, u64 ns, u32 kind)
{
	ember_event_pend_wait(event, task, weight, ns, kind);
	ember_block_raise(block, task);
}

static noinline void ember_block_evicted(struct ember_block *block, u64 word, u64 now)
{
	u64 since = ember_wait_time(word), ns = now - since;
	struct ember_block_event *on;

	for (on = block->on; on < block->end; on++) {
		if (on->kind != ember_block_kind(word) || since < on->started)
			continue;
		on->event->counters.evicted++;
		if (ember_event_lay(on->event, ns))
			ember_record_lost(on->event, ember_event_due(on->event, ns));
	}
}

static void ember_block_due(struct ember_block *block, struct ember_block_event *on,
			    struct task_struct *task, u64 word, u64 ns);

/*
 * Lay a wait of ns on the marks of each event from `on` that it concerns. Where one becomes a
 * sample, who takes it does the others, too: a switch that samples nothing calls nothing.
 */
static __always_inline void ember_block_lay(struct ember_block *block,
					    struct ember_block_event *on,
					    struct task_struct *task, u64 word, u64 ns)
{
	for (; on < block->end; on++) {
		if (on->kind != ember_block_kind(word) ||
		    unlikely(ember_wait_time(word) < on->started))
			continue;
		if (ember_event_lay(on->event, ns))
			return ember_block_due(block, on, task, word, ns);
	}
}

static noinline void ember_block_due(struct ember_block *block, struct ember_block_event *on,
				     struct task_struct *task, u64 word, u64 ns)
{
	ember_block_take(block, on->event, task, ember_event_due(on->event, ns), ns,
			 ember_wait_kind(word));
	ember_block_lay(block, on + 1, task, word, ns);
}

/* now: as ember_wait_time() has it, here and below. */
static __always_inline void ember_block_end(struct ember_block *block,
					    struct task_struct *task, u64 now)
{
	u64 word, since;

	if (!task->pid || !ember_waits_take(&ember_block_waits, (unsigned long)task, &word))
		return;
	since = ember_wait_time(word);
	/* CPUs' clocks may differ by a little. */
	ember_block_lay(block, block->on, task, word, now > since ? now - since : 0);
}

/* The table has no room for the wait that begins. */
static noinline void ember_block_crowded(struct ember_block *block, struct task_struct *prev,
					 struct task_struct *next, u64 word)
{
	u64 now = ember_wait_time(word);
	u64 evicted = ember_waits_evict(&ember_block_waits, (unsigned long)prev, word);

	if (evicted)
		ember_block_evicted(block, evicted, now);
	ember_block_end(block, next, now);
}

/* Returns the word of the wait that prev begins, or 0. */
static __always_inline u64 ember_block_begins(const struct task_struct *prev, bool preempt,
					      unsigned int state, unsigned int noted, u64 now)
{
	if (!prev->pid)
		return 0;
	if (preempt || !state)
		return noted & BIT(EMBER_BLOCK_PREEMPTED) ?
			       ember_wait_word(now, EMBER_WAIT_PREEMPTED) :
			       0;
	if (unlikely(state & TASK_DEAD) || !(noted & BIT(EMBER_BLOCK_WAITED)))
		return 0;
	return ember_wait_word(now, ember_wait_state(prev, state));
}

static __always_inline void ember_block_switched(struct ember_block *block, bool preempt,
						 struct task_struct *prev,
						 struct task_struct *next, unsigned int state,
						 u64 now)
{
	u64 word;

	now = ember_wait_time(now);
	word = ember_block_begins(prev, preempt, state, READ_ONCE(ember_block_noted), now);
	if (word && unlikely(!ember_waits_note(&ember_block_waits, (unsigned long)prev, word)))
		return ember_block_crowded(block, prev, next, word);
	ember_block_end(block, next, now);
}

/* Once a millisecond. */
static noinline void ember_block_read(struct ember_block *block, bool preempt,
				      struct task_struct *prev, struct task_struct *next,
				      unsigned int state)
{
	ember_block_switched(block, preempt, prev, next, state,
			     ember_clock_ref_read(&block->ref));
}

/*
 * At each switch, interrupts off. A thread that dies leaves no entry behind, and all others are
 * switched to before they end: so no entry is of a task that was freed, while the probe listens.
 */
EMBER_SCHED_SWITCH_PROBE(ember_block_switch)
{
	struct ember_block *block;
	u64 now;

	if (!READ_ONCE(ember_block_noted))
		return;
	block = this_cpu_ptr(&ember_block);
	if (unlikely(!ember_clock_ref_now(&block->ref, &now)))
		return ember_block_read(block, preempt, prev, next, state);
	ember_block_switched(block, preempt, prev, next, state, now);
}

/* regs: where the waiter goes on; NULL: it has left there. user: its user mode's, or NULL. */
static void ember_block_sample(struct ember_event_cpu *event, struct pt_regs *regs,
			       struct pt_regs *user)
{
	unsigned long begun = ember_counter();
	const struct ember_sample_context sample = {
		.task = current,
		.regs = regs,
		.time = ember_clock(),
		.event = event,
		.weight = event->pending,
		.detail = event->detail,
		.waited = true,
		.user = user,
	};

	/* Interrupts were off for so long that another task runs, or there's nothing to say. */
	ember_event_sample(&sample, begun, event->task != sample.task || (!regs && !user));
}

static void ember_block_samples(struct ember_block *block, struct pt_regs *regs,
				struct pt_regs *user)
{
	struct ember_block_event *on;

	for (on = block->on; on < block->end; on++)
		if (on->event->pending)
			ember_block_sample(on->event, regs, user);
}

static void ember_block_interrupt(struct irq_work *work)
{
	struct ember_block *block = this_cpu_ptr(&ember_block);

	ember_tick_apart();
	ember_block_samples(block, &block->kernel, NULL);
}

/* Whether current, which the timer's interrupt found at regs, still is in the scheduler. */
static bool ember_block_within(struct ember_block *block, struct pt_regs *regs)
{
	unsigned long at, base = (unsigned long)task_stack_page(current);

	if (!regs || user_mode(regs))
		return false;
	at = kernel_stack_pointer(regs);
	return at >= base && at < kernel_stack_pointer(&block->kernel);
}

static enum hrtimer_restart ember_block_timer(struct hrtimer *timer)
{
	struct ember_block *block = this_cpu_ptr(&ember_block);
	bool within = ember_block_within(block, get_irq_regs());

	ember_tick_interrupt(timer);
	ember_block_samples(block, within ? &block->kernel : NULL,
			    current->mm ? &block->user : NULL);
	return HRTIMER_NORESTART;
}

void ember_block_start(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	struct ember_block *block = this_cpu_ptr(&ember_block);

	event->pending = 0;
	if (WARN_ON_ONCE(block->end == block->on + EMBER_BLOCK_EVENTS))
		return;
	*block->end++ = (struct ember_block_event){
		.event = event,
		.kind = event->ops->type == EMBER_EVENT_PREEMPT,
		.started = ember_clock(),
	};
}

void ember_block_stop(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	struct ember_block *block = this_cpu_ptr(&ember_block);
	struct ember_block_event *on;

	ember_event_drop(event);
	for (on = block->on; on < block->end; on++)
		if (on->event == event)
			*on = *--block->end;
	if (block->end == block->on)
		hrtimer_try_to_cancel(&block->timer);
}

struct ember_probe ember_block_probes[] = {
	{ "sched_switch", EMBER_SCHED_SWITCH(ember_block_switch) },
	{},
};

/* Without high resolution a timer expires at the next tick, elsewhere. */
bool ember_block_available(void)
{
	return ember_block_probes[0].tp &&
	       (!ember_block_timed || ember_hrtimer_high(&raw_cpu_ptr(&ember_block)->timer));
}

static void ember_block_tried(struct irq_work *work)
{
	WRITE_ONCE(ember_block_ran, true);
}

/*
 * Whether queued work interrupts its CPU at once; else it waits for the tick. The kernel's own
 * answer is not for modules (ARM). A tick may come just then, but not several times.
 */
static bool ember_block_prompt(void)
{
	struct irq_work work;
	unsigned long flags;
	bool prompt = true;
	unsigned int i;

	ember_irq_work_init(&work, ember_block_tried);
	for (i = 0; i < EMBER_BLOCK_TRIES; i++) {
		local_irq_save(flags);
		WRITE_ONCE(ember_block_ran, false);
		irq_work_queue(&work);
		local_irq_restore(flags);
		udelay(5);
		prompt = prompt && READ_ONCE(ember_block_ran);
		irq_work_sync(&work);
	}
	return prompt;
}

void ember_block_module_init(void)
{
	unsigned int cpu;

	ember_block_timed = !ember_block_prompt();
	for_each_possible_cpu(cpu) {
		struct ember_block *block = per_cpu_ptr(&ember_block, cpu);

		block->end = block->on;
		ember_irq_work_init(&block->work, ember_block_interrupt);
		ember_hrtimer_setup(&block->timer, ember_block_timer);
	}
}

void ember_block_module_exit(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		irq_work_sync(&per_cpu_ptr(&ember_block, cpu)->work);
		hrtimer_cancel(&per_cpu_ptr(&ember_block, cpu)->timer);
	}
	kvfree(ember_block_waits.wait);
}
