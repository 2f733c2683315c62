// SPDX-License-Identifier: GPL-2.0-only
/* The life of sessions: made at open or at boot, configured once, started and stopped. */
#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../base/clock.h"
#include "../base/queue.h"
#include "config.h"
#include "session.h"
#include "sessions.h"
#include "../event/event.h"

static atomic_t ember_sessions_number;

struct ember_session *ember_session_new(struct pid *owner, struct pid_namespace *ns)
{
	struct ember_session *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return ERR_PTR(-ENOMEM);
	kref_init(&s->ref);
	mutex_init(&s->lock);
	ember_tables_init(&s->tables);
	INIT_LIST_HEAD(&s->link);
	init_waitqueue_head(&s->reader.queue);
	s->number = atomic_inc_return(&ember_sessions_number);
	s->owner = get_pid(owner);
	s->pid_ns = get_pid_ns(ns);
	return s;
}

static void ember_session_end(struct ember_session *s)
{
	if (s->state != EMBER_STATE_NEW)
		ember_session_unconfig(s);
	ember_tables_exit(&s->tables);
	put_pid(s->owner);
	put_pid_ns(s->pid_ns);
	mutex_destroy(&s->lock);
	kfree(s);
}

/* The module's exit waits for the queue, so it may be let go in here. */
static void ember_session_end_late(struct work_struct *end)
{
	ember_session_end(container_of(end, struct ember_session, end));
	module_put(THIS_MODULE);
}

static void ember_session_release(struct kref *ref)
{
	struct ember_session *s = container_of(ref, struct ember_session, ref);

	/* No reader is left: request no more scans, and don't wait for pending definitions. */
	WRITE_ONCE(s->spaces.definitions.stopping, true);
	mutex_lock(&s->lock);
	if (s->state == EMBER_STATE_RUNNING)
		ember_session_stop(s);
	mutex_unlock(&s->lock);

	ember_sessions_unlist(s);
	if (s->state == EMBER_STATE_NEW || ember_session_quiet(s)) {
		ember_session_end(s);
		return;
	}
	/*
	 * A worker of ours began and a real-time task keeps it from going on: the rest
	 * waits for that, and so does the module, but not who closed the session.
	 */
	__module_get(THIS_MODULE);
	INIT_WORK(&s->end, ember_session_end_late);
	queue_work(ember_away_queue, &s->end);
}

void ember_session_put(struct ember_session *s)
{
	kref_put(&s->ref, ember_session_release);
}

int ember_session_start(struct ember_session *s)
{
	if (s->state == EMBER_STATE_NEW)
		return -EINVAL;
	if (s->state == EMBER_STATE_RUNNING)
		return -EBUSY;
	s->started = ember_clock();
	if (!s->first_started)
		s->first_started = s->started;
	ember_hotplug_add(s);
	WRITE_ONCE(s->state, EMBER_STATE_RUNNING);
	return 0;
}

int ember_session_stop(struct ember_session *s)
{
	if (s->state != EMBER_STATE_RUNNING)
		return -EINVAL;
	ember_hotplug_remove(s);
	s->running_ns += ember_clock() - s->started;
	WRITE_ONCE(s->state, EMBER_STATE_STOPPED);
	/* What the samples need to be understood comes before the end of them. */
	ember_mms_flush(&s->spaces);
	ember_reader_wake(&s->reader);
	return 0;
}
