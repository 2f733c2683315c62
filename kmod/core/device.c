// SPDX-License-Identifier: GPL-2.0-only
/* /dev/emberprof: who may open it, and the way from a call to a session. */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/pid_namespace.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "adopt.h"
#include "config.h"
#include "copy.h"
#include "device.h"
#include "mapping.h"
#include "session.h"
#include "sessions.h"
#include "status.h"
#include "../sample/throttle.h"
#include "../event/event.h"
#include "../event/threads.h"

/* The first published size of each struct: callers never pass less. */
#define EMBER_QUERY_SIZE_1   sizeof(struct ember_query)
#define EMBER_CONFIG_SIZE_1  sizeof(struct ember_config)
#define EMBER_UNWIND_SIZE_1  sizeof(struct ember_unwind)
#define EMBER_ADOPT_SIZE_1   sizeof(struct ember_adopt)
#define EMBER_BUDGET_SIZE_1  sizeof(struct ember_cpu_budget)
#define EMBER_THREADS_SIZE_1 sizeof(struct ember_thread_list)

/* An open file's. A session that it adopted takes the place of its own, which stays until the
 * last close: a call may be at it still.
 */
struct ember_open {
	struct ember_session *own;
	struct ember_session *session; /* written with own->lock held */
};

static bool ember_capable(void)
{
#ifdef CAP_PERFMON
	return perfmon_capable();
#else
	return capable(CAP_SYS_ADMIN);
#endif
}

static int ember_open(struct inode *inode, struct file *file)
{
	struct ember_session *s;
	struct ember_open *o;
	int err;

	if (!ember_capable())
		return -EPERM;
	err = security_locked_down(LOCKDOWN_PERF);
	if (err)
		return err;
	o = kmalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return -ENOMEM;
	s = ember_session_new(task_tgid(current), task_active_pid_ns(current));
	if (IS_ERR(s)) {
		kfree(o);
		return PTR_ERR(s);
	}
	*o = (struct ember_open){ .own = s, .session = s };
	file->private_data = o;
	return nonseekable_open(inode, file);
}

static int ember_close(struct inode *inode, struct file *file)
{
	struct ember_open *o = file->private_data;

	if (o->session != o->own)
		ember_session_put(o->session);
	ember_session_put(o->own);
	kfree(o);
	return 0;
}

static struct ember_session *ember_session_of(const struct file *file)
{
	const struct ember_open *o = file->private_data;

	/* Pairs with ADOPT's release. */
	return smp_load_acquire(&o->session);
}

static long ember_ioctl_query(void __user *user)
{
	struct ember_query query;
	int err = ember_copy_in(&query, sizeof(query), EMBER_QUERY_SIZE_1, user);

	if (err)
		return err;
	if (query.reserved)
		return -EINVAL;
	ember_query_fill(&query);
	return ember_copy_out(user, &query, sizeof(query));
}

/* With its own session's lock held. */
static int ember_configure(struct ember_open *o, struct ember_config *config,
			   void __user *user)
{
	struct ember_event events[EMBER_EVENTS_MAX];
	struct ember_session *s = o->own;
	int err;

	if (o->session != s)
		return -EBUSY;
	err = ember_events_copy(events, config);
	if (!err)
		err = ember_session_config(s, config, events);
	if (err)
		return err;
	/* Undo the configuration if its result cannot be copied to the caller. */
	err = ember_copy_out(user, config, sizeof(*config));
	if (err)
		ember_session_unconfig(s);
	else
		ember_session_publish(s);
	return err;
}

static long ember_ioctl_config(struct ember_open *o, void __user *user)
{
	struct ember_config config;
	int err = ember_copy_in(&config, sizeof(config), EMBER_CONFIG_SIZE_1, user);

	if (err)
		return err;
	/*
	 * Who the device was opened by may have dropped its rights since, or passed the
	 * file on: what is sampled is decided by somebody who may open it.
	 */
	if (!ember_capable())
		return -EPERM;
	if (mutex_lock_interruptible(&o->own->lock))
		return -ERESTARTSYS;
	err = ember_configure(o, &config, user);
	mutex_unlock(&o->own->lock);
	return err;
}

/* With its own session's lock held. */
static int ember_adopt_file(struct ember_open *o, struct ember_adopt *adopt, void __user *user)
{
	struct ember_session *s;
	int err;

	if (o->session != o->own || o->own->state != EMBER_STATE_NEW)
		return -EBUSY;
	s = ember_adopt_begin(adopt);
	if (IS_ERR(s))
		return PTR_ERR(s);
	err = ember_copy_out(user, adopt, sizeof(*adopt));
	if (err) {
		ember_adopt_undo(s);
		return err;
	}
	ember_adopt_end(s, adopt);
	/* The session is whole: for who loads the pointer. */
	smp_store_release(&o->session, s);
	return 0;
}

static long ember_ioctl_adopt(struct ember_open *o, void __user *user)
{
	struct ember_adopt adopt;
	int err = ember_copy_in(&adopt, sizeof(adopt), EMBER_ADOPT_SIZE_1, user);

	if (err)
		return err;
	/* As for CONFIG. */
	if (!ember_capable())
		return -EPERM;
	err = ember_adopt_check(&adopt);
	if (err)
		return err;
	if (mutex_lock_interruptible(&o->own->lock))
		return -ERESTARTSYS;
	err = ember_adopt_file(o, &adopt, user);
	mutex_unlock(&o->own->lock);
	return err;
}

