// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growth: bytes that became resident, by who touched them. The kernel reports each change of a
 * process's counters by the tracepoint rss_stat, but not by how much: what was there at the
 * last report is kept for each process. The tracepoint fires below the page table's lock and
 * has no registers, so a hard timer that has expired already takes the sample: its interrupt
 * finds the registers of the fault that is on its way back.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <asm/irq_regs.h>

#include "../compat/hrtimer.h"
#include "../compat/rss.h"
#include "../base/clock.h"
#include "../base/counter.h"
#include "../base/probes.h"
#include "../sample/sample.h"
#include "../sample/record.h"
#include "../sample/ticks.h"
#include "event.h"
#include "growth.h"

/* Processes whose counters are known; a bucket's worth of them per hash. */
#define EMBER_GROWTH_BITS  7
#define EMBER_GROWTH_WAYS  4
#define EMBER_GROWTH_SLOTS (EMBER_GROWTH_WAYS << EMBER_GROWTH_BITS)
#define EMBER_GROWTH_KINDS 3

/*
 * No report is of more pages: 64 faults of a thread before 6.2, each of 16 pages around a
 * file's, or a huge page. What is more comes of a slot that changed hands.
 */
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
#define EMBER_GROWTH_MOST (64 * 16 + HPAGE_PMD_NR)
#else
#define EMBER_GROWTH_MOST (64 * 16)
#endif
#define EMBER_GROWTH_UNKNOWN LONG_MIN

struct ember_growth_mm {
	const struct mm_struct *mm; /* compared only; NULL: free */
	atomic_long_t pages[EMBER_GROWTH_KINDS]; /* at the last report */
};

static DEFINE_MUTEX(ember_growth_lock);
static unsigned int ember_growth_users;
/* [EMBER_GROWTH_SLOTS], until the module goes; NULL: never used. */
static struct ember_growth_mm *ember_growth_table;

/* One CPU's. */
struct ember_growth {
	struct ember_growth_mm *slot; /* of the process that was reported last here */
	struct hrtimer timer;
	unsigned int nr;
	struct ember_event_cpu *event[EMBER_SESSIONS_MAX];
};
static DEFINE_PER_CPU(struct ember_growth, ember_growth);

/* By the kernel's number: what is counted, + 1. */
static const u8 ember_growth_kinds[NR_MM_COUNTERS] = {
	[MM_ANONPAGES] = 1 + EMBER_GROWTH_ANON,
	[MM_FILEPAGES] = 1 + EMBER_GROWTH_FILE,
	[MM_SHMEMPAGES] = 1 + EMBER_GROWTH_SHARED,
};

static bool ember_growth_gone(const struct ember_growth_mm *slot)
{
	unsigned int kind;

	for (kind = 0; kind < EMBER_GROWTH_KINDS; kind++)
		if (atomic_long_read(&slot->pages[kind]) > 0)
			return false;
	return true;
}

/* Another process takes a slot: of one that has ended, or of any. */
static struct ember_growth_mm *ember_growth_claim(struct ember_growth_mm *bucket,
						  const struct mm_struct *mm)
{
	struct ember_growth_mm *slot = bucket;
	unsigned int i;

	for (i = 0; i < EMBER_GROWTH_WAYS; i++)
		if (!READ_ONCE(bucket[i].mm) || ember_growth_gone(&bucket[i]))
			break;
	slot += i < EMBER_GROWTH_WAYS ? i : (unsigned int)jiffies % EMBER_GROWTH_WAYS;
	for (i = 0; i < EMBER_GROWTH_KINDS; i++)
		atomic_long_set(&slot->pages[i], EMBER_GROWTH_UNKNOWN);
	/* Pairs with the address dependency of who finds it. */
	smp_store_release(&slot->mm, mm);
	return slot;
}

/* Of no process. */
static struct ember_growth_mm ember_growth_nobody;

static noinline struct ember_growth_mm *ember_growth_find(const struct mm_struct *mm)
{
	struct ember_growth_mm *bucket, *slot;

	bucket = ember_growth_table +
		 hash_ptr((void *)mm, EMBER_GROWTH_BITS) * EMBER_GROWTH_WAYS;
	for (slot = bucket; slot < bucket + EMBER_GROWTH_WAYS; slot++)
		if (READ_ONCE(slot->mm) == mm)
			return slot;
	return ember_growth_claim(bucket, mm);
}

static noinline void ember_growth_take(struct ember_growth *growth,
				       struct ember_event_cpu *event, u64 weight, u32 kind)
{
	unsigned long flags;

	local_irq_save(flags);
	ember_event_pend(event, current, weight);
	event->detail = kind;
	/* Not one that STOP has reached while interrupts were on. */
	if (growth->nr && !hrtimer_is_queued(&growth->timer))
		hrtimer_start(&growth->timer, 0, HRTIMER_MODE_ABS_PINNED_HARD);
	local_irq_restore(flags);
}

/* Others change a process's pages when they fork, swap or take it down. */
static bool ember_growth_own(const struct mm_struct *mm)
{
	return mm == current->mm && !(current->flags & PF_KTHREAD);
}

/*
 * At each report, of which there is one a page fault: preemption off, so that the session's
 * events stay (RCU) and what they lay on the marks is this CPU's.
 */
