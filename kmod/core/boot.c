// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/pid_namespace.h>
#include <linux/security.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "boot.h"
#include "../base/clock.h"
#include "../base/range.h"
#include "config.h"
#include "session.h"
#include "sessions.h"
#include "../base/limits.h"
#include "../base/queue.h"
#include "../sample/throttle.h"
#include "../event/event.h"

#define EMBER_BOOT_RING (256 * 1024)
/* So much of a CPU's ring is filled when the session stops. */
#define EMBER_BOOT_FULL(ring_bytes) ((ring_bytes) - (ring_bytes) / 8)

/* Under ember_sessions_lock, as is who waits for its rings to fill. */
static struct ember_session *ember_boot_session;

static void ember_boot_look(struct work_struct *work);
static DECLARE_WORK(ember_boot_looking, ember_boot_look);

/* Any context but a run queue's. */
static int ember_boot_woken(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	queue_work(ember_away_queue, &ember_boot_looking);
	return 0;
}

/* In place of a reader. */
static wait_queue_entry_t ember_boot_waiter = {
	.func = ember_boot_woken,
	.entry = LIST_HEAD_INIT(ember_boot_waiter.entry),
};

static bool ember_boot_full(struct ember_session *s)
{
	unsigned int cpu;

	for_each_cpu(cpu, s->cpus)
		if (ember_ring_unread(&s->cpu[cpu]->ring) >= s->watermark)
			return true;
	return ember_definitions_drain(&s->spaces.definitions);
}

/* Something has passed its watermark: stop before samples or definitions are lost. */
static void ember_boot_look(struct work_struct *work)
{
	struct ember_session *s;

	mutex_lock(&ember_sessions_lock);
	s = ember_boot_session;
	if (s)
		kref_get(&s->ref);
	mutex_unlock(&ember_sessions_lock);
	if (!s)
		return;
	mutex_lock(&s->lock);
	if (s->boot == EMBER_BOOT_WAITS && s->state == EMBER_STATE_RUNNING &&
	    ember_boot_full(s))
		ember_session_stop(s);
	mutex_unlock(&s->lock);
	ember_session_put(s);
}

/* Keep a reference of it, unless there is another boot session by now. */
static bool ember_boot_set(struct ember_session *s)
{
	bool first;

	mutex_lock(&ember_sessions_lock);
	first = !ember_boot_session;
	if (first) {
		kref_get(&s->ref);
		ember_boot_session = s;
		add_wait_queue(&s->reader.queue, &ember_boot_waiter);
	}
	mutex_unlock(&ember_sessions_lock);
	/* What it was woken for before. */
	if (first)
		queue_work(ember_away_queue, &ember_boot_looking);
	return first;
}

struct ember_session *ember_boot_take(void)
{
	struct ember_session *s;

	mutex_lock(&ember_sessions_lock);
	s = ember_boot_session;
	ember_boot_session = NULL;
	if (s)
		remove_wait_queue(&s->reader.queue, &ember_boot_waiter);
	mutex_unlock(&ember_sessions_lock);
	return s;
}

void ember_boot_return(struct ember_session *s)
{
	ember_boot_set(s);
	ember_session_put(s);
}

void ember_boot_end(void)
{
	struct ember_session *s = ember_boot_take();

	if (s)
		ember_session_put(s);
	cancel_work_sync(&ember_boot_looking);
}

static bool ember_boot_check(const struct ember_boot_request *r)
{
	const struct ember_boot_names *names = &r->names;

	if ((r->hz || !r->nr_events) &&
	    !ember_in_range(names->node, names->hz, r->hz, 1, ember_max_hz))
		return false;
	if (r->ring_bytes &&
	    (r->ring_bytes < PAGE_SIZE || r->ring_bytes > ember_max_ring_bytes ||
	     !is_power_of_2(r->ring_bytes))) {
		pr_err("emberprof: %s%s=%u: a power of two, %lu to %u\n", names->node,
		       names->ring_bytes, r->ring_bytes, PAGE_SIZE, ember_max_ring_bytes);
		return false;
	}
	if (r->budget_ppm && !ember_in_range(names->node, names->budget_ppm, r->budget_ppm,
					     EMBER_BUDGET_PPM_LEAST, EMBER_BUDGET_PPM_MOST))
		return false;
	return ember_in_range(names->node, names->max_frames, r->max_frames, 1,
			      EMBER_FRAMES_MAX);
}

