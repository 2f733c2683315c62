// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults for the harness to find: each is committed when its name is written to
 * /sys/module/planted/parameters/fault, in a hard interrupt where it says so.
 *   none             an interrupt that does nothing wrong
 *   use-after-free   an interrupt reads memory that was freed
 *   sleep            an interrupt calls what may sleep
 *   inversion        two locks, taken in one order and in the other
 *   shift            an interrupt shifts by more than there is
 *   leak             memory that nothing leads to any more
 *   race             an interrupt writes what is being read
 */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static DECLARE_COMPLETION(ended);
static void (*in_interrupt_do)(void);
static int *freed;

static DEFINE_SPINLOCK(one);
static DEFINE_SPINLOCK(other);

static void nothing(void)
{
}

static void read_freed(void)
{
	READ_ONCE(*freed);
}

static void may_sleep(void)
{
	might_sleep();
}

static enum hrtimer_restart interrupt(struct hrtimer *timer)
{
	in_interrupt_do();
	complete(&ended);
	return HRTIMER_NORESTART;
}

static void from_interrupt(void (*what)(void))
{
	struct hrtimer timer;

	in_interrupt_do = what;
	reinit_completion(&ended);
	hrtimer_init_on_stack(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = interrupt;
	hrtimer_start(&timer, ns_to_ktime(100000), HRTIMER_MODE_REL_HARD);
	wait_for_completion(&ended);
	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);
}

static void take(spinlock_t *first, spinlock_t *second)
{
	spin_lock(first);
	spin_lock(second);
	spin_unlock(second);
	spin_unlock(first);
}

static void shift(void)
{
	int bits = 8 * sizeof(bits);

	OPTIMIZER_HIDE_VAR(bits);
	bits = 1 << bits;
	OPTIMIZER_HIDE_VAR(bits);
}

static int raced, seen;

/* By names that are the profiler's: of others' races the suites say nothing. */
static noinline enum hrtimer_restart ember_planted_write(struct hrtimer *timer)
{
	raced++;
	hrtimer_forward_now(timer, ns_to_ktime(100000));
	return HRTIMER_RESTART;
}

static noinline void ember_planted_read(void)
{
	unsigned long until = jiffies + 2 * HZ;
	struct hrtimer timer;

	hrtimer_init_on_stack(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = ember_planted_write;
	hrtimer_start(&timer, ns_to_ktime(100000), HRTIMER_MODE_REL_HARD);
	while (time_before(jiffies, until)) {
		WRITE_ONCE(seen, raced);
		barrier();
	}
	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);
}

static int fault_set(const char *value, const struct kernel_param *param)
{
	if (sysfs_streq(value, "none")) {
		from_interrupt(nothing);
	} else if (sysfs_streq(value, "use-after-free")) {
		freed = kmalloc(sizeof(*freed), GFP_KERNEL);
		if (!freed)
			return -ENOMEM;
		kfree(freed);
		from_interrupt(read_freed);
	} else if (sysfs_streq(value, "sleep")) {
		from_interrupt(may_sleep);
	} else if (sysfs_streq(value, "inversion")) {
		take(&one, &other);
		take(&other, &one);
	} else if (sysfs_streq(value, "shift")) {
		from_interrupt(shift);
	} else if (sysfs_streq(value, "race")) {
		ember_planted_read();
	} else if (sysfs_streq(value, "leak")) {
		return kmalloc(1000, GFP_KERNEL) ? 0 : -ENOMEM;
	} else {
		return -EINVAL;
	}
	return 0;
}

static const struct kernel_param_ops fault_ops = { .set = fault_set };
module_param_cb(fault, &fault_ops, NULL, 0200);

MODULE_LICENSE("GPL");
