/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tasks a session samples. */
#ifndef EMBER_FILTER_H
#define EMBER_FILTER_H

#include <linux/types.h>

#include "../base/uapi.h"

struct pid;
struct task_struct;

struct ember_filter {
	u32 kind;		/* EMBER_FILTER_* */
	u32 nr;
	u32 shift;		/* 1 << shift slots, twice as many as ids at least */
	struct pid **slot;	/* by hash; referenced: a wrapped pid is another one */
	u64 *cgroup;		/* by hash, in place of slots; 0: free */
	struct pid *owner;	/* not sampled when it's the root of a tree */
};

/* ids: user pointer to __u32[nr], in the caller's pid namespace; of cgroups to __u64[nr].
 * 0, -EINVAL, -EFAULT, -ESRCH (no such process or thread), -EOPNOTSUPP, -ENOMEM.
 */
int ember_filter_init(struct ember_filter *filter, u32 kind, u64 ids, u32 nr);
void ember_filter_exit(struct ember_filter *filter);

/* Hard interrupt context. Return true if the filter names this process or thread. */
bool ember_filter_names(const struct ember_filter *filter, struct pid *pid);
/* Hard interrupt context. Return true if the task is asked for by a filter of any kind but
 * EMBER_FILTER_TREE, whose answers for ancestors the thread map keeps.
 */
bool ember_filter_wants(const struct ember_filter *filter, struct task_struct *task);
/* The low half of the id of the task's cgroup, so that a move is seen; 0 if the filter
 * doesn't ask for cgroups.
 */
u32 ember_filter_cgroup(const struct ember_filter *filter, const struct task_struct *task);

#endif
