// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include <asm/irq_regs.h>

#include "clock.h"
#include "compat/isolation.h"
#include "compat/mm.h"
#include "compat/workqueue.h"
#include "filetable.h"
#include "session.h"
#include "snapshot.h"
#include "space.h"

#define EMBER_SPACE_PROBES 16
/*
 * With many slots taken dead spaces are looked for each 50 ms, and whenever so many
 * more have been taken since: thousands of processes a second leave no time.
 */
#define EMBER_SPACES_MANY    (EMBER_SPACES / 4)
#define EMBER_SPACES_MORE    (EMBER_SPACES / 8)
#define EMBER_SPACES_REAP_NS (50 * NSEC_PER_MSEC)
/*
 * Between two snapshots lie 100 ms at least, but at first only as long as the space
 * is known: a program that is being loaded, or that lives for 10 ms, maps most of
 * what it runs after the first look.
 */
#define EMBER_SPACE_AGAIN_NS (100 * NSEC_PER_MSEC)
#define EMBER_SPACE_SOON_NS  (NSEC_PER_MSEC / 2)
/* A space of very many mappings is looked at as seldom as to take 1 % of a CPU. */
#define EMBER_SPACE_COST 100
/*
 * In any case, a little before the second is over after which nothing may be wrong any
 * more; sooner where libraries of one size that are swapped leave no trace in the mm.
 */
#ifdef CONFIG_PER_VMA_LOCK
#define EMBER_SPACE_LATEST_NS (900 * NSEC_PER_MSEC)
#else
#define EMBER_SPACE_LATEST_NS (400 * NSEC_PER_MSEC)
#endif
#define EMBER_SPACE_PAUSE_NS (900 * NSEC_PER_MSEC) /* at most */

/*
 * The mmap lock is tried each 200 us: so often with the mm held, and so often in all.
 * A task that was in the kernel may have had the lock itself, and end before we are
 * back: it isn't held a second time.
 */
#define EMBER_LOCK_HELD_TRIES 20
#define EMBER_LOCK_TRIES      100

/* state in struct ember_space */
#define EMBER_SPACE_IDLE  0
#define EMBER_SPACE_ASKED 1

/* A worker that didn't come for so long doesn't come soon. */
#define EMBER_SPACE_LATE_NS (20 * NSEC_PER_MSEC)
#define EMBER_FLUSH_JIFFIES (HZ / 2)

struct workqueue_struct *ember_spaces_queue;
struct workqueue_struct *ember_away_queue;

/*
 * Here, not elsewhere: another CPU may sleep, and the worker comes before the task is back
 * in user mode. But below a real-time task it wouldn't come.
 */
static void ember_space_ask(struct ember_spaces *spaces, struct ember_space *space)
{
	struct ember_space_worker *worker = this_cpu_ptr(spaces->worker);

	if (worker->isolated || current->prio < MAX_RT_PRIO) {
		if (llist_add(&space->asked, &spaces->away.asked))
			queue_work(ember_away_queue, &spaces->away.work);
	} else if (llist_add(&space->asked, &worker->asked)) {
		queue_work_on(raw_smp_processor_id(), ember_spaces_queue, &worker->work);
	}
}

/* What waits for a worker goes to the one that's away. */
static void ember_spaces_steal(struct ember_spaces *spaces, struct ember_space_worker *worker)
{
	struct llist_node *first = llist_del_all(&worker->asked), *last = first;

	if (!first)
		return;
	while (last->next)
		last = last->next;
	if (llist_add_batch(first, last, &spaces->away.asked))
		queue_work(ember_away_queue, &spaces->away.work);
}

void ember_spaces_late(struct ember_spaces *spaces, u64 now)
{
	struct ember_space_worker *worker = this_cpu_ptr(spaces->worker);
	struct llist_node *first = READ_ONCE(worker->asked.first);

	/* The slot stays where it is, even if another space has it by now. */
	if (unlikely(first) &&
	    (s64)(now - READ_ONCE(llist_entry(first, struct ember_space, asked)->asked_at)) >
		    (s64)EMBER_SPACE_LATE_NS)
		ember_spaces_steal(spaces, worker);
}

