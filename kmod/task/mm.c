// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../base/queue.h"
#include "../base/clock.h"
#include "exits.h"
#include "filetable.h"
#include "mm.h"
#include "mm_scan.h"
#include "ranges.h"
#include "worker.h"

#define EMBER_MM_PROBES 16
/*
 * With many slots taken dead spaces are looked for each 50 ms, and whenever so many
 * more have been taken since: thousands of processes a second leave no time.
 */
#define EMBER_MMS_MANY	  (EMBER_MMS / 4)
#define EMBER_MMS_MORE	  (EMBER_MMS / 8)
#define EMBER_MMS_REAP_NS (50 * NSEC_PER_MSEC)
/* So long a search for a slot in vain counts. */
#define EMBER_MMS_CROWDED_NS (100 * NSEC_PER_MSEC)
/* A first scan that isn't taken by then is asked for once more. */
#define EMBER_MM_FIRST_NS (100 * NSEC_PER_MSEC)

/* A slot was taken, or none was free: dead spaces are looked for each second, sooner where
 * slots grow short.
 */
static void ember_mms_reap_soon(struct ember_mms *spaces, u64 now)
{
	int used = atomic_read(&spaces->budget.pins);
	bool short_of = used > EMBER_MMS_MANY || ember_budget_pressed(&spaces->budget) ||
			now - READ_ONCE(spaces->crowded) < EMBER_MMS_CROWDED_NS;

	if (short_of && (used - READ_ONCE(spaces->left) >= EMBER_MMS_MORE ||
			 (s64)(now - READ_ONCE(spaces->reaped)) >= EMBER_MMS_REAP_NS))
		mod_delayed_work(ember_mms_queue, &spaces->reaper, 0);
	else
		queue_delayed_work(ember_mms_queue, &spaces->reaper, HZ);
}

/* No slot is free near where it should be. */
static void ember_mms_crowded(struct ember_mms *spaces, u64 now)
{
	if (now - READ_ONCE(spaces->crowded) < EMBER_MMS_CROWDED_NS)
		return;
	WRITE_ONCE(spaces->crowded, now);
	ember_mms_reap_soon(spaces, now);
}

struct ember_mm *ember_mm_see(struct ember_mms *spaces, struct task_struct *task,
			      struct mm_struct *mm, u64 now)
{
	/* Their addresses are a slab's, of one stride: not to be taken as they are. */
	unsigned long first = hash_ptr(mm, ilog2(EMBER_MMS));
	struct ember_mm *space, *vacant = NULL;
	unsigned int i;

	for (i = 0; i < EMBER_MM_PROBES; i++) {
		struct mm_struct *held;

		space = &spaces->space[(first + i) & (EMBER_MMS - 1)];
		held = READ_ONCE(space->mm);
		if (held == mm) {
			/* Pairs with the claimer's release, below. */
			return smp_load_acquire(&space->number) ? space : NULL;
		}
		if (!held && !vacant)
			vacant = space;
	}
	if (!vacant || !ember_budget_pin(&spaces->budget)) {
		ember_mms_crowded(spaces, now);
		return NULL;
	}
	/* Another CPU takes this very place: the next sample asks again. */
	if (cmpxchg(&vacant->mm, NULL, mm)) {
		ember_budget_unpin(&spaces->budget);
		return NULL;
	}
	mmgrab(mm);
	space = vacant;
	set_bit(space - spaces->space, spaces->taken);
	space->tgid = task_tgid_nr_ns(task, spaces->pid_ns);
	space->generation = 0;
	space->content = 0;
	space->heavy = false;
	space->written_at = 0;
	space->dropped = 0;
	atomic_set(&space->late, 0);
	space->born = now;
	/* Until its first scan, which sets them. */
	WRITE_ONCE(space->next, now + EMBER_MM_FIRST_NS);
	WRITE_ONCE(space->latest, now + EMBER_MM_FIRST_NS);
	/* Last: who sees a number sees all of the space. */
	smp_store_release(&space->number, atomic_inc_return(&spaces->numbers));
	ember_workers_want(spaces, space, mm, true, now);
	ember_mms_reap_soon(spaces, now);
	return space;
}

void ember_mm_want(struct ember_mms *spaces, struct ember_mm *space, struct mm_struct *mm,
		   u64 now)
{
	ember_workers_want(spaces, space, mm, ember_mm_changed(space, mm), now);
}

void ember_mm_check(struct ember_mms *spaces, struct ember_mm *space, struct mm_struct *mm,
		    const unsigned long *pc, unsigned int nr, u64 now)
{
	const struct ember_range *range = NULL;
	const struct ember_code_ranges *ranges;
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
		ember_workers_want(spaces, space, mm, true, now);
}

