// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include "clock.h"
#include "filetable.h"
#include "session.h"
#include "snapshot.h"
#include "space.h"

#define EMBER_SPACE_PROBES	8
#define EMBER_SPACE_AGAIN	(HZ / 10)	/* between two snapshots, at least */

/* wanted in struct ember_space */
#define EMBER_SPACE_WANT_NOT	0
#define EMBER_SPACE_WANT	1
#define EMBER_SPACE_WANT_HELD	2	/* and mm_users is ours to put */

static struct workqueue_struct *ember_spaces_queue;

/* Asks for a snapshot. Keeps the mm's mappings alive until then where it may. */
static void ember_space_want(struct ember_spaces *spaces, struct ember_space *space,
			     struct mm_struct *mm)
{
	int want = EMBER_SPACE_WANT;

	if (atomic_read(&space->wanted) || READ_ONCE(spaces->stopping))
		return;
	if (atomic_inc_return(&spaces->held) <= EMBER_SPACES_HELD &&
	    mmget_not_zero(mm)) {
		space->held_since = ember_clock();
		want = EMBER_SPACE_WANT_HELD;
	} else {
		atomic_dec(&spaces->held);
	}
	if (atomic_cmpxchg(&space->wanted, EMBER_SPACE_WANT_NOT, want)) {
		/* Another CPU was first. */
		if (want == EMBER_SPACE_WANT_HELD) {
			mmput_async(mm);
			atomic_dec(&spaces->held);
		}
		return;
	}
	/* Here, not elsewhere: another CPU may sleep. */
	queue_work_on(raw_smp_processor_id(), ember_spaces_queue, &spaces->work);
}

struct ember_space *ember_space_see(struct ember_spaces *spaces, struct mm_struct *mm)
{
	unsigned long first = (unsigned long)mm >> 6;
	struct ember_space *space, *vacant = NULL;
	unsigned int i;

	first ^= first >> 10;
	for (i = 0; i < EMBER_SPACE_PROBES; i++) {
		struct mm_struct *held;

		space = &spaces->space[(first + i) & (EMBER_SPACES - 1)];
		held = READ_ONCE(space->mm);
		if (held == mm)
			return READ_ONCE(space->number) ? space : NULL;
		if (!held && !vacant)
			vacant = space;
	}
	/* Full, or another CPU takes this very place: the next sample asks again. */
	if (!vacant || cmpxchg(&vacant->mm, NULL, mm))
		return NULL;
	mmgrab(mm);
	space = vacant;
	space->tgid = task_tgid_nr_ns(current, spaces->session->pid_ns);
	space->generation = 0;
	space->content = 0;
	space->taken = jiffies;
	smp_store_release(&space->number, atomic_inc_return(&spaces->numbers));
	ember_space_want(spaces, space, mm);
	return space;
}

void ember_space_touch(struct ember_spaces *spaces, struct ember_space *space,
		       struct mm_struct *mm)
{
	unsigned long age = jiffies - READ_ONCE(space->taken);

	if (likely(age < EMBER_SPACE_AGAIN))
		return;
	if (age >= HZ || READ_ONCE(mm->exec_vm) != space->exec_vm ||
	    READ_ONCE(mm->map_count) != space->map_count)
		ember_space_want(spaces, space, mm);
}

static void ember_space_serve(struct ember_spaces *spaces, struct ember_space *space)
{
	int want = atomic_xchg(&space->wanted, EMBER_SPACE_WANT_NOT);
	struct mm_struct *mm = space->mm;

	if (want == EMBER_SPACE_WANT_NOT)
		return;
	if (want == EMBER_SPACE_WANT && !mmget_not_zero(mm))
		return;
	ember_snapshot_take(spaces, space, mm);
	/* We may be the last user: what that means is not for this worker. */
	mmput_async(mm);
	if (want == EMBER_SPACE_WANT_HELD) {
		spaces->hold_max_ns = max(spaces->hold_max_ns,
					  ember_clock() - space->held_since);
		atomic_dec(&spaces->held);
	}
}

/* Nobody lives there any more, so no sample can be about to name it. */
static void ember_space_bury(struct ember_space *space)
{
	struct mm_struct *mm = space->mm;

	if (!mm || atomic_read(&mm->mm_users) || atomic_read(&space->wanted))
		return;
	WRITE_ONCE(space->number, 0);
	smp_store_release(&space->mm, NULL);
	mmdrop(mm);
}

static void ember_spaces_work(struct work_struct *work)
{
	struct ember_spaces *spaces = container_of(work, struct ember_spaces, work);
	unsigned int i;

	mutex_lock(&spaces->lock);
	for (i = 0; i < EMBER_SPACES; i++) {
		if (!READ_ONCE(spaces->space[i].number))
			continue;
		ember_space_serve(spaces, &spaces->space[i]);
		ember_space_bury(&spaces->space[i]);
	}
	mutex_unlock(&spaces->lock);
}

int ember_spaces_init(struct ember_spaces *spaces, struct ember_session *session)
{
	spaces->session = session;
	spaces->counters = &spaces->ring.head->counters;
	mutex_init(&spaces->lock);
	INIT_WORK(&spaces->work, ember_spaces_work);
	spaces->space = vzalloc(EMBER_SPACES * sizeof(*spaces->space));
	if (!spaces->space)
		return -ENOMEM;
	spaces->files = ember_files_new();
	if (!spaces->files) {
		vfree(spaces->space);
		spaces->space = NULL;
		return -ENOMEM;
	}
	return 0;
}

void ember_spaces_flush(struct ember_spaces *spaces)
{
	flush_work(&spaces->work);
}

void ember_spaces_exit(struct ember_spaces *spaces)
{
	unsigned int i;

	WRITE_ONCE(spaces->stopping, true);
	cancel_work_sync(&spaces->work);
	for (i = 0; i < EMBER_SPACES; i++) {
		struct ember_space *space = &spaces->space[i];

		if (!space->mm)
			continue;
		if (atomic_read(&space->wanted) == EMBER_SPACE_WANT_HELD)
			mmput_async(space->mm);
		mmdrop(space->mm);
	}
	ember_files_free(spaces->files);
	vfree(spaces->space);
	spaces->space = NULL;
}

int ember_spaces_module_init(void)
{
	ember_spaces_queue = alloc_workqueue("emberprof", WQ_HIGHPRI, 0);
	return ember_spaces_queue ? 0 : -ENOMEM;
}

void ember_spaces_module_exit(void)
{
	destroy_workqueue(ember_spaces_queue);
}
