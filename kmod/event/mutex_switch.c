// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mutexes that threads wait for. A thread that is switched away from within a futex call reads the
 * lock that it waits for: if that is a mutex, its wait is noted. The holder is sampled when it
 * releases the mutex, which is when it wakes the waiter: its stack then has the function that
 * unlocks, as in Go's mutex profile. sched_waking fires below the waiter's lock, so the holder
 * interrupts its own CPU by irq_work, and is still in its futex call then. Its weight is what
 * all waiters waited since the mutex was released last (contention.h).
 */
#include <linux/hash.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include "../compat/hrtimer.h"
#include "../compat/irq_work.h"
#include "../compat/tracepoint.h"
#include "../base/clock.h"
#include "../base/clock_ref.h"
#include "../base/counter.h"
#include "../base/probes.h"
#include "../sample/sample.h"
#include "../sample/occurrence.h"
#include "../sample/record.h"
#include "../sample/ticks.h"
#include "block_switch.h"
#include "event.h"
#include "lock_read.h"
#include "mutex_switch.h"

/* A wait's begin in units above the place of its lock. */
#define EMBER_MUTEX_PLACE 12

bool ember_mutex_noted;
struct ember_waits ember_mutex_waits;
struct ember_contention *ember_mutex_locks;

/* A session's, of one CPU. */
struct ember_mutex_event {
	struct ember_event_cpu *event;
	u64 started; /* units */
};

struct ember_mutex {
	struct ember_clock_ref ref;
	struct irq_work work;
	struct hrtimer timer; /* in its place, see block_switch.c */
	struct pt_regs user; /* of the holder */
	unsigned long unknown[EMBER_MUTEX_UNKNOWNS];
	struct ember_mutex_event *end; /* of those in use */
	struct ember_mutex_event on[EMBER_SESSIONS_MAX];
};
static DEFINE_PER_CPU(struct ember_mutex, ember_mutex);

unsigned long ember_mutex_unknowns(enum ember_mutex_unknown cause)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(&ember_mutex, cpu)->unknown[cause]);
	return sum;
}

static void ember_mutex_count(struct ember_mutex *mutex, enum ember_mutex_unknown cause)
{
	WRITE_ONCE(mutex->unknown[cause], mutex->unknown[cause] + 1);
}

static u64 ember_mutex_now(struct ember_mutex *mutex)
{
	u64 now;

	if (unlikely(!ember_clock_ref_now(&mutex->ref, &now)))
		now = ember_clock_ref_read(&mutex->ref);
	return now >> EMBER_CONTENTION_UNIT;
}

/* Interrupts this CPU as soon as the wakeup is done. */
static void ember_mutex_raise(struct ember_mutex *mutex)
{
	if (likely(!ember_block_timed)) {
		irq_work_queue(&mutex->work);
		return;
	}
	mutex->user = *task_pt_regs(current);
	if (!hrtimer_is_queued(&mutex->timer))
		hrtimer_start(&mutex->timer, 0, HRTIMER_MODE_ABS_PINNED_HARD);
}

/* What current held up others for becomes a sample of so much weight, in an interrupt. */
static noinline void ember_mutex_take(struct ember_mutex *mutex, struct ember_event_cpu *event,
				      u64 ns)
{
	ember_event_pend_wait(event, current, ember_event_due(event, ns), ns, 0);
	ember_mutex_raise(mutex);
}

/* Lay what n waiters waited, in units, on the marks of each event. unknown: nobody is blamed. */
static void ember_mutex_lay(struct ember_mutex *mutex, u64 units, unsigned int n, u64 now,
			    bool unknown)
{
	struct ember_mutex_event *on;

	for (on = mutex->on; on < mutex->end; on++) {
		/* Not of what was before START. */
		u64 most = now > on->started ? (now - on->started) * n : 0;
		u64 ns = min(units, most) << EMBER_CONTENTION_UNIT;

		if (!ember_event_lay(on->event, ns))
			continue;
		if (unknown)
			ember_record_lost(on->event, ember_event_due(on->event, ns));
		else
			ember_mutex_take(mutex, on->event, ns);
	}
}

