// SPDX-License-Identifier: GPL-2.0-only
/*
 * All threads at one moment. A worker goes through them by their ids. The stack of one that doesn't
 * run is walked from the registers that it was switched out with, its user frames in the
 * memory of its process, which the worker uses meanwhile as if it were its own. Nothing
 * keeps the thread from running: then its count of switches has moved, and the walk is
 * repeated. One that runs is interrupted (thread_cpu.c).
 */
#include <linux/completion.h>
#include <linux/idr.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../compat/sched.h"
#include "../sample/capture.h"
#include "../base/clock.h"
#include "../sample/session_state.h"
#include "../sample/record.h"
#include "../base/queue.h"
#include "../sample/ticks.h"
#include "event.h"
#include "saved_regs.h"
#include "thread_cpu.h"
#include "threads.h"
#include "wait_state.h"

/* Walks of a thread that runs again and again, until it counts as unreached. */
#define EMBER_THREADS_TRIES 8

/* One call: the caller's, who may be killed, and the worker's. */
struct ember_threads_ask {
	struct work_struct work;
	struct completion done;
	struct kref ref;
	struct ember_session *session;
	void (*put)(struct ember_session *s);
	bool cancelled;
	u64 ahead; /* from the scheduler's clock to ours, ns */
	int err;
	struct ember_thread_list threads;
};

/* One worker at a time: there is one place for each CPU. */
static DEFINE_MUTEX(ember_threads_lock);

/* A thread that doesn't run, as it was before the walk. */
struct ember_threads_asleep {
	const struct task_struct *task;
	unsigned long switches;
};

static bool ember_threads_on_cpu(const struct task_struct *task)
{
#ifdef CONFIG_SMP
	/* Pairs with the release of who switched away from it: what that saved is there. */
	return smp_load_acquire(&task->on_cpu);
#else
	return task == current;
#endif
}

static unsigned long ember_threads_switches(const struct task_struct *task)
{
	return READ_ONCE(task->nvcsw) + READ_ONCE(task->nivcsw);
}

static bool ember_threads_same(const void *context)
{
	const struct ember_threads_asleep *asleep = context;

	/* After the walk. */
	smp_rmb();
	return !ember_threads_on_cpu(asleep->task) &&
	       ember_threads_switches(asleep->task) == asleep->switches;
}

/* By the scheduler's clock: when the thread was switched to last, or is known to have run. */
static u64 ember_threads_ran(const struct task_struct *task)
{
	u64 ran = READ_ONCE(task->se.exec_start);

#ifdef CONFIG_SCHED_INFO
	ran = max_t(u64, ran, READ_ONCE(task->sched_info.last_arrival));
#endif
	return ran;
}

static u64 ember_threads_since(const struct task_struct *task, bool on_cpu, u32 kind)
{
	u64 since = ember_threads_ran(task);

#ifdef CONFIG_SCHED_INFO
	if (on_cpu)
		since = READ_ONCE(task->sched_info.last_arrival);
	else if (kind == EMBER_WAIT_PREEMPTED)
		since = max_t(u64, since, READ_ONCE(task->sched_info.last_queued));
#endif
	return since;
}

/* Return for how long that has been, in ns: 1 at least. */
static u64 ember_threads_ns(const struct ember_threads_ask *ask,
			    const struct task_struct *task, bool on_cpu, u32 kind)
{
	u64 since = ember_threads_since(task, on_cpu, kind) + ask->ahead, now = ember_clock();

	return now > since ? now - since : 1;
}

/*
 * No module can read the scheduler's clock everywhere, but it is noted whenever a thread is
 * switched to, as the worker just was, and at each tick: what is read is a tick old at most.
 */
static u64 ember_threads_ahead(void)
{
	unsigned long flags;
	u64 ahead;

	local_irq_save(flags);
	ahead = ember_clock() - ember_threads_ran(current);
	local_irq_restore(flags);
	return ahead;
}

static u32 ember_threads_kind(const struct task_struct *task)
{
	unsigned int state = ember_task_state(task);

	if (READ_ONCE(task->exit_state) || state & TASK_DEAD)
		return EMBER_THREADS_DEAD;
	return state ? ember_wait_state(task, state) : EMBER_WAIT_PREEMPTED;
}

/*
 * Whether the task's kernel stack stays: with task_lock() held, which each task takes when it
 * gives up its memory, and a kernel thread when it gives up its namespaces.
 */
static bool ember_threads_stack(const struct task_struct *task)
{
	return task->mm || !(task->flags & PF_EXITING);
}