/* One EVENT:PERIOD of n bytes. */
static bool ember_boot_event(struct ember_boot_request *r, const char *text, size_t n)
{
	const char *colon = memchr(text, ':', n);
	struct ember_event event = {};
	char *end = (char *)colon;
	unsigned long long period;
	u32 i;

	event.type = colon ? ember_event_named(text, colon - text) : EMBER_EVENT_CPU;
	if (event.type == EMBER_EVENT_CPU || !isdigit(colon[1]))
		return false;
	period = memparse(colon + 1, &end);
	event.period = period;
	for (i = 0; i < r->nr_events; i++)
		if (r->events[i].type == event.type)
			return false;
	if (end != text + n || !period || period > U32_MAX || r->nr_events == EMBER_EVENTS_MAX)
		return false;
	r->events[r->nr_events++] = event;
	return true;
}

int ember_boot_events(struct ember_boot_request *r, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, ",");

		if (!ember_boot_event(r, text, n)) {
			pr_err("emberprof: %s%s=%.*s: each event once, as growth:64K, with a period of 1 to 4294967295\n",
			       r->names.node, r->names.events, (int)min_t(size_t, n, 64),
			       text);
			return -EINVAL;
		}
		text += n;
		text += *text == ',';
	}
	return 0;
}

/* Why the module can't have the session that was asked for. */
static const char *ember_boot_why(int err)
{
	switch (err) {
	case -EBUSY:
		return "more than max_sessions or max_bytes allow";
	case -ENOMEM:
		return "not enough memory";
	case -EOPNOTSUPP:
		return "this kernel doesn't have one of its events";
	case -EPERM:
		return "the kernel is locked down";
	case -EEXIST:
		return "there is one already";
	}
	return "the kernel refuses it";
}

/* One line: what was started, and what that took. */
static void ember_boot_say(const struct ember_boot_request *r, const struct ember_session *s,
			   u64 begun)
{
	pr_info("emberprof: %sboot session %u: %u CPUs at %u Hz, rings of %u KiB, %lu KiB in all; started in %llu us\n",
		r->names.node, s->number, cpumask_weight(s->cpus), s->hz,
		(s->spaces.definitions.ring.mask + 1) / 1024, s->memory / 1024,
		div_u64(ember_clock() - begun, NSEC_PER_USEC));
}

static struct ember_session *ember_boot_make(const struct ember_boot_request *r)
{
	u32 ring_bytes =
		r->ring_bytes ?:
				clamp_t(u32, EMBER_BOOT_RING, PAGE_SIZE, ember_max_ring_bytes);
	struct ember_config config = {
		.size = sizeof(config),
		/* There are no unwind tables yet. */
		.flags = EMBER_CONFIG_TABLES,
		.hz = r->hz,
		.ring_bytes = ring_bytes,
		.max_frames = r->max_frames,
		.watermark_bytes = EMBER_BOOT_FULL(ring_bytes),
		.nr_events = r->nr_events,
	};
	const struct ember_cpu_budget budget = { .size = sizeof(budget),
						 .ppm = r->budget_ppm };
	struct ember_session *s;
	int err;

	s = ember_session_new(NULL, &init_pid_ns);
	if (IS_ERR(s))
		return s;
	s->boot = EMBER_BOOT_WAITS;
	mutex_lock(&s->lock);
	err = ember_session_config(s, &config, r->events);
	if (!err) {
		ember_session_publish(s);
		err = budget.ppm ? ember_throttle_set(s, &budget) : 0;
	}
	if (!err)
		err = ember_session_start(s);
	mutex_unlock(&s->lock);
	if (!err)
		return s;
	ember_session_put(s);
	return ERR_PTR(err);
}

int ember_boot_start(const struct ember_boot_request *r, u64 begun)
{
	struct ember_session *s;
	int err;

	if (!ember_boot_check(r))
		return -EINVAL;
	if (READ_ONCE(ember_boot_session))
		s = ERR_PTR(-EEXIST);
	else if (security_locked_down(LOCKDOWN_PERF))
		s = ERR_PTR(-EPERM);
	else
		s = ember_boot_make(r);
	err = PTR_ERR_OR_ZERO(s);
	if (!err && !ember_boot_set(s))
		err = -EEXIST;
	/* From here on a file may adopt and close it. */
	if (err)
		pr_err("emberprof: %sno boot session: %s (%d)\n", r->names.node,
		       ember_boot_why(err), err);
	else
		ember_boot_say(r, s, begun);
	if (!IS_ERR(s))
		ember_session_put(s);
	return err;
}