/* A wait ends that nobody released. */
static void ember_mutex_left(struct ember_mutex *mutex, u64 word,
			     enum ember_mutex_unknown cause)
{
	u64 now = ember_mutex_now(mutex), lost;

	lost = ember_contention_leave(&ember_mutex_locks[word & (EMBER_CONTENTION_LOCKS - 1)],
				      now);
	ember_mutex_count(mutex, cause);
	if (lost)
		ember_mutex_lay(mutex, lost, EMBER_CONTENTION_MOST, now, true);
}

/* Of a lock: its address, and whose memory that is in. */
static u64 ember_mutex_hash(const struct task_struct *task, unsigned long at)
{
	return (hash_64((unsigned long)task->mm, 64) ^ at) * GOLDEN_RATIO_64;
}

static noinline void ember_mutex_waits_for(struct ember_mutex *mutex, struct task_struct *prev)
{
	struct ember_futex_call call;
	enum ember_lock_read read;
	unsigned long owner;
	u64 now, word, evicted;
	bool fresh;
	int at;

	if (!ember_futex_call(prev, &call) ||
	    !(ember_futex_waits(&call) || ember_futex_inherits(&call)))
		return;
	read = ember_lock_find(&call, &owner);
	if (read != EMBER_LOCK_MUTEX) {
		BUILD_BUG_ON(EMBER_LOCK_LIES - EMBER_LOCK_OTHER !=
			     EMBER_MUTEX_LIES - EMBER_MUTEX_OTHER);
		ember_mutex_count(mutex, EMBER_MUTEX_OTHER + (read - EMBER_LOCK_OTHER));
		return;
	}
	now = ember_mutex_now(mutex);
	at = ember_contention_begin(ember_mutex_locks, ember_mutex_hash(prev, call.at), now,
				    &fresh);
	if (at < 0) {
		ember_mutex_count(mutex, EMBER_MUTEX_CROWDED);
		return;
	}
	ember_contention_owned(&ember_mutex_locks[at], owner, fresh);
	word = now << EMBER_MUTEX_PLACE | at;
	if (likely(ember_waits_note(&ember_mutex_waits, (unsigned long)prev, word)))
		return;
	evicted = ember_waits_evict(&ember_mutex_waits, (unsigned long)prev, word);
	if (evicted)
		ember_mutex_left(mutex, evicted, EMBER_MUTEX_CROWDED);
}

/* It is awake although nobody was seen to wake it, as that began before its wait was noted. */
static noinline void ember_mutex_goes_on(struct ember_mutex *mutex, struct task_struct *next)
{
	u64 word;

	if (ember_waits_take(&ember_mutex_waits, (unsigned long)next, &word))
		ember_mutex_left(mutex, word, EMBER_MUTEX_LEFT);
}

/*
 * At each switch, interrupts off. All that was noted is taken when its task is woken, or runs: so
 * no entry is of a task that was freed, while the probe listens.
 */
EMBER_SCHED_SWITCH_PROBE(ember_mutex_switch)
{
	/* Pairs with the release of who cleared the tables. */
	if (!smp_load_acquire(&ember_mutex_noted))
		return;
	if (!preempt && state & TASK_INTERRUPTIBLE && ember_futex_perhaps(prev))
		ember_mutex_waits_for(this_cpu_ptr(&ember_mutex), prev);
	if (ember_futex_perhaps(next))
		ember_mutex_goes_on(this_cpu_ptr(&ember_mutex), next);
}

/* Whether current, which wakes the task, releases the lock that the task waits for. */
static bool ember_mutex_releases(const struct task_struct *task,
				 const struct ember_contention *lock)
{
	struct ember_futex_call by, of;

	/* An interrupt may come at any time. */
	if (!in_task())
		return false;
	/* The end of its owner releases a robust mutex. */
	if (unlikely(current->flags & PF_EXITING))
		return (READ_ONCE(lock->owner) & ~1UL) == (unsigned long)current;
	return ember_futex_perhaps(current) && ember_futex_call(current, &by) &&
	       ember_futex_call(task, &of) &&
	       ember_futex_releases(&by, &of, current->mm == task->mm);
}

