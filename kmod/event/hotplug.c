// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events follow the CPUs. START puts a session into a list and starts its events on each
 * CPU by an interrupt, STOP takes it out and stops them so; a CPU that comes starts
 * those of the list, one that goes stops all that it has. So neither START nor STOP waits
 * for a thread of another CPU, which a real-time task there may keep from running.
 */
#include <linux/cpuhotplug.h>
#include <linux/list.h>
#include <linux/random.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "../sample/session_state.h"
#include "counters.h"
#include "event.h"

/* What runs on this CPU. */
struct ember_here {
	unsigned int nr;
	bool down; /* the CPU goes off line: nothing starts */
	struct ember_cpu *cpu[EMBER_SESSIONS_MAX];
};
static DEFINE_PER_CPU(struct ember_here, ember_here);

static int ember_hotplug_state = -1;

/* Raw, with interrupts off: its holder can't be preempted. */
static DEFINE_RAW_SPINLOCK(ember_hotplug_lock);
static LIST_HEAD(ember_hotplug_sessions);

static void ember_start_here(struct ember_cpu *ec)
{
	struct ember_here *here = this_cpu_ptr(&ember_here);

	if (ec->running || WARN_ON_ONCE(here->nr == EMBER_SESSIONS_MAX))
		return;
	here->cpu[here->nr++] = ec;
	ember_events_start_here(ec);
}

static void ember_stop_here(struct ember_cpu *ec)
{
	struct ember_here *here = this_cpu_ptr(&ember_here);
	unsigned int i;

	if (!ec->running)
		return;
	ember_events_stop_here(ec);
	for (i = 0; i < here->nr; i++)
		if (here->cpu[i] == ec)
			here->cpu[i] = here->cpu[--here->nr];
}

/* On the CPU that comes. */
static int ember_hotplug_online(unsigned int cpu)
{
	struct ember_session *s;
	unsigned long flags;

	ember_counters_online(cpu);
	raw_spin_lock_irqsave(&ember_hotplug_lock, flags);
	this_cpu_write(ember_here.down, false);
	list_for_each_entry(s, &ember_hotplug_sessions, running)
		if (s->cpu[cpu])
			ember_start_here(s->cpu[cpu]);
	raw_spin_unlock_irqrestore(&ember_hotplug_lock, flags);
	return 0;
}

/*
 * On the CPU that goes, before its timers migrate. Not by the list: a session that STOP
 * took out of it may run here still, and waits until this is over.
 */
static int ember_hotplug_offline(unsigned int cpu)
{
	struct ember_here *here;
	unsigned long flags;

	local_irq_save(flags);
	here = this_cpu_ptr(&ember_here);
	here->down = true;
	while (here->nr)
		ember_stop_here(here->cpu[0]);
	local_irq_restore(flags);
	ember_counters_offline(cpu);
	return 0;
}

/* Interrupts off, on a CPU of the session's. */
static void ember_hotplug_start(void *session)
{
	const struct ember_session *s = session;

	/* One that goes down past its offline callback starts nothing any more. */
	if (!this_cpu_read(ember_here.down))
		ember_start_here(s->cpu[smp_processor_id()]);
}

static void ember_hotplug_stop(void *session)
{
	const struct ember_session *s = session;

	ember_stop_here(s->cpu[smp_processor_id()]);
}

void ember_hotplug_add(struct ember_session *s)
{
	const struct ember_session *other;
	unsigned long taken = 0;
	unsigned int cpu;

	/* Its lock may sleep on PREEMPT_RT: before interrupts are off. */
	for_each_cpu(cpu, s->cpus)
		s->cpu[cpu]->seed = s->flags & EMBER_CONFIG_NO_JITTER ? 0 :
									get_random_u32() | 1;
	raw_spin_lock_irq(&ember_hotplug_lock);
	list_for_each_entry(other, &ember_hotplug_sessions, running)
		taken |= 1UL << other->phase;
	s->phase = ffz(taken);
	list_add_tail(&s->running, &ember_hotplug_sessions);
	raw_spin_unlock_irq(&ember_hotplug_lock);
	on_each_cpu_mask(s->cpus, ember_hotplug_start, s, true);
}

void ember_hotplug_remove(struct ember_session *s)
{
	raw_spin_lock_irq(&ember_hotplug_lock);
	list_del(&s->running);
	raw_spin_unlock_irq(&ember_hotplug_lock);
	on_each_cpu_mask(s->cpus, ember_hotplug_stop, s, true);
}

int ember_hotplug_init(void)
{
	/* Nobody needs to be called: there's no session yet. */
	int state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "emberprof:tick",
					      ember_hotplug_online, ember_hotplug_offline);

	if (state < 0)
		return state;
	ember_hotplug_state = state;
	return 0;
}

void ember_hotplug_exit(void)
{
	cpuhp_remove_state_nocalls(ember_hotplug_state);
}