/*
 * Nobody lives there any more, nor will: no sample can be about to name it, and with
 * no sample nobody asks.
 */
static void ember_mm_bury(struct ember_mms *spaces, struct ember_mm *space)
{
	struct mm_struct *mm = space->mm;
	struct ember_code_ranges *ranges = rcu_dereference_protected(space->ranges, 1);

	WRITE_ONCE(space->number, 0);
	RCU_INIT_POINTER(space->ranges, NULL);
	clear_bit(space - spaces->space, spaces->taken);
	/* Free for the next claimer only when nothing is left in it. */
	smp_store_release(&space->mm, NULL);
	ember_budget_unpin(&spaces->budget);
	ember_ranges_drop(&spaces->budget, ranges);
	mmdrop(mm);
}

static void ember_mms_reap(struct work_struct *work)
{
	struct ember_mms *spaces =
		container_of(to_delayed_work(work), struct ember_mms, reaper);
	/* Who exits meanwhile may be past already. */
	u32 exits = ember_exits();
	unsigned long i;

	/* Not in jiffies: those of 32 bits begin as if long before 0. */
	WRITE_ONCE(spaces->reaped, ember_clock());
	for (i = find_first_bit(spaces->taken, EMBER_MMS); i < EMBER_MMS;
	     i = find_next_bit(spaces->taken, EMBER_MMS, i + 1)) {
		struct ember_mm *space = &spaces->space[i];

		/* Pairs with the claimer's release. */
		if (!smp_load_acquire(&space->number) || atomic_read(&space->mm->mm_users))
			continue;
		/* After mm_users: who asked, asked before it went. */
		smp_rmb();
		if (atomic_read_acquire(&space->state) == EMBER_MM_IDLE)
			ember_mm_bury(spaces, space);
		else
			exits--;
	}
	ember_budget_searched(&spaces->budget, exits);
	WRITE_ONCE(spaces->left, atomic_read(&spaces->budget.pins));
	if (spaces->left && !READ_ONCE(spaces->definitions.stopping))
		queue_delayed_work(ember_mms_queue, &spaces->reaper, HZ);
}

bool ember_mms_quiet(struct ember_mms *spaces)
{
	unsigned int busy = work_busy(&spaces->reaper.work) |
			    work_busy(&spaces->definitions.drain.work);

	return !(busy & WORK_BUSY_RUNNING) && ember_workers_quiet(spaces);
}

int ember_mms_init(struct ember_mms *spaces, struct ember_reader *reader,
		   const struct cpumask *cpus, struct pid_namespace *pid_ns)
{
	spaces->definitions.reader = reader;
	spaces->cpus = cpus;
	spaces->pid_ns = pid_ns;
	spaces->definitions.counters = &spaces->definitions.ring.head->counters;
	spaces->budget.most = ember_budget_most();
	ember_budget_searched(&spaces->budget, ember_exits());
	mutex_init(&spaces->definitions.lock);
	INIT_DEFERRABLE_WORK(&spaces->reaper, ember_mms_reap);
	if (ember_definitions_init(&spaces->definitions))
		return -ENOMEM;
	spaces->space = vzalloc(EMBER_MMS * sizeof(*spaces->space));
	spaces->files = ember_files_new(&spaces->budget);
	if (!spaces->space || !spaces->files || ember_workers_init(spaces)) {
		ember_mms_exit(spaces);
		return -ENOMEM;
	}
	return 0;
}

void ember_mms_flush(struct ember_mms *spaces)
{
	/* No reader is left for their records. */
	if (READ_ONCE(spaces->definitions.stopping))
		return;
	ember_workers_wait(spaces);
	ember_definitions_drain(&spaces->definitions);
}

void ember_mms_exit(struct ember_mms *spaces)
{
	unsigned int i;

	WRITE_ONCE(spaces->definitions.stopping, true);
	ember_workers_exit(spaces);
	cancel_delayed_work_sync(&spaces->reaper);
	ember_definitions_exit(&spaces->definitions);
	for (i = 0; spaces->space && i < EMBER_MMS; i++) {
		struct ember_mm *space = &spaces->space[i];

		if (!space->mm)
			continue;
		if (space->held)
			mmput_async(space->mm);
		ember_ranges_free(&spaces->budget,
				  rcu_dereference_protected(space->ranges, 1));
		mmdrop(space->mm);
	}
	if (spaces->files)
		ember_files_free(spaces->files);
	vfree(spaces->space);
	spaces->space = NULL;
}

size_t ember_mms_memory(unsigned int cpus)
{
	return EMBER_MMS * sizeof(struct ember_mm) + EMBER_BACKLOG_BYTES +
	       (cpus + 1) * ember_mm_scan_memory() + ember_budget_most();
}