EMBER_RSS_PROBE(ember_rss_stat)
{
	unsigned int kind = ember_growth_kinds[member];
	struct ember_growth_mm *slot;
	struct ember_growth *growth;
	unsigned long pages;
	unsigned int i;

	if (!kind-- || !READ_ONCE(ember_growth_users))
		return;
	preempt_disable_notrace();
	growth = this_cpu_ptr(&ember_growth);
	slot = growth->slot;
	if (unlikely(READ_ONCE(slot->mm) != mm))
		growth->slot = slot = ember_growth_find(mm);
	pages = ember_rss_pages();
	pages -= (unsigned long)atomic_long_xchg(&slot->pages[kind], pages);
	/* Less than nothing, and more than what wasn't known, are very much. */
	if (pages - 1 < EMBER_GROWTH_MOST && ember_growth_own(mm)) {
		u64 bytes = (u64)pages << PAGE_SHIFT;

		for (i = 0; i < READ_ONCE(growth->nr); i++) {
			struct ember_event_cpu *event = READ_ONCE(growth->event[i]);

			if (ember_event_lay(event, bytes))
				ember_growth_take(growth, event, ember_event_due(event, bytes),
						  kind);
		}
	}
	preempt_enable_notrace();
}

static void ember_growth_sample(struct ember_event_cpu *event)
{
	unsigned long begun = ember_counter();
	const struct ember_sample_context sample = {
		.task = current,
		.regs = get_irq_regs(),
		.time = ember_clock(),
		.event = event,
		.weight = event->pending,
		.detail = event->detail,
	};

	/* Interrupts were off for so long that another task runs. */
	ember_event_sample(&sample, begun, !sample.regs || event->task != sample.task);
}

static enum hrtimer_restart ember_growth_timer(struct hrtimer *timer)
{
	struct ember_growth *growth = this_cpu_ptr(&ember_growth);
	unsigned int i;

	ember_tick_interrupt(timer);
	for (i = 0; i < growth->nr; i++)
		if (growth->event[i]->pending)
			ember_growth_sample(growth->event[i]);
	return HRTIMER_NORESTART;
}

static void ember_growth_start(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	struct ember_growth *growth = this_cpu_ptr(&ember_growth);

	event->pending = 0;
	if (!WARN_ON_ONCE(growth->nr == EMBER_SESSIONS_MAX))
		growth->event[growth->nr++] = event;
}

static void ember_growth_stop(struct ember_cpu *ec, struct ember_event_cpu *event)
{
	struct ember_growth *growth = this_cpu_ptr(&ember_growth);
	unsigned int i;

	ember_event_drop(event);
	for (i = 0; i < growth->nr; i++)
		if (growth->event[i] == event)
			growth->event[i] = growth->event[--growth->nr];
	if (!growth->nr)
		hrtimer_try_to_cancel(&growth->timer);
}

struct ember_probe ember_growth_probes[] = {
	{ "rss_stat", ember_rss_stat },
	{},
};

/* Without high resolution a timer expires at the next tick, elsewhere. */
static bool ember_growth_available(void)
{
	return ember_growth_probes[0].tp &&
	       ember_hrtimer_high(&raw_cpu_ptr(&ember_growth)->timer);
}

/* Processes have changed unseen while there was no session. */
static int ember_growth_attach(void)
{
	unsigned int i, kind;

	for (i = 0; i < EMBER_GROWTH_SLOTS; i++)
		for (kind = 0; kind < EMBER_GROWTH_KINDS; kind++)
			atomic_long_set(&ember_growth_table[i].pages[kind],
					EMBER_GROWTH_UNKNOWN);
	return ember_probes_demand(ember_growth_probes);
}

static int ember_growth_init(void)
{
	int err = 0;

	mutex_lock(&ember_growth_lock);
	if (!ember_growth_table)
		ember_growth_table =
			kcalloc(EMBER_GROWTH_SLOTS, sizeof(*ember_growth_table), GFP_KERNEL);
	if (!ember_growth_table)
		err = -ENOMEM;
	else if (!ember_growth_users)
		err = ember_growth_attach();
	WRITE_ONCE(ember_growth_users, ember_growth_users + !err);
	mutex_unlock(&ember_growth_lock);
	return err;
}

/* The probe stays attached, and does nothing, until all are detached: see probes.c. */
static void ember_growth_exit(void)
{
	mutex_lock(&ember_growth_lock);
	WRITE_ONCE(ember_growth_users, ember_growth_users - 1);
	mutex_unlock(&ember_growth_lock);
}

void ember_growth_module_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct ember_growth *growth = per_cpu_ptr(&ember_growth, cpu);

		growth->slot = &ember_growth_nobody;
		ember_hrtimer_setup(&growth->timer, ember_growth_timer);
	}
}

void ember_growth_module_exit(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu_ptr(&ember_growth, cpu)->timer);
	kfree(ember_growth_table);
}

const struct ember_event_ops ember_growth_event = {
	.name = "growth",
	.type = EMBER_EVENT_GROWTH,
	.unit = EMBER_UNIT_BYTES,
	.feature = EMBER_FEATURE_GROWTH,
	.available = ember_growth_available,
	.init = ember_growth_init,
	.exit = ember_growth_exit,
	.start = ember_growth_start,
	.stop = ember_growth_stop,
};
