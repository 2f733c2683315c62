// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/sched/signal.h>
#include <linux/workqueue.h>

#include "../compat/tracepoint.h"
#include "exits.h"
#include "../base/queue.h"
#include "../base/probes.h"

/* By then who exits has let go of its memory. */
#define EMBER_EXITS_JIFFIES  (HZ / 2)
#define EMBER_EXPECT_JIFFIES HZ

/* So many in a row aren't waited for. */
#define EMBER_EXITS_MANY 64

static atomic_t ember_exits_nr;
static void (*ember_exits_reap)(void);

static void ember_exits_work(struct work_struct *work)
{
	ember_exits_reap();
}

/* Its timer wakes an idle CPU: there's something to be given back. */
static DECLARE_DELAYED_WORK(ember_exits_late, ember_exits_work);

static void ember_exits_count(void)
{
	if (atomic_inc_return(&ember_exits_nr) % EMBER_EXITS_MANY)
		queue_delayed_work(ember_away_queue, &ember_exits_late, EMBER_EXITS_JIFFIES);
	else
		mod_delayed_work(ember_away_queue, &ember_exits_late, 0);
}

EMBER_PROCESS_EXIT_PROBE(ember_process_exit)
{
	if (!(task->flags & PF_KTHREAD) && !atomic_read(&task->signal->live))
		ember_exits_count();
}

static void ember_process_exec(void *data, struct task_struct *task, pid_t old_pid,
			       struct linux_binprm *bprm)
{
	ember_exits_count();
}

struct ember_probe ember_exit_probes[] = {
	{ "sched_process_exit", EMBER_PROCESS_EXIT(ember_process_exit) },
	{ "sched_process_exec", ember_process_exec },
	{},
};

bool ember_exits_known(void)
{
	return ember_exit_probes[0].attached && ember_exit_probes[1].attached;
}

u32 ember_exits(void)
{
	return atomic_read(&ember_exits_nr);
}

void ember_exits_expect(void)
{
	if (!ember_exits_known())
		queue_delayed_work(ember_away_queue, &ember_exits_late, EMBER_EXPECT_JIFFIES);
}

void ember_exits_init(void (*reap)(void))
{
	ember_exits_reap = reap;
}

void ember_exits_exit(void)
{
	cancel_delayed_work_sync(&ember_exits_late);
}
