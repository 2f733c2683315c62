// SPDX-License-Identifier: GPL-2.0-only
/* The life of sessions: made at open or at boot, configured once, started and stopped. */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../base/clock.h"
#include "config.h"
#include "session.h"
#include "../event/event.h"

DEFINE_MUTEX(ember_sessions_lock);
LIST_HEAD(ember_sessions);
unsigned int ember_sessions_used;
unsigned long ember_memory_used;
static u32 ember_sessions_number;

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
	mutex_lock(&ember_sessions_lock);
	s->number = ++ember_sessions_number;
	mutex_unlock(&ember_sessions_lock);
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

	mutex_lock(&ember_sessions_lock);
	list_del_init(&s->link);
	mutex_unlock(&ember_sessions_lock);

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

struct ember_session *ember_session_nth(u32 index)
{
	struct ember_session *s, *found = NULL;

	mutex_lock(&ember_sessions_lock);
	list_for_each_entry(s, &ember_sessions, link) {
		/* One that is being closed is none any more. */
		if (!kref_read(&s->ref))
			continue;
		if (index) {
			index--;
		} else if (kref_get_unless_zero(&s->ref)) {
			found = s;
			break;
		}
	}
	mutex_unlock(&ember_sessions_lock);
	return found;
}

void ember_sessions_reap(void)
{
	struct ember_session *s;

	/* One that's in the list isn't being taken down yet. */
	mutex_lock(&ember_sessions_lock);
	list_for_each_entry(s, &ember_sessions, link)
		if (atomic_read(&s->spaces.budget.pins))
			mod_delayed_work(ember_mms_queue, &s->spaces.reaper, 0);
	mutex_unlock(&ember_sessions_lock);
}

int ember_session_admit(struct ember_session *s, u64 bytes)
{
	int err = -EBUSY;

	/* A cap that is larger than the machine: rather no session than no room for
	 * those that it's about.
	 */
	if (bytes <= ember_max_bytes && bytes >> PAGE_SHIFT > si_mem_available() / 2)
		return -ENOMEM;
	mutex_lock(&ember_sessions_lock);
	if (ember_sessions_used < ember_max_sessions && bytes <= ember_max_bytes &&
	    ember_memory_used <= ember_max_bytes - bytes) {
		ember_sessions_used++;
		ember_memory_used += bytes;
		s->memory = bytes;
		err = 0;
	}
	mutex_unlock(&ember_sessions_lock);
	return err;
}

void ember_session_dismiss(struct ember_session *s)
{
	mutex_lock(&ember_sessions_lock);
	ember_sessions_used--;
	ember_memory_used -= s->memory;
	s->memory = 0;
	mutex_unlock(&ember_sessions_lock);
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
