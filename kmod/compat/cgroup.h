/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task's cgroup in the default hierarchy. All of it is inline in the kernel's headers: nothing
 * has to be exported. While the hierarchy isn't mounted, all tasks are in its root.
 */
#ifndef EMBER_COMPAT_CGROUP_H
#define EMBER_COMPAT_CGROUP_H

#include <linux/cgroup.h>
#include <linux/sched.h>

#ifdef CONFIG_CGROUPS
#define EMBER_CGROUPS	1

/* Under RCU, of a task that isn't freed. A css_set and all that it leads to, parents too, are
 * freed a grace period later.
 */
static inline struct cgroup *ember_task_cgroup(const struct task_struct *task)
{
	return rcu_dereference(task->cgroups)->dfl_cgrp;
}
#else
#define EMBER_CGROUPS	0

static inline struct cgroup *ember_task_cgroup(const struct task_struct *task)
{
	return NULL;
}
#endif

#endif
