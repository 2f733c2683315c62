// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/sched/mm.h>
#include <linux/smp.h>

#include <asm/irq_regs.h>

#include "../base/clock.h"
#include "../base/queue.h"
#include "../compat/isolation.h"
#include "exits.h"
#include "mm_state.h"
#include "share.h"
#include "mm_scan.h"
#include "worker.h"

/*
 * Between two scans lie 100 ms at least, but at first only as long as the space
 * is known: a program that is being loaded, or that lives for 10 ms, maps most of
 * what it runs after the first look.
 */
#define EMBER_MM_AGAIN_NS (100 * NSEC_PER_MSEC)
#define EMBER_MM_SOON_NS  (NSEC_PER_MSEC / 2)
/* A space of very many mappings is looked at as seldom as to take 0.25 % of a CPU: half of
 * what there is for all of them.
 */
#define EMBER_MM_COST 400
/*
 * In any case, a little before the second is over after which nothing may be wrong any
 * more; sooner where libraries of one size that are swapped leave no trace in the mm.
 */
#ifdef CONFIG_PER_VMA_LOCK
#define EMBER_MM_LATEST_NS (900 * NSEC_PER_MSEC)
#else
#define EMBER_MM_LATEST_NS (400 * NSEC_PER_MSEC)
#endif
#define EMBER_MM_PAUSE_NS (4ULL * NSEC_PER_SEC) /* at most */
/* Where all time is taken: asked for again so soon. */
#define EMBER_MM_FIRST_NS (10 * NSEC_PER_MSEC)

/*
 * The mmap lock is tried each 200 us: so often with the mm held, and so often in all.
 * A task that was in the kernel may have had the lock itself, and end before we are
 * back: it isn't held a second time.
 */
#define EMBER_LOCK_HELD_TRIES 20
#define EMBER_LOCK_TRIES      100

/* A worker that didn't come for so long doesn't come soon. */
#define EMBER_MM_LATE_NS    (20 * NSEC_PER_MSEC)
#define EMBER_FLUSH_JIFFIES (HZ / 2)

/*
 * Here, not elsewhere: another CPU may sleep, and the worker comes before the task is back
 * in user mode. But below a real-time task it wouldn't come.
 */
static void ember_worker_ask(struct ember_mms *spaces, struct ember_mm *space)
{
	struct ember_scan_worker *worker = this_cpu_ptr(spaces->workers.here);

	if (worker->isolated || current->prio < MAX_RT_PRIO) {
		if (llist_add(&space->asked, &spaces->workers.away.asked))
			queue_work(ember_away_queue, &spaces->workers.away.work);
	} else if (llist_add(&space->asked, &worker->asked)) {
		queue_work_on(raw_smp_processor_id(), ember_mms_queue, &worker->work);
	}
}

/* What waits for a worker goes to the one that's away. */
static void ember_worker_steal(struct ember_mms *spaces, struct ember_scan_worker *worker)
{
	struct llist_node *first = llist_del_all(&worker->asked), *last = first;

	if (!first)
		return;
	while (last->next)
		last = last->next;
	if (llist_add_batch(first, last, &spaces->workers.away.asked))
		queue_work(ember_away_queue, &spaces->workers.away.work);
}

void ember_workers_late(struct ember_mms *spaces, u64 now)
{
	struct ember_scan_worker *worker = this_cpu_ptr(spaces->workers.here);
	struct llist_node *first = READ_ONCE(worker->asked.first);

	/* The slot stays where it is, even if another space has it by now. */
	if (unlikely(first) &&
	    (s64)(now - READ_ONCE(llist_entry(first, struct ember_mm, asked)->asked_at)) >
		    (s64)EMBER_MM_LATE_NS)
		ember_worker_steal(spaces, worker);
}

static void ember_worker_late(struct ember_mms *spaces, struct ember_mm *space)
{
	atomic_inc(&space->late);
	atomic_long_inc(&spaces->late);
}

