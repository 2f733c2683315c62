// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps exiting threads between release_task() and their end. A thread whose name begins
 * with "linger" sleeps there until it may go on, then works in the kernel for a while.
 *   held     how many sleep, to be read
 *   go       1: they go on
 *   work_ms  for so long each
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

static int held;
module_param(held, int, 0444);
static bool go;
module_param(go, bool, 0644);
static unsigned int work_ms = 1000;
module_param(work_ms, uint, 0444);

static atomic_t sleeping = ATOMIC_INIT(0);

/* In place of the function that the probe is on, called by do_exit(). */
static noinline void linger(struct task_struct *task)
{
	u64 until;

	WARN_ON(pid_alive(current));
	WRITE_ONCE(held, atomic_inc_return(&sleeping));
	while (!READ_ONCE(go))
		msleep(10);
	until = ktime_get_mono_fast_ns() + work_ms * 1000000ULL;
	while (ktime_get_mono_fast_ns() < until)
		cond_resched();
	WRITE_ONCE(held, atomic_dec_return(&sleeping));
}

static int before(struct kprobe *probe, struct pt_regs *regs)
{
	if (strncmp(current->comm, "linger", 6))
		return 0;
	instruction_pointer_set(regs, (unsigned long)linger);
	return 1;
}

/* A probe that has one may change where execution goes on. */
static void after(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

/* The first that do_exit() calls of a thread that nobody waits for and is released. */
static struct kprobe probe = {
	.symbol_name = "proc_exit_connector",
	.pre_handler = before,
	.post_handler = after,
};

static int __init linger_init(void)
{
	return register_kprobe(&probe);
}

static void __exit linger_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(linger_init);
module_exit(linger_exit);
MODULE_DESCRIPTION("For tests: tasks that run after they have been released");
MODULE_LICENSE("GPL");
