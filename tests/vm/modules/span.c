// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long the profiler's own ticks take in one interrupt: from each callback's entry to
 * its exit, added up over what one hrtimer interrupt runs. /sys/module/span/parameters:
 *   longest_ns   the most that one interrupt took; written, it begins again
 *   together     the most of them that one interrupt ran
 *   ticks        all of them
 */
#include <linux/hrtimer.h>
#if __has_include(<linux/hrtimer_bases.h>)
#include <linux/hrtimer_bases.h>
#endif
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>

static ulong longest_ns;
module_param(longest_ns, ulong, 0644);
static uint together;
module_param(together, uint, 0644);
static ulong ticks;
module_param(ticks, ulong, 0444);

struct span {
	u32 interrupt;
	unsigned int ticks;
	u64 begun, took;
	const void *callback; /* in it */
};
static DEFINE_PER_CPU(struct span, spans);

static struct tracepoint *entry, *leave;
static const void *tick; /* ember_tick(), once it was seen */

static bool is_tick(const void *function)
{
	char name[64];

	if (function == tick)
		return true;
	snprintf(name, sizeof(name), "%ps", function);
	if (strncmp(name, "ember_tick", 10))
		return false;
	tick = function;
	return true;
}

static void at_entry(void *data, struct hrtimer *timer, ktime_t *now)
{
	struct span *span = this_cpu_ptr(&spans);
	u32 interrupt = timer->base->cpu_base->nr_events;

	if (!is_tick(timer->function))
		return;
	if (span->interrupt != interrupt) {
		span->interrupt = interrupt;
		span->took = 0;
		span->ticks = 0;
	}
	span->callback = timer;
	span->begun = ktime_get_mono_fast_ns();
}

static void at_leave(void *data, struct hrtimer *timer)
{
	struct span *span = this_cpu_ptr(&spans);

	if (span->callback != timer)
		return;
	span->took += ktime_get_mono_fast_ns() - span->begun;
	span->callback = NULL;
	ticks++;
	together = max(together, ++span->ticks);
	longest_ns = max_t(ulong, longest_ns, span->took);
}

static void find(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "hrtimer_expire_entry"))
		entry = tp;
	else if (!strcmp(tp->name, "hrtimer_expire_exit"))
		leave = tp;
}

static int __init span_init(void)
{
	int err;

	for_each_kernel_tracepoint(find, NULL);
	if (!entry || !leave)
		return -ENOENT;
	err = tracepoint_probe_register(entry, at_entry, NULL);
	if (err)
		return err;
	err = tracepoint_probe_register(leave, at_leave, NULL);
	if (err) {
		tracepoint_probe_unregister(entry, at_entry, NULL);
		tracepoint_synchronize_unregister();
	}
	return err;
}

static void __exit span_exit(void)
{
	tracepoint_probe_unregister(leave, at_leave, NULL);
	tracepoint_probe_unregister(entry, at_entry, NULL);
	tracepoint_synchronize_unregister();
}

module_init(span_init);
module_exit(span_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("For tests: how long the profiler's ticks take in one interrupt");