/* Not now: scans have taken all their time. */
static void ember_worker_put_off(struct ember_mm *space, u64 now)
{
	u64 next = now + (space->generation ? EMBER_MM_AGAIN_NS : EMBER_MM_FIRST_NS);

	WRITE_ONCE(space->next, next);
	if (!space->generation)
		WRITE_ONCE(space->latest, next);
}

void ember_workers_want(struct ember_mms *spaces, struct ember_mm *space, struct mm_struct *mm,
			bool changed, u64 now)
{
	struct pt_regs *regs = get_irq_regs();
	bool left;

	if (atomic_read(&space->state) != EMBER_MM_IDLE ||
	    READ_ONCE(spaces->definitions.stopping))
		return;
	left = ember_share_left(!space->generation, !space->heavy, now);
	if (changed && (!left || space->heavy))
		ember_worker_late(spaces, space);
	if (!left) {
		ember_worker_put_off(space, now);
		return;
	}
	if (atomic_cmpxchg(&space->state, EMBER_MM_IDLE, EMBER_MM_ASKED))
		return;
	atomic_inc(&spaces->workers.asking);
	WRITE_ONCE(space->asked_at, now);
	space->tries = 0;
	/*
	 * Keeps what is mapped until the worker looks, which is before the task gets
	 * back to user mode. One that exits won't get back there: it must not wait
	 * for us with what it has open, and only its kernel frames matter.
	 */
	space->held = !(current->flags & PF_EXITING) &&
		      atomic_inc_return(&spaces->workers.held) <= EMBER_MMS_HELD;
	if (!(current->flags & PF_EXITING) && !space->held)
		atomic_dec(&spaces->workers.held);
	if (space->held)
		mmget(mm);
	space->patient = regs && user_mode(regs);
	ember_worker_ask(spaces, space);
}

/* Gives the mm back as soon as its mappings are listed, or won't be. */
static void ember_worker_let_go(struct ember_mms *spaces, struct ember_mm *space, u64 *hold)
{
	if (!space->held)
		return;
	space->held = false;
	/* We may be the last user: what that means is not for this worker. */
	mmput_async(space->mm);
	*hold = ember_clock() - space->asked_at;
	atomic_dec(&spaces->workers.held);
}

/* The next samples may ask again. `took` ns is what this time's work came to, 0 for none. */
static void ember_worker_done(struct ember_mms *spaces, struct ember_mm *space, bool defined,
			      u64 took)
{
	u64 pause = clamp_t(u64, space->asked_at - space->born, EMBER_MM_SOON_NS,
			    EMBER_MM_AGAIN_NS);

	if (!defined) {
		/* Whatever is mapped: it's a change. */
		WRITE_ONCE(space->map_count, -1);
		pause = EMBER_MM_AGAIN_NS;
	}
	space->heavy = took * EMBER_MM_COST > EMBER_MM_AGAIN_NS;
	pause = clamp_t(u64, took * EMBER_MM_COST, pause, EMBER_MM_PAUSE_NS);
	WRITE_ONCE(space->next, space->asked_at + pause);
	WRITE_ONCE(space->latest, space->asked_at + EMBER_MM_LATEST_NS);
	atomic_set_release(&space->state, EMBER_MM_IDLE);
	if (atomic_dec_and_test(&spaces->workers.asking))
		wake_up(&spaces->workers.served);
}

/* `since`: when the worker began with it. False: its mmap lock is taken, it's to be asked
 * again.
 */
static bool ember_worker_serve(struct ember_mms *spaces, struct ember_scan_worker *worker,
			       struct ember_mm *space, u64 *since)
{
	struct mm_struct *mm = space->mm;
	bool held = space->held, first = !space->generation;
	u64 hold = 0, now, took;
	int err;