static noinline void ember_mutex_wakes(struct ember_mutex *mutex, struct task_struct *task,
				       u64 word)
{
	struct ember_contention *lock =
		&ember_mutex_locks[word & (EMBER_CONTENTION_LOCKS - 1)];
	u64 now, units;
	unsigned int n;
	bool held;

	if (!ember_mutex_releases(task, lock)) {
		ember_mutex_left(mutex, word, EMBER_MUTEX_LEFT);
		return;
	}
	held = ember_contention_held(lock, (unsigned long)current);
	now = ember_mutex_now(mutex);
	units = ember_contention_release(lock, now, &n);
	if (held)
		ember_contention_released(lock);
	else
		ember_mutex_count(mutex, EMBER_MUTEX_STRANGER);
	ember_mutex_lay(mutex, units, n, now, !held);
}

/* At each wakeup, by who wakes, below the task's own lock; interrupts off but for current's. */
static void ember_mutex_waking(void *data, struct task_struct *task)
{
	struct ember_mutex *mutex;
	u64 word;

	/* Pairs with the release of who cleared the tables. */
	if (!smp_load_acquire(&ember_mutex_noted) || task == current ||
	    !ember_futex_perhaps(task) ||
	    !ember_waits_take(&ember_mutex_waits, (unsigned long)task, &word))
		return;
	mutex = this_cpu_ptr(&ember_mutex);
	ember_mutex_wakes(mutex, task, word);
}

static void ember_mutex_samples(struct ember_mutex *mutex, struct pt_regs *user)
{
	struct ember_mutex_event *on;

	for (on = mutex->on; on < mutex->end; on++) {
		struct ember_event_cpu *event = on->event;
		unsigned long begun = ember_counter();
		const struct ember_sample_context sample = {
			.task = current,
			.regs = user,
			.time = ember_clock(),
			.event = event,
			.weight = event->pending,
			.detail = event->detail,
		};

		if (event->pending)
			ember_event_sample(&sample, begun,
					   event->task != current || !current->mm);
	}
}

static void ember_mutex_interrupt(struct irq_work *work)
{
	ember_tick_apart();
	ember_mutex_samples(this_cpu_ptr(&ember_mutex), task_pt_regs(current));
}

static enum hrtimer_restart ember_mutex_timer(struct hrtimer *timer)
{
	struct ember_mutex *mutex = this_cpu_ptr(&ember_mutex);

	ember_tick_interrupt(timer);
	ember_mutex_samples(mutex, &mutex->user);
	return HRTIMER_NORESTART;
}

void ember_mutex_start(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	struct ember_mutex *mutex = this_cpu_ptr(&ember_mutex);

	event->pending = 0;
	if (WARN_ON_ONCE(mutex->end == mutex->on + EMBER_SESSIONS_MAX))
		return;
	*mutex->end++ = (struct ember_mutex_event){
		.event = event,
		.started = ember_clock() >> EMBER_CONTENTION_UNIT,
	};
}

void ember_mutex_stop(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	struct ember_mutex *mutex = this_cpu_ptr(&ember_mutex);
	struct ember_mutex_event *on;

	ember_event_drop(event);
	for (on = mutex->on; on < mutex->end; on++)
		if (on->event == event)
			*on = *--mutex->end;
	if (mutex->end == mutex->on)
		hrtimer_try_to_cancel(&mutex->timer);
}

struct ember_probe ember_mutex_probes[] = {
	{ "sched_switch", EMBER_SCHED_SWITCH(ember_mutex_switch) },
	{ "sched_waking", ember_mutex_waking },
	{},
};

bool ember_mutex_available(void)
{
	return ember_mutex_probes[1].tp && ember_block_available();
}

void ember_mutex_module_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct ember_mutex *mutex = per_cpu_ptr(&ember_mutex, cpu);

		mutex->end = mutex->on;
		ember_irq_work_init(&mutex->work, ember_mutex_interrupt);
		ember_hrtimer_setup(&mutex->timer, ember_mutex_timer);
	}
}

void ember_mutex_module_exit(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		irq_work_sync(&per_cpu_ptr(&ember_mutex, cpu)->work);
		hrtimer_cancel(&per_cpu_ptr(&ember_mutex, cpu)->timer);
	}
	kvfree(ember_mutex_waits.wait);
	kvfree(ember_mutex_locks);
}
