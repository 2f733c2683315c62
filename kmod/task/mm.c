// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../core/clock.h"
#include "exits.h"
#include "filetable.h"
#include "../core/session.h"
#include "mm_scan.h"
#include "mm.h"

#define EMBER_SPACE_PROBES 16
/*
 * With many slots taken dead spaces are looked for each 50 ms, and whenever so many
 * more have been taken since: thousands of processes a second leave no time.
 */
#define EMBER_SPACES_MANY    (EMBER_SPACES / 4)
#define EMBER_SPACES_MORE    (EMBER_SPACES / 8)
#define EMBER_SPACES_REAP_NS (50 * NSEC_PER_MSEC)
/* So long a search for a slot in vain counts. */
#define EMBER_SPACES_CROWDED_NS (100 * NSEC_PER_MSEC)
/* A first snapshot that isn't taken by then is asked for once more. */
#define EMBER_SPACE_FIRST_NS (100 * NSEC_PER_MSEC)

/* A slot was taken, or none was free: dead spaces are looked for each second, sooner where
 * slots grow short.
 */
static void ember_spaces_reap_soon(struct ember_spaces *spaces, u64 now)
{
	int used = atomic_read(&spaces->budget.pins);
	bool short_of = used > EMBER_SPACES_MANY || ember_budget_pressed(&spaces->budget) ||
			now - READ_ONCE(spaces->crowded) < EMBER_SPACES_CROWDED_NS;

	if (short_of && (used - READ_ONCE(spaces->left) >= EMBER_SPACES_MORE ||
			 (s64)(now - READ_ONCE(spaces->reaped)) >= EMBER_SPACES_REAP_NS))
		mod_delayed_work(ember_spaces_queue, &spaces->reaper, 0);
	else
		queue_delayed_work(ember_spaces_queue, &spaces->reaper, HZ);
}

/* No slot is free near where it should be. */
static void ember_spaces_crowded(struct ember_spaces *spaces, u64 now)
{
	if (now - READ_ONCE(spaces->crowded) < EMBER_SPACES_CROWDED_NS)
		return;
	WRITE_ONCE(spaces->crowded, now);
	ember_spaces_reap_soon(spaces, now);
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
	if (!vacant || !ember_budget_pin(&spaces->budget)) {
		ember_spaces_crowded(spaces, now);
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
	space->tgid = task_tgid_nr_ns(current, spaces->session->pid_ns);
	space->generation = 0;
	space->content = 0;
	space->heavy = false;
	space->written_at = 0;
	space->dropped = 0;
	atomic_set(&space->late, 0);
	space->born = now;
	/* Until its first snapshot, which sets them. */
	WRITE_ONCE(space->next, now + EMBER_SPACE_FIRST_NS);
	WRITE_ONCE(space->latest, now + EMBER_SPACE_FIRST_NS);
	/* Last: who sees a number sees all of the space. */
	smp_store_release(&space->number, atomic_inc_return(&spaces->numbers));
	ember_workers_want(spaces, space, mm, true, now);
	ember_spaces_reap_soon(spaces, now);
	return space;
}

void ember_space_want(struct ember_spaces *spaces, struct ember_space *space,
		      struct mm_struct *mm, u64 now)
{
	ember_workers_want(spaces, space, mm, ember_space_changed(space, mm), now);
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
		ember_workers_want(spaces, space, mm, true, now);
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
	clear_bit(space - spaces->space, spaces->taken);
	/* Free for the next claimer only when nothing is left in it. */
	smp_store_release(&space->mm, NULL);
	ember_budget_unpin(&spaces->budget);
	ember_ranges_drop(&spaces->budget, ranges);
	mmdrop(mm);
}

static void ember_spaces_reap(struct work_struct *work)
{
	struct ember_spaces *spaces =
		container_of(to_delayed_work(work), struct ember_spaces, reaper);
	/* Who exits meanwhile may be past already. */
	u32 exits = ember_exits();
	unsigned long i;

	/* Not in jiffies: those of 32 bits begin as if long before 0. */
	WRITE_ONCE(spaces->reaped, ember_clock());
	for (i = find_first_bit(spaces->taken, EMBER_SPACES); i < EMBER_SPACES;
	     i = find_next_bit(spaces->taken, EMBER_SPACES, i + 1)) {
		struct ember_space *space = &spaces->space[i];

		/* Pairs with the claimer's release. */
		if (!smp_load_acquire(&space->number) || atomic_read(&space->mm->mm_users))
			continue;
		/* After mm_users: who asked, asked before it went. */
		smp_rmb();
		if (atomic_read_acquire(&space->state) == EMBER_SPACE_IDLE)
			ember_space_bury(spaces, space);
		else
			exits--;
	}
	ember_budget_searched(&spaces->budget, exits);
	WRITE_ONCE(spaces->left, atomic_read(&spaces->budget.pins));
	if (spaces->left && !READ_ONCE(spaces->stopping))
		queue_delayed_work(ember_spaces_queue, &spaces->reaper, HZ);
}

bool ember_spaces_quiet(struct ember_spaces *spaces)
{
	unsigned int busy = work_busy(&spaces->reaper.work) | work_busy(&spaces->drain.work);

	return !(busy & WORK_BUSY_RUNNING) && ember_workers_quiet(spaces);
}

int ember_spaces_init(struct ember_spaces *spaces, struct ember_session *session)
{
	spaces->session = session;
	spaces->counters = &spaces->ring.head->counters;
	spaces->budget.most = ember_budget_most();
	ember_budget_searched(&spaces->budget, ember_exits());
	mutex_init(&spaces->lock);
	INIT_DEFERRABLE_WORK(&spaces->reaper, ember_spaces_reap);
	if (ember_definitions_init(spaces))
		return -ENOMEM;
	spaces->space = vzalloc(EMBER_SPACES * sizeof(*spaces->space));
	spaces->files = ember_files_new(&spaces->budget);
	if (!spaces->space || !spaces->files || ember_workers_init(spaces)) {
		ember_spaces_exit(spaces);
		return -ENOMEM;
	}
	return 0;
}

void ember_spaces_flush(struct ember_spaces *spaces)
{
	/* Nobody reads any more what they'd write. */
	if (READ_ONCE(spaces->stopping))
		return;
	ember_workers_wait(spaces);
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
		ember_ranges_free(&spaces->budget,
				  rcu_dereference_protected(space->ranges, 1));
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
	       (cpus + 1) * ember_snapshot_memory() + ember_budget_most();
}
