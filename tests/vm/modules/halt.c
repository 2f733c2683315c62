// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stops a process by a signal at each instant at which emberprof has sampled it in user
 * mode: the signal is queued in the timer's interrupt, so the process stands where it was
 * interrupted when it is delivered. For debuggers to say what its stack was.
 *   pid=N     which one; 0: none
 *   halted    how many times it was, to be read
 */
#include <linux/hrtimer.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <asm/irq_regs.h>

static int pid;
module_param(pid, int, 0644);
static unsigned long halted;
module_param(halted, ulong, 0444);

static struct tracepoint *expired;
static enum hrtimer_restart (*ticks)(struct hrtimer *timer);

static bool ours(struct hrtimer *timer)
{
	char name[KSYM_SYMBOL_LEN];

	if (!ticks && sprint_symbol(name, (unsigned long)timer->function) > 0 &&
	    strstr(name, "[emberprof]"))
		ticks = timer->function;
	return ticks && timer->function == ticks;
}

static void after(void *unused, struct hrtimer *timer)
{
	struct pt_regs *regs = get_irq_regs();

	if (!pid || current->tgid != pid || !regs || !user_mode(regs) || !ours(timer))
		return;
	halted++;
	send_sig(SIGSTOP, current, 1);
}

static void find(struct tracepoint *t, void *unused)
{
	if (!strcmp(t->name, "hrtimer_expire_exit"))
		expired = t;
}

static int __init halt_init(void)
{
	for_each_kernel_tracepoint(find, NULL);
	return expired ? tracepoint_probe_register(expired, after, NULL) : -ENOENT;
}

static void __exit halt_exit(void)
{
	tracepoint_probe_unregister(expired, after, NULL);
	tracepoint_synchronize_unregister();
}

module_init(halt_init);
module_exit(halt_exit);
MODULE_DESCRIPTION("Stops a process where emberprof sampled it");
MODULE_LICENSE("GPL");