static long ember_ioctl_unwind(struct ember_session *s, void __user *user)
{
	struct ember_unwind unwind;
	int err = ember_copy_in(&unwind, sizeof(unwind), EMBER_UNWIND_SIZE_1, user);

	if (err)
		return err;
	if (memchr_inv(unwind.reserved, 0, sizeof(unwind.reserved)))
		return -EINVAL;
	/* Pairs with CONFIG's release: the session is whole. */
	if (smp_load_acquire(&s->state) == EMBER_STATE_NEW)
		return -EINVAL;
	return ember_tables_load(&s->tables, s->cpus, &unwind);
}

static int ember_budget_locked(struct ember_session *s, const struct ember_cpu_budget *budget)
{
	int err;

	if (mutex_lock_interruptible(&s->lock))
		return -ERESTARTSYS;
	err = s->state == EMBER_STATE_NEW ? -EINVAL : ember_throttle_set(s, budget);
	mutex_unlock(&s->lock);
	return err;
}

static long ember_ioctl_budget(struct ember_session *s, void __user *user)
{
	struct ember_cpu_budget budget;
	int err = ember_copy_in(&budget, sizeof(budget), EMBER_BUDGET_SIZE_1, user);

	if (err)
		return err;
	if (budget.flags || memchr_inv(budget.reserved, 0, sizeof(budget.reserved)))
		return -EINVAL;
	return ember_budget_locked(s, &budget);
}

static long ember_ioctl_threads(struct ember_session *s, void __user *user)
{
	struct ember_thread_list threads;
	int err = ember_copy_in(&threads, sizeof(threads), EMBER_THREADS_SIZE_1, user);

	if (err)
		return err;
	if (threads.flags || threads.reserved)
		return -EINVAL;
	err = ember_threads_call(s, ember_session_put, &threads);
	return err ?: ember_copy_out(user, &threads, sizeof(threads));
}

static long ember_ioctl_run(struct ember_session *s, int (*run)(struct ember_session *))
{
	int err;

	if (mutex_lock_interruptible(&s->lock))
		return -ERESTARTSYS;
	err = run(s);
	mutex_unlock(&s->lock);
	return err;
}

static int ember_status_locked(struct ember_session *s, struct ember_status *st)
{
	int err;

	if (mutex_lock_interruptible(&s->lock))
		return -ERESTARTSYS;
	err = ember_status_fill(s, st);
	mutex_unlock(&s->lock);
	return err;
}

/*
 * User memory is read and written outside of the lock: a page of it that takes its
 * time must not stop who asks for a status of this session.
 */
static long ember_status_copy(struct ember_session *self, struct ember_status *st,
			      void __user *user)
{
	int err = ember_copy_in(st, sizeof(*st), EMBER_STATUS_SIZE_1, user);
	struct ember_session *s = NULL;

	if (err)
		return err;
	/* It was reserved at first. */
	if (st->boot)
		return -EINVAL;
	*st = (struct ember_status){ .size = st->size, .index = st->index, .cpu = st->cpu };
	if (st->index != EMBER_STATUS_SELF) {
		s = ember_session_nth(st->index);
		if (!s)
			return -ENOENT;
	}
	err = ember_status_locked(s ?: self, st);
	if (s)
		ember_session_put(s);
	return err ?: ember_copy_out(user, st, sizeof(*st));
}

static long ember_ioctl_status(struct ember_session *self, void __user *user)
{
	struct ember_status *st = kmalloc(sizeof(*st), GFP_KERNEL);
	long err = st ? ember_status_copy(self, st, user) : -ENOMEM;

	kfree(st);
	return err;
}

static long ember_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ember_session *s = ember_session_of(file);
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case EMBER_IOC_QUERY:
		return ember_ioctl_query(user);
	case EMBER_IOC_CONFIG:
		return ember_ioctl_config(file->private_data, user);
	case EMBER_IOC_START:
		return ember_ioctl_run(s, ember_session_start);
	case EMBER_IOC_STOP:
		return ember_ioctl_run(s, ember_session_stop);
	case EMBER_IOC_STATUS:
		return ember_ioctl_status(s, user);
	case EMBER_IOC_UNWIND:
		return ember_ioctl_unwind(s, user);
	case EMBER_IOC_BUDGET:
		return ember_ioctl_budget(s, user);
	case EMBER_IOC_THREADS:
		return ember_ioctl_threads(s, user);
	case EMBER_IOC_ADOPT:
		return ember_ioctl_adopt(file->private_data, user);
	}
	return -ENOTTY;
}

static int ember_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ember_session_mmap(ember_session_of(file), vma);
}

/*
 * Return true if poll() reports @s as readable: edge-triggered for an elapsed latency, the
 * end of a run and newly defined files (user space may supply their unwind tables), and
 * level-triggered for a ring above its watermark.
 */
static bool ember_readable(struct ember_session *s)
{
	unsigned int cpu;

	/* Pairs with CONFIG's release: the session is whole. */
	if (smp_load_acquire(&s->state) == EMBER_STATE_NEW)
		return false;
	if (xchg(&s->reader.readable, false))
		return true;
	for_each_cpu(cpu, s->cpus)
		if (ember_ring_unread(&s->cpu[cpu]->ring) >= s->watermark)
			return true;
	return ember_ring_unread(&s->spaces.definitions.ring) >= s->watermark;
}

static __poll_t ember_poll(struct file *file, poll_table *wait)
{
	struct ember_session *s = ember_session_of(file);

	poll_wait(file, &s->reader.queue, wait);
	return ember_readable(s) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations ember_fops = {
	.owner = THIS_MODULE,
	.open = ember_open,
	.release = ember_close,
	.unlocked_ioctl = ember_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = ember_mmap,
	.poll = ember_poll,
};

static struct miscdevice ember_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "emberprof",
	.fops = &ember_fops,
	.mode = 0666,
};

int ember_device_init(void)
{
	return misc_register(&ember_misc);
}

void ember_device_exit(void)
{
	misc_deregister(&ember_misc);
}