static void ember_space_want(struct ember_spaces *spaces, struct ember_space *space,
			     struct mm_struct *mm, u64 now)
{
	struct pt_regs *regs = get_irq_regs();

	if (atomic_read(&space->state) != EMBER_SPACE_IDLE || READ_ONCE(spaces->stopping) ||
	    atomic_cmpxchg(&space->state, EMBER_SPACE_IDLE, EMBER_SPACE_ASKED))
		return;
	atomic_inc(&spaces->asking);
	WRITE_ONCE(space->asked_at, now);
	space->tries = 0;
	/*
	 * Keeps what is mapped until the worker looks, which is before the task gets
	 * back to user mode. One that exits won't get back there: it must not wait
	 * for us with what it has open, and only its kernel frames matter.
	 */
	space->held = !(current->flags & PF_EXITING) &&
		      atomic_inc_return(&spaces->held) <= EMBER_SPACES_HELD;
	if (!(current->flags & PF_EXITING) && !space->held)
		atomic_dec(&spaces->held);
	if (space->held)
		mmget(mm);
	space->patient = regs && user_mode(regs);
	ember_space_ask(spaces, space);
}

/* No slot is free near where it should be: the worker looks for dead ones. */
static void ember_spaces_crowded(struct ember_spaces *spaces, u64 now)
{
	if (now - READ_ONCE(spaces->crowded) < EMBER_SPACE_AGAIN_NS)
		return;
	WRITE_ONCE(spaces->crowded, now);
	queue_work_on(raw_smp_processor_id(), ember_spaces_queue,
		      &this_cpu_ptr(spaces->worker)->work);
}

struct ember_space *ember_space_see(struct ember_spaces *spaces, struct mm_struct *mm, u64 now)
{
	/* Their addresses are a slab's, of one stride: not to be taken as they are. */
	unsigned long first = hash_ptr(mm, ilog2(EMBER_SPACES));
	struct ember_space *space, *vacant = NULL;
	unsigned int i;

	for (i = 0; i < EMBER_SPACE_PROBES; i++) {
		struct mm_struct *held;

		space = &spaces->space[(first + i) & (EMBER_SPACES - 1)];
		held = READ_ONCE(space->mm);
		if (held == mm) {
			/* Pairs with the claimer's release, below. */
			return smp_load_acquire(&space->number) ? space : NULL;
		}
		if (!held && !vacant)
			vacant = space;
	}
	if (!vacant) {
		ember_spaces_crowded(spaces, now);
		return NULL;
	}
	/* Another CPU takes this very place: the next sample asks again. */
	if (cmpxchg(&vacant->mm, NULL, mm))
		return NULL;
	mmgrab(mm);
	atomic_inc(&spaces->used);
	space = vacant;
	space->tgid = task_tgid_nr_ns(current, spaces->session->pid_ns);
	space->generation = 0;
	space->content = 0;
	space->born = now;
	WRITE_ONCE(space->next, now + EMBER_SPACE_AGAIN_NS);
	WRITE_ONCE(space->latest, now + EMBER_SPACE_LATEST_NS);
	/* Last: who sees a number sees all of the space. */
	smp_store_release(&space->number, atomic_inc_return(&spaces->numbers));
	ember_space_want(spaces, space, mm, now);
	return space;
}

void ember_space_look(struct ember_spaces *spaces, struct ember_space *space,
		      struct mm_struct *mm, u64 now)
{
	if ((s64)(now - READ_ONCE(space->latest)) >= 0 ||
	    READ_ONCE(mm->exec_vm) != READ_ONCE(space->exec_vm) ||
	    READ_ONCE(mm->map_count) != READ_ONCE(space->map_count) ||
	    ember_mm_lock_seq(mm) != READ_ONCE(space->lock_seq))
		ember_space_want(spaces, space, mm, now);
}

