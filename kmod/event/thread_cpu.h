/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread that runs: its sample, by an interrupt to the CPU that it runs on. */
#ifndef EMBER_THREAD_CPU_H
#define EMBER_THREAD_CPU_H

#include <linux/types.h>

struct ember_cpu;
struct ember_event_cpu;
struct ember_session;
struct task_struct;

/* What became of a thread. */
enum ember_thread_taken {
	EMBER_THREAD_WRITTEN,
	EMBER_THREAD_AGAIN,		/* it ran meanwhile, or ran no longer */
	EMBER_THREAD_UNREACHED,		/* its CPU took no interrupt */
	EMBER_THREAD_FULL,		/* the ring has no room */
	EMBER_THREAD_STOPPED,		/* the session has */
	EMBER_THREAD_VANISHED,		/* the thread has ended, */
	EMBER_THREAD_FILTERED,		/* or isn't wanted */
};

/* Return the session's event on this CPU, or NULL with *why where it has stopped or is full. */
struct ember_event_cpu *ember_thread_event(struct ember_session *s,
					   enum ember_thread_taken *why);

/*
 * Write the sample of a task that runs on @cpu and has been there for @ns. One call at a time;
 * may sleep, for 20 ms and what a walk takes.
 */
enum ember_thread_taken ember_thread_running(struct ember_session *s, struct task_struct *task,
					     int cpu, u64 ns);

void ember_thread_cpu_init(void);
/* Wait until no interrupt is on its way. */
void ember_thread_cpu_exit(void);

#endif
