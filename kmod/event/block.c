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
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>

#include <asm/irq_regs.h>

#include "../compat/hrtimer.h"
#include "../compat/irq_work.h"
#include "../compat/tracepoint.h"
#include "../core/clock.h"
#include "../core/counter.h"
#include "../core/probes.h"
#include "../core/sample.h"
#include "../ring/record.h"
#include "block.h"
#include "clock/tick.h"
#include "event.h"
#include "saved_regs.h"
#include "waits.h"

/* Threads that wait: one for 64 KiB of memory, as nearly all of a system's do. */
#define EMBER_BLOCK_SHIFT  16
#define EMBER_BLOCK_LEAST  1024
#define EMBER_BLOCK_MOST   16384
#define EMBER_BLOCK_TRIES  3
#define EMBER_BLOCK_EVENTS (2 * EMBER_SESSIONS_MAX)

enum { EMBER_BLOCK_WAITED, EMBER_BLOCK_PREEMPTED, EMBER_BLOCK_KINDS };

static DEFINE_MUTEX(ember_block_lock);
static unsigned int ember_block_users[EMBER_BLOCK_KINDS];
static unsigned int ember_block_noted; /* bits: kinds that have users */
static struct ember_waits ember_block_waits; /* until the module goes */
static bool ember_block_timed __ro_after_init; /* no CPU can interrupt itself */
static bool ember_block_ran; /* the work of ember_block_prompt() */

/* What runs on one CPU, and the waiter that is to be sampled. */
struct ember_block {
	struct irq_work work;
	struct hrtimer timer; /* in its place, see above */
	struct pt_regs kernel, user;
	unsigned int nr;
	struct {
		struct ember_event_cpu *event;
		unsigned int kind; /* EMBER_BLOCK_* */
		u64 started; /* ns */
	} on[EMBER_BLOCK_EVENTS];
};
static DEFINE_PER_CPU(struct ember_block, ember_block);