void ember_space_check(struct ember_spaces *spaces, struct ember_space *space,
		       struct mm_struct *mm, const unsigned long *pc, unsigned int nr, u64 now)
{
	const struct ember_range *range = NULL;
	const struct ember_ranges *ranges;
	unsigned int i;

	if ((s64)(now - READ_ONCE(space->next)) < 0)
		return;
	/* Hard interrupts are read sides; lockdep wants it said. */
	rcu_read_lock();
	ranges = rcu_dereference(space->ranges);
	for (i = 0; ranges && i < nr; i++) {
		/* Most often where the one before was. */
		if (range && pc[i] - range->start < range->end - range->start)
			continue;
		range = ember_ranges_find(ranges, pc[i]);
		if (!range)
			break;
	}
	rcu_read_unlock();
	if (ranges && i < nr)
		ember_space_want(spaces, space, mm, now);
}

/* Gives the mm back as soon as its mappings are listed, or won't be. */
static void ember_space_let_go(struct ember_spaces *spaces, struct ember_space *space,
			       u64 *hold)
{
	if (!space->held)
		return;
	space->held = false;
	/* We may be the last user: what that means is not for this worker. */
	mmput_async(space->mm);
	*hold = ember_clock() - space->asked_at;
	atomic_dec(&spaces->held);
}

/* The next samples may ask again. `took` ns is what this time's work came to. */
static void ember_space_done(struct ember_spaces *spaces, struct ember_space *space, bool told,
			     u64 took)
{
	u64 pause = clamp_t(u64, space->asked_at - space->born, EMBER_SPACE_SOON_NS,
			    EMBER_SPACE_AGAIN_NS);

	if (!told) {
		/* Whatever is mapped: it's a change. */
		WRITE_ONCE(space->map_count, -1);
		pause = EMBER_SPACE_AGAIN_NS;
	}
	pause = clamp_t(u64, took * EMBER_SPACE_COST, pause, EMBER_SPACE_PAUSE_NS);
	WRITE_ONCE(space->next, space->asked_at + pause);
	WRITE_ONCE(space->latest, space->asked_at + EMBER_SPACE_LATEST_NS);
	atomic_set_release(&space->state, EMBER_SPACE_IDLE);
	if (atomic_dec_and_test(&spaces->asking))
		wake_up(&spaces->served);
}

/* False: its mmap lock is taken, it's to be asked again. */
static bool ember_space_serve(struct ember_spaces *spaces, struct ember_space_worker *worker,
			      struct ember_space *space)
{
	struct mm_struct *mm = space->mm;
	bool held = space->held;
	u64 begun = ember_clock(), hold = 0;
	int err;

	if (!held && !mmget_not_zero(mm)) {
		ember_space_done(spaces, space, false, 0);
		return true;
	}
	err = ember_snapshot_list(worker->snapshot, space, mm);
	if (!held)
		mmput_async(mm);
	else if (err != -EAGAIN || !space->patient || space->tries >= EMBER_LOCK_HELD_TRIES)
		ember_space_let_go(spaces, space, &hold);
	if (err == -EAGAIN && ++space->tries < EMBER_LOCK_TRIES)
		return false;
	if (!err)
		err = ember_snapshot_tell(worker->snapshot, spaces, space) ? 0 : -ENOSPC;
	if (hold) {
		mutex_lock(&spaces->lock);
		spaces->hold_max_ns = max(spaces->hold_max_ns, hold);
		mutex_unlock(&spaces->lock);
	}
	ember_space_done(spaces, space, !err, ember_clock() - begun);
	return true;
}

