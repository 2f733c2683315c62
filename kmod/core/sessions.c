// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kref.h>
#include <linux/mm.h>

#include "../base/limits.h"
#include "../base/queue.h"
#include "../sample/session_state.h"
#include "sessions.h"

DEFINE_MUTEX(ember_sessions_lock);
static LIST_HEAD(ember_sessions);
unsigned int ember_sessions_used;
unsigned long ember_memory_used;

/* Files that are opened one after another may be configured in another order. */
void ember_sessions_list(struct ember_session *s)
{
	struct list_head *next = &ember_sessions;
	struct ember_session *other;

	mutex_lock(&ember_sessions_lock);
	list_for_each_entry(other, &ember_sessions, link) {
		if (other->number < s->number)
			continue;
		next = &other->link;
		break;
	}
	list_add_tail(&s->link, next);
	mutex_unlock(&ember_sessions_lock);
}

void ember_sessions_unlist(struct ember_session *s)
{
	mutex_lock(&ember_sessions_lock);
	list_del_init(&s->link);
	mutex_unlock(&ember_sessions_lock);
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
