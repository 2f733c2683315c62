/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints by name: of those that we need only cpu_idle's symbol is exported.
 * The prototypes must be the kernel's own to the letter (kCFI checks them), and vendors
 * backport them: the type of the kernel's own check of a probe says which it is.
 */
#ifndef EMBER_COMPAT_TRACEPOINT_H
#define EMBER_COMPAT_TRACEPOINT_H

#include <linux/build_bug.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

#include "sched.h"

#include <trace/events/irq.h>
#include <trace/events/sched.h>
#include <trace/events/timer.h>

/* Whether the tracepoint's probes have these arguments behind their data. */
#define EMBER_PROBE_HAS(event, ...)						\
	__builtin_types_compatible_p(typeof(&check_trace_callback_type_##event),	\
				     void (*)(void (*)(void *, ##__VA_ARGS__)))

/* A table's entry: the one of the two functions that has the kernel's prototype, which
 * is the first if its arguments are these.
 */
#define EMBER_PROBE_CHOOSE(event, first, second, ...)				\
	((void *)__builtin_choose_expr(EMBER_PROBE_HAS(event, __VA_ARGS__), first, second))

/* sched_switch got prev_state with 5.18; it was put at the end of the arguments later
 * in the same cycle. Before, only the task itself has it, which may be about to be woken. The
 * function's body follows, of preempt, prev, next and prev's state.
 */
#define EMBER_SCHED_SWITCH_PROBE(name)						\
	static void name(bool preempt, struct task_struct *prev,		\
			 struct task_struct *next, unsigned int state);		\
	static void __maybe_unused name##_of_state(void *data, bool preempt,	\
						   struct task_struct *prev,	\
						   struct task_struct *next,	\
						   unsigned int prev_state)	\
	{									\
		name(preempt, prev, next, prev_state);				\
	}									\
	static void __maybe_unused name##_of_tasks(void *data, bool preempt,	\
						   struct task_struct *prev,	\
						   struct task_struct *next)	\
	{									\
		name(preempt, prev, next, ember_task_state(prev));		\
	}									\
	static_assert(EMBER_PROBE_HAS(sched_switch, bool, struct task_struct *,	\
				      struct task_struct *, unsigned int) ||	\
		      EMBER_PROBE_HAS(sched_switch, bool, struct task_struct *,	\
				      struct task_struct *));			\
	static __always_inline void name(bool preempt, struct task_struct *prev,	\
					 struct task_struct *next, unsigned int state)

#define EMBER_SCHED_SWITCH(name)						\
	EMBER_PROBE_CHOOSE(sched_switch, name##_of_state, name##_of_tasks, bool,	\
			   struct task_struct *, struct task_struct *, unsigned int)

/* hrtimer_expire_entry has the time by value since 7.1. */
#define EMBER_HRTIMER_ENTRY_PROBE(name)						\
	static void name(struct hrtimer *timer);				\
	static void __maybe_unused name##_of_time(void *data, struct hrtimer *timer,	\
						  ktime_t now)			\
	{									\
		name(timer);							\
	}									\
	static void __maybe_unused name##_of_place(void *data, struct hrtimer *timer,	\
						   ktime_t *now)		\
	{									\
		name(timer);							\
	}									\
	static_assert(EMBER_PROBE_HAS(hrtimer_expire_entry, struct hrtimer *, ktime_t) ||	\
		      EMBER_PROBE_HAS(hrtimer_expire_entry, struct hrtimer *, ktime_t *));	\
	static __always_inline void name(struct hrtimer *timer)

#define EMBER_HRTIMER_ENTRY(name)						\
	EMBER_PROBE_CHOOSE(hrtimer_expire_entry, name##_of_time, name##_of_place,	\
			   struct hrtimer *, ktime_t)

/* sched_process_exit says whether it's the last thread since 6.16. */
#define EMBER_PROCESS_EXIT_PROBE(name)						\
	static void name(struct task_struct *task);				\
	static void __maybe_unused name##_of_group(void *data, struct task_struct *task, \
						   bool group_dead)		\
	{									\
		name(task);							\
	}									\
	static void __maybe_unused name##_of_task(void *data, struct task_struct *task)	\
	{									\
		name(task);							\
	}									\
	static_assert(EMBER_PROBE_HAS(sched_process_exit, struct task_struct *, bool) ||	\
		      EMBER_PROBE_HAS(sched_process_exit, struct task_struct *));	\
	static __always_inline void name(struct task_struct *task)

#define EMBER_PROCESS_EXIT(name)						\
	EMBER_PROBE_CHOOSE(sched_process_exit, name##_of_group, name##_of_task,	\
			   struct task_struct *, bool)

/* These never changed. */
static_assert(EMBER_PROBE_HAS(sched_process_exec, struct task_struct *, pid_t,
			      struct linux_binprm *));
static_assert(EMBER_PROBE_HAS(sched_waking, struct task_struct *));
static_assert(EMBER_PROBE_HAS(hrtimer_expire_exit, struct hrtimer *));
static_assert(EMBER_PROBE_HAS(irq_handler_entry, int, struct irqaction *));
static_assert(EMBER_PROBE_HAS(irq_handler_exit, int, struct irqaction *, int));
static_assert(EMBER_PROBE_HAS(softirq_entry, unsigned int));
static_assert(EMBER_PROBE_HAS(softirq_exit, unsigned int));

#endif