	if (!held && !mmget_not_zero(mm)) {
		ember_worker_done(spaces, space, false, 0);
		return true;
	}
	err = ember_mm_scan_list(worker->scan, space, mm);
	if (!held)
		mmput_async(mm);
	else if (err != -EAGAIN || !space->patient || space->tries >= EMBER_LOCK_HELD_TRIES)
		ember_worker_let_go(spaces, space, &hold);
	if (err == -EAGAIN && ++space->tries < EMBER_LOCK_TRIES)
		return false;
	if (!err)
		err = ember_mm_scan_emit(worker->scan, spaces, space) ? 0 : -ENOSPC;
	now = ember_clock();
	took = now - *since;
	*since = now;
	ember_share_take(first, took, now);
	atomic_long_add(took, &raw_cpu_ptr(spaces->workers.here)->took);
	mutex_lock(&spaces->definitions.lock);
	spaces->hold_max_ns = max(spaces->hold_max_ns, hold);
	spaces->scan_ns += took;
	mutex_unlock(&spaces->definitions.lock);
	ember_worker_done(spaces, space, !err, took);
	return true;
}

static void ember_worker_work(struct work_struct *work)
{
	struct ember_scan_worker *worker = container_of(work, struct ember_scan_worker, work);
	struct ember_mms *spaces = worker->spaces;
	struct ember_mm *space, *next;
	struct llist_node *asked;
	bool again;
	u64 since;

	do {
		again = false;
		since = ember_clock();
		asked = llist_reverse_order(llist_del_all(&worker->asked));
		llist_for_each_entry_safe(space, next, asked, asked) {
			if (ember_worker_serve(spaces, worker, space, &since))
				continue;
			llist_add(&space->asked, &worker->asked);
			again = true;
		}
		/* Only for locks that are taken: the others have been served. */
		if (again)
			usleep_range(200, 300);
	} while (again);
	ember_exits_expect();
}

static int ember_worker_init(struct ember_scan_worker *worker, struct ember_mms *spaces)
{
	worker->spaces = spaces;
	init_llist_head(&worker->asked);
	INIT_WORK(&worker->work, ember_worker_work);
	worker->scan = ember_mm_scan_new(&spaces->budget);
	return worker->scan ? 0 : -ENOMEM;
}

int ember_workers_init(struct ember_mms *spaces)
{
	int cpu, err;

	init_waitqueue_head(&spaces->workers.served);
	err = ember_worker_init(&spaces->workers.away, spaces);
	if (err)
		return err;
	spaces->workers.here = alloc_percpu(struct ember_scan_worker);
	if (!spaces->workers.here)
		return -ENOMEM;
	for_each_cpu(cpu, spaces->cpus) {
		struct ember_scan_worker *worker = per_cpu_ptr(spaces->workers.here, cpu);

		worker->isolated = ember_cpu_isolated(cpu);
		err = ember_worker_init(worker, spaces);
		if (err)
			return err;
	}
	return 0;
}

static void ember_worker_exit(struct ember_scan_worker *worker)
{
	if (worker->scan)
		cancel_work_sync(&worker->work);
	ember_mm_scan_free(worker->scan);
	worker->scan = NULL;
}

void ember_workers_exit(struct ember_mms *spaces)
{
	int cpu;

	if (spaces->workers.here)
		for_each_cpu(cpu, spaces->cpus)
			ember_worker_exit(per_cpu_ptr(spaces->workers.here, cpu));
	ember_worker_exit(&spaces->workers.away);
	free_percpu(spaces->workers.here);
}

bool ember_workers_quiet(struct ember_mms *spaces)
{
	unsigned int busy = work_busy(&spaces->workers.away.work);
	int cpu;

	for_each_cpu(cpu, spaces->cpus)
		busy |= work_busy(&per_cpu_ptr(spaces->workers.here, cpu)->work);
	/* One that only waits for its turn can be cancelled. */
	return !(busy & WORK_BUSY_RUNNING);
}

void ember_workers_wait(struct ember_mms *spaces)
{
	int cpu;

	for_each_cpu(cpu, spaces->cpus)
		ember_worker_steal(spaces, per_cpu_ptr(spaces->workers.here, cpu));
	wait_event_killable_timeout(spaces->workers.served,
				    !atomic_read(&spaces->workers.asking),
				    EMBER_FLUSH_JIFFIES);
}