/* The task's lock is held, and its memory is the worker's; kind: of a record without frames, or 0. */
static enum ember_thread_taken ember_threads_walk(struct ember_threads_ask *ask,
						  struct task_struct *task, u32 frameless)
{
	struct ember_threads_asleep asleep = { .task = task };
	struct ember_sample_context sample = { .task = task, .time = ember_clock() };
	enum ember_thread_taken taken;
	struct pt_regs regs;
	unsigned long flags;
	u32 kind;

	local_irq_save(flags);
	ember_tick_apart();
	sample.event = ember_thread_event(ask->session, &taken);
	if (!sample.event)
		goto out;
	asleep.switches = ember_threads_switches(task);
	/* Before whether it runs, and all that follows. */
	smp_rmb();
	taken = EMBER_THREAD_AGAIN;
	if (!frameless && ember_threads_on_cpu(task))
		goto out;
	kind = frameless ?: ember_threads_kind(task);
	if (!frameless && kind != EMBER_THREADS_DEAD && ember_threads_stack(task)) {
		ember_saved_regs(task, &regs);
		sample.regs = &regs;
	} else if (!frameless) {
		kind = EMBER_THREADS_DEAD;
	}
	sample.detail = 1 << 4 | kind;
	sample.weight = ember_threads_ns(ask, task, frameless, kind);
	pagefault_disable();
	if (ember_capture_other(sample.event->ec, &sample, ember_threads_same, &asleep)) {
		sample.event->counters.occurred++;
		sample.event->counters.weight += sample.weight;
		taken = EMBER_THREAD_WRITTEN;
	}
	pagefault_enable();
out:
	local_irq_restore(flags);
	return taken;
}

/* With its memory in use. */
static enum ember_thread_taken ember_threads_other(struct ember_threads_ask *ask,
						   struct task_struct *task, u32 frameless)
{
	enum ember_thread_taken taken = EMBER_THREAD_AGAIN;
	struct mm_struct *mm = NULL;

	if (!frameless && !(task->flags & EMBER_PF_NO_USER))
		mm = get_task_mm(task);
	if (mm)
		kthread_use_mm(mm);
	task_lock(task);
	/* Else it has a new one since. */
	if (frameless || !task->mm || task->flags & EMBER_PF_NO_USER || task->mm == mm)
		taken = ember_threads_walk(ask, task, frameless);
	task_unlock(task);
	if (mm) {
		kthread_unuse_mm(mm);
		/* We may be the last user: what that means is not for this worker. */
		mmput_async(mm);
	}
	return taken;
}

/* Whether the filter wants the task, before anything of it is touched. */
static bool ember_threads_wanted(struct ember_session *s, struct task_struct *task)
{
	enum ember_thread_taken taken;
	struct ember_event_cpu *event;
	unsigned long flags;
	bool wanted = true;

	if (s->filter.kind == EMBER_FILTER_NONE)
		return true;
	task_lock(task);
	local_irq_save(flags);
	event = ember_thread_event(s, &taken);
	if (event) {
		struct ember_cpu *ec = event->ec;
		u64 now = ember_clock();
		struct ember_thread_slot *thread = ember_threadmap_task(
			&ec->threads, &s->spaces, &s->filter, task, false, now);

		wanted =
			ember_record_wanted(ec, thread, EMBER_CONTEXT_TASK, false, event, now);
	}
	local_irq_restore(flags);
	task_unlock(task);
	return wanted;
}

static enum ember_thread_taken ember_threads_once(struct ember_threads_ask *ask,
						  struct task_struct *task)
{
	/* The worker itself has no stack to show. */
	if (task == current)
		return ember_threads_other(ask, task, EMBER_THREADS_RUNNING);
	if (ember_threads_on_cpu(task))
		return ember_thread_running(ask->session, task, task_cpu(task),
					    ember_threads_ns(ask, task, true, 0));
	return ember_threads_other(ask, task, 0);
}

static enum ember_thread_taken ember_threads_take(struct ember_threads_ask *ask,
						  struct task_struct *task)
{
	enum ember_thread_taken taken = EMBER_THREAD_AGAIN;
	unsigned int i;

	if (!ember_threads_wanted(ask->session, task))
		return EMBER_THREAD_FILTERED;
	for (i = 0; i < EMBER_THREADS_TRIES && taken == EMBER_THREAD_AGAIN; i++) {
		if (!pid_alive(task))
			return EMBER_THREAD_VANISHED;
		taken = ember_threads_once(ask, task);
	}
	if (taken != EMBER_THREAD_AGAIN && taken != EMBER_THREAD_UNREACHED)
		return taken;
	taken = ember_threads_other(ask, task, EMBER_THREADS_UNREACHED);
	return taken == EMBER_THREAD_WRITTEN ? EMBER_THREAD_UNREACHED : taken;
}

