/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tasks a session samples. */
#ifndef EMBER_FILTER_H
#define EMBER_FILTER_H

#include <linux/types.h>

#include "../core/uapi.h"

struct ember_threadmap;
struct pid;
struct task_struct;

struct ember_filter {
	u32 kind;		/* EMBER_FILTER_* */
	u32 nr;
	u32 shift;		/* 1 << shift slots, twice as many as ids at least */
	struct pid **slot;	/* by hash; referenced: a wrapped pid is another one */
	struct pid *owner;	/* not sampled when it's the root of a tree */
};

/* ids: user pointer to __u32[nr], in the caller's pid namespace. 0, -EINVAL,
 * -EFAULT, -ESRCH (no such process or thread), -ENOMEM.
 */
int ember_filter_init(struct ember_filter *filter, u32 kind, u64 ids, u32 nr);
void ember_filter_exit(struct ember_filter *filter);

/* Hard interrupt context. Whether the task is asked for: decided once per task by
 * the caller, as it walks the task's ancestors up to one that `known` has the answer of.
 */
bool ember_filter_wants(const struct ember_filter *filter, struct task_struct *task,
			const struct ember_threadmap *known);

#endif