/* Dead spaces are looked for each second, sooner where slots grow short. */
static void ember_spaces_reap_soon(struct ember_spaces *spaces)
{
	int used = atomic_read(&spaces->used);
	u64 now = ember_clock();
	bool short_of = used > EMBER_SPACES_MANY ||
			now - READ_ONCE(spaces->crowded) < EMBER_SPACE_AGAIN_NS;

	if (READ_ONCE(spaces->stopping))
		return;
	if (short_of && (used - READ_ONCE(spaces->left) >= EMBER_SPACES_MORE ||
			 (s64)(now - READ_ONCE(spaces->reaped)) >= EMBER_SPACES_REAP_NS))
		mod_delayed_work(ember_spaces_queue, &spaces->reaper, 0);
	else
		queue_delayed_work(ember_spaces_queue, &spaces->reaper, HZ);
}

static void ember_spaces_work(struct work_struct *work)
{
	struct ember_space_worker *worker =
		container_of(work, struct ember_space_worker, work);
	struct ember_spaces *spaces = worker->spaces;
	struct ember_space *space, *next;
	struct llist_node *asked;
	bool again;

	do {
		again = false;
		asked = llist_reverse_order(llist_del_all(&worker->asked));
		llist_for_each_entry_safe(space, next, asked, asked) {
			if (ember_space_serve(spaces, worker, space))
				continue;
			llist_add(&space->asked, &worker->asked);
			again = true;
		}
		/* Only for locks that are taken: the others have been served. */
		if (again)
			usleep_range(200, 300);
	} while (again);
	ember_spaces_reap_soon(spaces);
}

/*
 * Nobody lives there any more, nor will: no sample can be about to name it, and with
 * no sample nobody asks.
 */
static void ember_space_bury(struct ember_spaces *spaces, struct ember_space *space)
{
	struct mm_struct *mm = space->mm;
	struct ember_ranges *ranges = rcu_dereference_protected(space->ranges, 1);

	WRITE_ONCE(space->number, 0);
	RCU_INIT_POINTER(space->ranges, NULL);
	/* Free for the next claimer only when nothing is left in it. */
	smp_store_release(&space->mm, NULL);
	atomic_dec(&spaces->used);
	if (ranges)
		kfree_rcu(ranges, rcu);
	mmdrop(mm);
}

static void ember_spaces_reap(struct work_struct *work)
{
	struct ember_spaces *spaces =
		container_of(to_delayed_work(work), struct ember_spaces, reaper);
	unsigned int i;

	/* Not in jiffies: those of 32 bits begin as if long before 0. */
	WRITE_ONCE(spaces->reaped, ember_clock());
	for (i = 0; i < EMBER_SPACES; i++) {
		struct ember_space *space = &spaces->space[i];

		/* Pairs with the claimer's release. */
		if (!smp_load_acquire(&space->number) || atomic_read(&space->mm->mm_users))
			continue;
		/* After mm_users: who asked, asked before it went. */
		smp_rmb();
		if (atomic_read_acquire(&space->state) == EMBER_SPACE_IDLE)
			ember_space_bury(spaces, space);
	}
	WRITE_ONCE(spaces->left, atomic_read(&spaces->used));
	if (atomic_read(&spaces->used) && !READ_ONCE(spaces->stopping))
		queue_delayed_work(ember_spaces_queue, &spaces->reaper, HZ);
}

static int ember_worker_init(struct ember_space_worker *worker, struct ember_spaces *spaces)
{
	worker->spaces = spaces;
	init_llist_head(&worker->asked);
	INIT_WORK(&worker->work, ember_spaces_work);
	worker->snapshot = ember_snapshot_new();
	return worker->snapshot ? 0 : -ENOMEM;
}

static int ember_workers_init(struct ember_spaces *spaces)
{
	int cpu, err;

	init_waitqueue_head(&spaces->served);
	err = ember_worker_init(&spaces->away, spaces);
	if (err)
		return err;
	spaces->worker = alloc_percpu(struct ember_space_worker);
	if (!spaces->worker)
		return -ENOMEM;
	for_each_cpu(cpu, spaces->session->cpus) {
		struct ember_space_worker *worker = per_cpu_ptr(spaces->worker, cpu);

		worker->isolated = ember_cpu_isolated(cpu);
		err = ember_worker_init(worker, spaces);
		if (err)
			return err;
	}
	return 0;
}

