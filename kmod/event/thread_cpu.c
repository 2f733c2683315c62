// SPDX-License-Identifier: GPL-2.0-only
/*
 * On x86 the handler of such an interrupt doesn't know the registers that it interrupted: it
 * starts a hard timer that has expired, whose interrupt does. Without high resolution timers the
 * timer comes with the next tick.
 */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include <asm/irq_regs.h>

#include "../compat/hrtimer.h"
#include "../base/clock.h"
#include "../sample/sample.h"
#include "../sample/session_state.h"
#include "../sample/capture.h"
#include "../sample/record.h"
#include "../sample/ticks.h"
#include "../sample/occurrence.h"
#include "thread_cpu.h"

#define EMBER_THREAD_WAIT_NS (20 * NSEC_PER_MSEC)

/* A thread that is asked for: the worker's, until the timer takes it out of its CPU's place. */
struct ember_thread_want {
	struct ember_session *session;
	struct task_struct *task;
	u64 ns;
	enum ember_thread_taken taken;
	bool done;
};

struct ember_thread_cpu {
	call_single_data_t call;
	bool called; /* until its handler ends */
	struct hrtimer timer;
	struct ember_thread_want *want;
};
static DEFINE_PER_CPU(struct ember_thread_cpu, ember_thread_cpu);

struct ember_event_cpu *ember_thread_event(struct ember_session *s,
					   enum ember_thread_taken *why)
{
	struct ember_cpu *ec = s->cpu[raw_smp_processor_id()];
	unsigned int i;

	*why = EMBER_THREAD_STOPPED;
	if (!ec || !ec->running)
		return NULL;
	*why = EMBER_THREAD_FULL;
	if (!ember_record_room(ec))
		return NULL;
	for (i = 0; ec->events[i].ops->type != EMBER_EVENT_THREADS; i++)
		;
	*why = EMBER_THREAD_WRITTEN;
	return &ec->events[i];
}

/* The wanted task is current. */
static enum ember_thread_taken ember_thread_take(const struct ember_thread_want *want)
{
	enum ember_thread_taken taken;
	struct ember_event_cpu *event = ember_thread_event(want->session, &taken);
	const struct ember_sample_context sample = {
		.task = current,
		.regs = get_irq_regs(),
		.time = ember_clock(),
		.event = event,
		.weight = want->ns,
		.detail = 1 << 4 | EMBER_THREADS_RUNNING,
	};

	if (event) {
		event->counters.occurred++;
		event->counters.weight += sample.weight;
		ember_capture_event(event->ec, &sample);
	}
	return taken;
}

static enum hrtimer_restart ember_thread_timer(struct hrtimer *timer)
{
	struct ember_thread_cpu *here = container_of(timer, struct ember_thread_cpu, timer);
	struct ember_thread_want *want = xchg(&here->want, NULL);

	if (!want)
		return HRTIMER_NORESTART;
	ember_tick_interrupt(timer);
	want->taken = current == want->task ? ember_thread_take(want) : EMBER_THREAD_AGAIN;
	/* It is the worker's again, and gone at once. */
	smp_store_release(&want->done, true);
	return HRTIMER_NORESTART;
}

static void ember_thread_called(void *context)
{
	struct ember_thread_cpu *here = context;

	if (READ_ONCE(here->want) && !hrtimer_is_queued(&here->timer))
		hrtimer_start(&here->timer, 0, HRTIMER_MODE_ABS_PINNED_HARD);
	/* Pairs with the acquire of who sends the next one. */
	smp_store_release(&here->called, false);
}

/* False: the CPU has gone off line. One before may be on its way still: it serves as well. */
static bool ember_thread_call(struct ember_thread_cpu *there, int cpu)
{
	/* Pairs with the release of the handler before. */
	if (smp_load_acquire(&there->called))
		return true;
	WRITE_ONCE(there->called, true);
	if (!smp_call_function_single_async(cpu, &there->call))
		return true;
	WRITE_ONCE(there->called, false);
	return false;
}

enum ember_thread_taken ember_thread_running(struct ember_session *s, struct task_struct *task,
					     int cpu, u64 ns)
{
	struct ember_thread_cpu *there = per_cpu_ptr(&ember_thread_cpu, cpu);
	struct ember_thread_want want = {
		.session = s,
		.task = task,
		.ns = ns,
		.taken = EMBER_THREAD_AGAIN,
	};
	u64 begun = ember_clock();
	bool sent;

	/* After what it points to. */
	smp_store_release(&there->want, &want);
	sent = ember_thread_call(there, cpu);
	/* Pairs with the release of the timer. */
	while (!smp_load_acquire(&want.done)) {
		if ((!sent || ember_clock() - begun > EMBER_THREAD_WAIT_NS) &&
		    cmpxchg(&there->want, &want, NULL) == &want)
			return sent ? EMBER_THREAD_UNREACHED : EMBER_THREAD_AGAIN;
		usleep_range(20, 50);
	}
	return want.taken;
}

void ember_thread_cpu_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct ember_thread_cpu *here = per_cpu_ptr(&ember_thread_cpu, cpu);

		here->call.func = ember_thread_called;
		here->call.info = here;
		ember_hrtimer_setup(&here->timer, ember_thread_timer);
	}
}

void ember_thread_cpu_exit(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct ember_thread_cpu *there = per_cpu_ptr(&ember_thread_cpu, cpu);

		/* Pairs with the release of the handler. */
		while (smp_load_acquire(&there->called))
			msleep(20);
	}
	/* Handlers are read sides: those that ended have left. */
	synchronize_rcu();
	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu_ptr(&ember_thread_cpu, cpu)->timer);
}
