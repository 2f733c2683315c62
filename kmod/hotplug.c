// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tick follows the CPUs. A running session is an instance of one hotplug
 * state: adding it starts the tick on each CPU that is on line, removing it stops
 * it there, and in between the kernel calls us for every CPU that comes or goes.
 * The callbacks run on the CPU in question.
 */
#include <linux/cpuhotplug.h>
#include <linux/random.h>

#include "tick.h"

static int ember_hotplug_state = -1;

static struct ember_cpu *ember_hotplug_cpu(unsigned int cpu, struct hlist_node *node)
{
	return hlist_entry(node, struct ember_session, hotplug)->cpu[cpu];
}

static int ember_hotplug_online(unsigned int cpu, struct hlist_node *node)
{
	struct ember_cpu *ec = ember_hotplug_cpu(cpu, node);
	unsigned long flags;
	u32 seed = 0;

	if (!ec)
		return 0;
	/* Its lock may sleep on PREEMPT_RT: before interrupts are off. */
	if (!(ec->session->flags & EMBER_CONFIG_NO_JITTER))
		seed = get_random_u32() | 1;
	local_irq_save(flags);
	ember_tick_start_here(ec, seed);
	local_irq_restore(flags);
	return 0;
}

/* Before the CPU's timers migrate. */
static int ember_hotplug_offline(unsigned int cpu, struct hlist_node *node)
{
	struct ember_cpu *ec = ember_hotplug_cpu(cpu, node);
	unsigned long flags;

	if (!ec)
		return 0;
	local_irq_save(flags);
	ember_tick_stop_here(ec);
	local_irq_restore(flags);
	/* Not queued any more; waits if another CPU still says it runs. */
	hrtimer_cancel(&ec->timer);
	ec->armed = false;
	ember_idle_exit(ec);
	return 0;
}

int ember_hotplug_add(struct ember_session *s)
{
	return cpuhp_state_add_instance(ember_hotplug_state, &s->hotplug);
}

void ember_hotplug_remove(struct ember_session *s)
{
	cpuhp_state_remove_instance(ember_hotplug_state, &s->hotplug);
}

int ember_hotplug_init(void)
{
	int state = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, "emberprof:tick",
					    ember_hotplug_online, ember_hotplug_offline);

	if (state < 0)
		return state;
	ember_hotplug_state = state;
	return 0;
}

void ember_hotplug_exit(void)
{
	cpuhp_remove_multi_state(ember_hotplug_state);
}