static unsigned int ember_block_kind(u64 word)
{
	return ember_wait_kind(word) == EMBER_WAIT_PREEMPTED ? EMBER_BLOCK_PREEMPTED :
							       EMBER_BLOCK_WAITED;
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

static noinline void ember_block_take(struct ember_block *block, struct ember_event_cpu *event,
				      struct task_struct *task, u64 weight, u64 ns, u32 kind)
{
	u64 count = ember_rule_count(&event->grid, weight, ns);

	if (unlikely(event->pending && event->task != task)) {
		ember_record_lost(event, event->pending);
		event->pending = 0;
	}
	if (unlikely(event->pending))
		count += EMBER_WAIT_COUNT(event->detail);
	event->pending += weight;
	event->detail = min_t(u64, count, EMBER_WAIT_COUNT_MAX) << 4 | kind;
	event->task = task;
	ember_block_raise(block, task);
}

static noinline void ember_block_evicted(struct ember_block *block, u64 word, u64 now)
{
	u64 since = ember_wait_time(word);
	unsigned int i;

	for (i = 0; i < block->nr; i++) {
		struct ember_event_cpu *event = block->on[i].event;
		u64 weight;

		if (block->on[i].kind != ember_block_kind(word) ||
		    since < block->on[i].started)
			continue;
		event->counters.evicted++;
		weight = ember_event_weigh(event, ember_wait_time(now) - since);
		if (weight)
			ember_record_lost(event, weight);
	}
}

static u32 ember_block_state(const struct task_struct *task, unsigned int state)
{
	if (state & (__TASK_STOPPED | __TASK_TRACED | TASK_PARKED))
		return EMBER_WAIT_STOPPED;
	if (task->in_iowait)
		return EMBER_WAIT_IO;
	/* One that was just woken waits still: that it's its state is a race of before 5.18. */
	return state & (TASK_INTERRUPTIBLE | TASK_NOLOAD | TASK_WAKING) ?
		       EMBER_WAIT_SLEEP :
		       EMBER_WAIT_UNINTERRUPTIBLE;
}

static __always_inline void ember_block_begin(struct ember_block *block,
					      struct task_struct *task, u32 kind, u64 now)
{
	u64 evicted = ember_waits_note(&ember_block_waits, (unsigned long)task,
				       ember_wait_word(now, kind));

	if (unlikely(evicted))
		ember_block_evicted(block, evicted, now);
}

static __always_inline void ember_block_end(struct ember_block *block,
					    struct task_struct *task, u64 now)
{
	u64 word = ember_waits_take(&ember_block_waits, (unsigned long)task);
	u64 since = ember_wait_time(word), ns;
	unsigned int i;

	if (!word)
		return;
	/* CPUs' clocks may differ by a little. */
	ns = now > since ? ember_wait_time(now) - since : 0;
	for (i = 0; i < block->nr; i++) {
		struct ember_event_cpu *event = block->on[i].event;
		u64 weight;

		if (block->on[i].kind != ember_block_kind(word) ||
		    unlikely(since < block->on[i].started))
			continue;
		weight = ember_event_weigh(event, ns);
		if (unlikely(weight))
			ember_block_take(block, event, task, weight, ns,
					 ember_wait_kind(word));
	}
}

/*
 * At each switch, interrupts off. A thread that dies leaves no entry behind, and all others are
 * switched to before they end: so no entry is of a task that was freed, while the probe listens.
 */
EMBER_SCHED_SWITCH_PROBE(ember_block_switch)
{
	unsigned int noted = READ_ONCE(ember_block_noted);
	struct ember_block *block;
	u64 now;

	if (!noted)
		return;
	block = this_cpu_ptr(&ember_block);
	now = ember_clock();
	if (prev->pid) {
		if (preempt || !state) {
			if (noted & BIT(EMBER_BLOCK_PREEMPTED))
				ember_block_begin(block, prev, EMBER_WAIT_PREEMPTED, now);
		} else if (likely(!(state & TASK_DEAD)) && noted & BIT(EMBER_BLOCK_WAITED)) {
			ember_block_begin(block, prev, ember_block_state(prev, state), now);
		}
	}
	if (next->pid)
		ember_block_end(block, next, now);
}

/* regs: where the waiter goes on; NULL: it has left there. user: its user mode's, or NULL. */
static void ember_block_sample(struct ember_event_cpu *event, struct pt_regs *regs,
			       struct pt_regs *user)
{
	unsigned long begun = ember_counter();
	const struct ember_sample sample = {
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
	unsigned int i;

	for (i = 0; i < block->nr; i++)
		if (block->on[i].event->pending)
			ember_block_sample(block->on[i].event, regs, user);
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

static void ember_block_start(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	struct ember_block *block = this_cpu_ptr(&ember_block);

	event->pending = 0;
	if (WARN_ON_ONCE(block->nr == EMBER_BLOCK_EVENTS))
		return;
	block->on[block->nr].event = event;
	block->on[block->nr].kind = event->ops == &ember_preempt_event;
	block->on[block->nr].started = ember_clock();
	block->nr++;
}

static void ember_block_stop(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	struct ember_block *block = this_cpu_ptr(&ember_block);
	unsigned int i;

	if (event->pending)
		ember_record_lost(event, event->pending);
	event->pending = 0;
	for (i = 0; i < block->nr; i++)
		if (block->on[i].event == event)
			block->on[i] = block->on[--block->nr];
	if (!block->nr)
		hrtimer_try_to_cancel(&block->timer);
}

struct ember_probe ember_block_probes[] = {
	{ "sched_switch", EMBER_SCHED_SWITCH(ember_block_switch) },
	{},
};

/* Without high resolution a timer expires at the next tick, elsewhere. */
static bool ember_block_available(void)
{
	return ember_block_probes[0].tp &&
	       (!ember_block_timed || ember_hrtimer_high(&raw_cpu_ptr(&ember_block)->timer));
}

static int ember_block_allocate(void)
{
	unsigned long most = totalram_pages() >> (EMBER_BLOCK_SHIFT - PAGE_SHIFT);
	unsigned int nr = rounddown_pow_of_two(
		clamp_t(unsigned long, most, EMBER_BLOCK_LEAST, EMBER_BLOCK_MOST));

	if (ember_block_waits.wait)
		return 0;
	ember_block_waits.bits = ilog2(nr / EMBER_WAITS_WAYS);
	ember_block_waits.wait = kvcalloc(nr, sizeof(*ember_block_waits.wait), GFP_KERNEL);
	return ember_block_waits.wait ? 0 : -ENOMEM;
}

static int ember_block_get(unsigned int kind)
{
	int err;

	mutex_lock(&ember_block_lock);
	err = ember_block_allocate();
	/* Entries of an earlier time are older than any session that comes. */
	if (!err && !ember_block_noted)
		err = ember_probes_demand(ember_block_probes);
	if (!err && !ember_block_users[kind]++)
		WRITE_ONCE(ember_block_noted, ember_block_noted | BIT(kind));
	mutex_unlock(&ember_block_lock);
	return err;
}

/* The probe stays attached, and does nothing, until all are detached: see probes.c. */
static void ember_block_put(unsigned int kind)
{
	mutex_lock(&ember_block_lock);
	if (!--ember_block_users[kind])
		WRITE_ONCE(ember_block_noted, ember_block_noted & ~BIT(kind));
	mutex_unlock(&ember_block_lock);
}

static int ember_block_init(void)
{
	return ember_block_get(EMBER_BLOCK_WAITED);
}

static void ember_block_exit(void)
{
	ember_block_put(EMBER_BLOCK_WAITED);
}

static int ember_preempt_init(void)
{
	return ember_block_get(EMBER_BLOCK_PREEMPTED);
}

static void ember_preempt_exit(void)
{
	ember_block_put(EMBER_BLOCK_PREEMPTED);
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

const struct ember_event_ops ember_block_event = {
	.name = "block",
	.type = EMBER_EVENT_BLOCK,
	.unit = EMBER_UNIT_NANOSECONDS,
	.feature = EMBER_FEATURE_BLOCK,
	.available = ember_block_available,
	.init = ember_block_init,
	.exit = ember_block_exit,
	.start = ember_block_start,
	.stop = ember_block_stop,
};

const struct ember_event_ops ember_preempt_event = {
	.name = "preempt",
	.type = EMBER_EVENT_PREEMPT,
	.unit = EMBER_UNIT_NANOSECONDS,
	.feature = EMBER_FEATURE_BLOCK,
	.available = ember_block_available,
	.init = ember_preempt_init,
	.exit = ember_preempt_exit,
	.start = ember_block_start,
	.stop = ember_block_stop,
};
