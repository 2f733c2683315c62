// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "filter.h"
#include "../compat/cgroup.h"

/* Cgroups that are nested deeper match nothing. */
#define EMBER_LEVELS_MAX 128

/* Where a pid is, or the free slot that ends the search for it: half of them are. */
static struct pid **ember_filter_slot(const struct ember_filter *filter, struct pid *pid)
{
	u32 mask = (1U << filter->shift) - 1, at = hash_ptr(pid, filter->shift);

	while (filter->slot[at] && filter->slot[at] != pid)
		at = (at + 1) & mask;
	return &filter->slot[at];
}

bool ember_filter_names(const struct ember_filter *filter, struct pid *pid)
{
	return pid && *ember_filter_slot(filter, pid);
}

/* Takes the reference over. */
static void ember_filter_add(struct ember_filter *filter, struct pid *pid)
{
	struct pid **slot = ember_filter_slot(filter, pid);

	filter->nr++;
	if (*slot)
		put_pid(pid);
	else
		*slot = pid;
}

/* Where an id is, or the free slot that ends the search for it. */
static u64 *ember_filter_cgroup_slot(const struct ember_filter *filter, u64 id)
{
	u32 mask = (1U << filter->shift) - 1, at = hash_64(id, filter->shift);

	while (filter->cgroup[at] && filter->cgroup[at] != id)
		at = (at + 1) & mask;
	return &filter->cgroup[at];
}

/* An id that no cgroup has matches nothing: none is looked up, and none is held. */
static int ember_filter_init_cgroups(struct ember_filter *filter, u64 ids, u32 nr)
{
	u64 *id;
	u32 i;
	int err = 0;

	if (!EMBER_CGROUPS)
		return -EOPNOTSUPP;
	id = memdup_user(u64_to_user_ptr(ids), nr * sizeof(*id));
	if (IS_ERR(id))
		return PTR_ERR(id);
	filter->shift = ilog2(nr) + 2;
	filter->cgroup = kcalloc(1UL << filter->shift, sizeof(*filter->cgroup), GFP_KERNEL);
	if (!filter->cgroup)
		err = -ENOMEM;
	for (i = 0; i < nr && !err; i++) {
		if (id[i])
			*ember_filter_cgroup_slot(filter, id[i]) = id[i];
		else
			err = -EINVAL;
	}
	filter->nr = nr;
	if (err)
		ember_filter_exit(filter);
	kfree(id);
	return err;
}

int ember_filter_init(struct ember_filter *filter, u32 kind, u64 ids, u32 nr)
{
	u32 *id;
	u32 i;
	int err = 0;

	if (kind > EMBER_FILTER_CGROUP || nr > EMBER_IDS_MAX || !nr != !kind || (!kind && ids))
		return -EINVAL;
	filter->kind = kind;
	filter->nr = 0;
	if (!nr)
		return 0;
	if (kind == EMBER_FILTER_CGROUP)
		return ember_filter_init_cgroups(filter, ids, nr);
	id = memdup_user(u64_to_user_ptr(ids), nr * sizeof(*id));
	if (IS_ERR(id))
		return PTR_ERR(id);
	filter->shift = ilog2(nr) + 2;
	filter->slot = kcalloc(1UL << filter->shift, sizeof(*filter->slot), GFP_KERNEL);
	if (!filter->slot) {
		err = -ENOMEM;
		goto free_ids;
	}
	for (i = 0; i < nr; i++) {
		enum pid_type type = kind == EMBER_FILTER_THREADS ? PIDTYPE_PID : PIDTYPE_TGID;
		struct pid *pid = id[i] <= INT_MAX ? find_get_pid(id[i]) : NULL;
		struct task_struct *task;

		rcu_read_lock();
		task = pid_task(pid, type);
		rcu_read_unlock();
		if (!task) {
			put_pid(pid);
			err = -ESRCH;
			break;
		}
		ember_filter_add(filter, pid);
	}
	filter->owner = get_pid(task_tgid(current));
	if (err)
		ember_filter_exit(filter);
free_ids:
	kfree(id);
	return err;
}

void ember_filter_exit(struct ember_filter *filter)
{
	u32 i;

	for (i = 0; filter->slot && i < 1U << filter->shift; i++)
		put_pid(filter->slot[i]);
	kfree(filter->slot);
	kfree(filter->cgroup);
	put_pid(filter->owner);
	filter->nr = 0;
	filter->slot = NULL;
	filter->cgroup = NULL;
	filter->owner = NULL;
}

u32 ember_filter_cgroup(const struct ember_filter *filter, const struct task_struct *task)
{
	u32 id;

	if (filter->kind != EMBER_FILTER_CGROUP)
		return 0;
	rcu_read_lock();
	id = cgroup_id(ember_task_cgroup(task));
	rcu_read_unlock();
	return id;
}

/* Up from the task's cgroup to the root. */
static bool ember_filter_member(const struct ember_filter *filter,
				const struct task_struct *task)
{
	struct cgroup *cgroup;
	bool wants = false;
	unsigned int i;

	rcu_read_lock();
	cgroup = ember_task_cgroup(task);
	for (i = 0; i < EMBER_LEVELS_MAX && cgroup && !wants; i++) {
		wants = *ember_filter_cgroup_slot(filter, cgroup_id(cgroup));
		cgroup = cgroup_parent(cgroup);
	}
	rcu_read_unlock();
	return wants;
}

bool ember_filter_wants(const struct ember_filter *filter, struct task_struct *task)
{
	switch (filter->kind) {
	case EMBER_FILTER_PROCESSES:
		return ember_filter_names(filter, task_tgid(task));
	case EMBER_FILTER_THREADS:
		return ember_filter_names(filter, task_pid(task));
	case EMBER_FILTER_CGROUP:
		return ember_filter_member(filter, task);
	}
	return true;
}