static void ember_worker_exit(struct ember_space_worker *worker)
{
	if (worker->snapshot)
		cancel_work_sync(&worker->work);
	ember_snapshot_free(worker->snapshot);
	worker->snapshot = NULL;
}

static void ember_workers_exit(struct ember_spaces *spaces)
{
	int cpu;

	if (spaces->worker)
		for_each_cpu(cpu, spaces->session->cpus)
			ember_worker_exit(per_cpu_ptr(spaces->worker, cpu));
	ember_worker_exit(&spaces->away);
	free_percpu(spaces->worker);
}

bool ember_spaces_quiet(struct ember_spaces *spaces)
{
	unsigned int busy;
	int cpu;

	busy = work_busy(&spaces->away.work) | work_busy(&spaces->reaper.work) |
	       work_busy(&spaces->drain.work);
	for_each_cpu(cpu, spaces->session->cpus)
		busy |= work_busy(&per_cpu_ptr(spaces->worker, cpu)->work);
	/* One that only waits for its turn can be cancelled. */
	return !(busy & WORK_BUSY_RUNNING);
}

int ember_spaces_init(struct ember_spaces *spaces, struct ember_session *session)
{
	spaces->session = session;
	spaces->counters = &spaces->ring.head->counters;
	mutex_init(&spaces->lock);
	INIT_DEFERRABLE_WORK(&spaces->reaper, ember_spaces_reap);
	if (ember_definitions_init(spaces))
		return -ENOMEM;
	spaces->space = vzalloc(EMBER_SPACES * sizeof(*spaces->space));
	spaces->files = ember_files_new();
	if (!spaces->space || !spaces->files || ember_workers_init(spaces)) {
		ember_spaces_exit(spaces);
		return -ENOMEM;
	}
	return 0;
}

void ember_spaces_flush(struct ember_spaces *spaces)
{
	int cpu;

	/* Nobody reads any more what they'd write. */
	if (READ_ONCE(spaces->stopping))
		return;
	for_each_cpu(cpu, spaces->session->cpus)
		ember_spaces_steal(spaces, per_cpu_ptr(spaces->worker, cpu));
	wait_event_killable_timeout(spaces->served, !atomic_read(&spaces->asking),
				    EMBER_FLUSH_JIFFIES);
	ember_definitions_drain(spaces);
}

void ember_spaces_exit(struct ember_spaces *spaces)
{
	unsigned int i;

	WRITE_ONCE(spaces->stopping, true);
	ember_workers_exit(spaces);
	cancel_delayed_work_sync(&spaces->reaper);
	ember_definitions_exit(spaces);
	for (i = 0; spaces->space && i < EMBER_SPACES; i++) {
		struct ember_space *space = &spaces->space[i];

		if (!space->mm)
			continue;
		if (space->held)
			mmput_async(space->mm);
		kfree(rcu_dereference_protected(space->ranges, 1));
		mmdrop(space->mm);
	}
	if (spaces->files)
		ember_files_free(spaces->files);
	vfree(spaces->space);
	spaces->space = NULL;
}

size_t ember_spaces_memory(unsigned int cpus)
{
	return EMBER_SPACES * sizeof(struct ember_space) + EMBER_BACKLOG_BYTES +
	       (cpus + 1) * ember_snapshot_memory();
}

int ember_spaces_module_init(void)
{
	/* Mem reclaim: processes are held that memory may be wanted from. */
	ember_spaces_queue =
		alloc_workqueue("emberprof", WQ_HIGHPRI | WQ_MEM_RECLAIM | EMBER_WQ_PERCPU, 0);
	if (!ember_spaces_queue)
		return -ENOMEM;
	ember_away_queue =
		alloc_workqueue("emberprof-away", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (ember_away_queue)
		return 0;
	destroy_workqueue(ember_spaces_queue);
	return -ENOMEM;
}

void ember_spaces_module_exit(void)
{
	destroy_workqueue(ember_away_queue);
	destroy_workqueue(ember_spaces_queue);
}