/* The first thread from id *next on, which *next becomes, with a reference; NULL: none. */
static struct task_struct *ember_threads_from(struct pid_namespace *ns, int *next)
{
	struct task_struct *task = NULL;
	struct pid *pid;

	rcu_read_lock();
	for (; !task && *next > 0; ++*next) {
		pid = idr_get_next(&ns->idr, next);
		if (!pid)
			break;
		task = pid_task(pid, PIDTYPE_PID);
		if (task) {
			get_task_struct(task);
			break;
		}
	}
	rcu_read_unlock();
	return task;
}

/* Return false at the call's end. */
static bool ember_threads_next(struct ember_threads_ask *ask, int *next)
{
	struct ember_thread_list *threads = &ask->threads;
	struct task_struct *task = ember_threads_from(ask->session->pid_ns, next);
	enum ember_thread_taken taken;

	if (!task) {
		*next = 0;
		return false;
	}
	taken = ember_threads_take(ask, task);
	put_task_struct(task);
	threads->written += taken == EMBER_THREAD_WRITTEN || taken == EMBER_THREAD_UNREACHED;
	threads->unreached += taken == EMBER_THREAD_UNREACHED;
	threads->vanished += taken == EMBER_THREAD_VANISHED;
	if (taken == EMBER_THREAD_STOPPED)
		ask->err = -EINVAL;
	if (taken == EMBER_THREAD_STOPPED || taken == EMBER_THREAD_FULL)
		return false;
	++*next;
	return threads->written < EMBER_THREADS_CALL;
}

static void ember_threads_free(struct kref *ref)
{
	struct ember_threads_ask *ask = container_of(ref, struct ember_threads_ask, ref);

	ask->put(ask->session);
	kfree(ask);
}

/* The module's exit waits for the queue, so it may be let go in here. */
static void ember_threads_work(struct work_struct *work)
{
	struct ember_threads_ask *ask = container_of(work, struct ember_threads_ask, work);
	int next = max_t(u32, ask->threads.next, 1);

	mutex_lock(&ember_threads_lock);
	ask->ahead = ember_threads_ahead();
	while (!READ_ONCE(ask->cancelled) && ember_threads_next(ask, &next))
		cond_resched();
	mutex_unlock(&ember_threads_lock);
	ask->threads.next = next;
	complete(&ask->done);
	kref_put(&ask->ref, ember_threads_free);
	module_put(THIS_MODULE);
}

static bool ember_threads_session(struct ember_session *s)
{
	unsigned int i;

	/* Pairs with CONFIG's release: the session is whole. */
	if (smp_load_acquire(&s->state) != EMBER_STATE_RUNNING ||
	    !cpumask_equal(s->cpus, cpu_possible_mask))
		return false;
	for (i = 0; i < s->nr_events; i++)
		if (s->events[i].ops == &ember_threads_event)
			return true;
	return false;
}

int ember_threads_call(struct ember_session *s, void (*put)(struct ember_session *s),
		       struct ember_thread_list *threads)
{
	struct ember_threads_ask *ask;
	int err;

	if (threads->next > INT_MAX || !ember_threads_session(s))
		return -EINVAL;
	ask = kzalloc(sizeof(*ask), GFP_KERNEL);
	if (!ask)
		return -ENOMEM;
	INIT_WORK(&ask->work, ember_threads_work);
	init_completion(&ask->done);
	kref_init(&ask->ref);
	kref_get(&ask->ref);
	kref_get(&s->ref);
	ask->session = s;
	ask->put = put;
	ask->threads =
		(struct ember_thread_list){ .size = threads->size, .next = threads->next };
	__module_get(THIS_MODULE);
	queue_work(ember_away_queue, &ask->work);
	if (wait_for_completion_killable(&ask->done)) {
		WRITE_ONCE(ask->cancelled, true);
		err = -EINTR;
	} else {
		err = ask->err;
		*threads = ask->threads;
	}
	kref_put(&ask->ref, ember_threads_free);
	return err;
}

/* It has samples only when they are asked for. */
static void ember_threads_nothing(struct ember_cpu *ec, struct ember_event_cpu *event)
{
}

/* Without a name: no parameter can ask for it, since nobody would ask for the threads. */
const struct ember_event_ops ember_threads_event = {
	.type = EMBER_EVENT_THREADS,
	.unit = EMBER_UNIT_NANOSECONDS,
	.feature = EMBER_FEATURE_THREADS,
	.start = ember_threads_nothing,
	.stop = ember_threads_nothing,
};
