// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/labels.h"

#include <string.h>
#include <unistd.h>

#include "base/cgroup.h"
#include "base/clock.h"
#include "base/stat.h"
#include "model/labels.h"

/* Return whether one more look may be taken. */
static bool ember_labels_take(struct ember_process_labels *l, uint64_t now)
{
	uint64_t more = (now - l->refilled_ns) * EMBER_LABELS_RATE / 1000000000;

	if (l->refilled_ns + 20000000000ull < now || more > EMBER_LABELS_BURST - l->looks) {
		l->looks = EMBER_LABELS_BURST;
		l->refilled_ns = now;
	} else if (more) {
		l->looks += more;
		l->refilled_ns += more * 1000000000 / EMBER_LABELS_RATE;
	}
	if (!l->looks)
		l->refused++;
	return l->looks && l->looks--;
}

/*
 * Return whether the number is still that of the thread's process: one that got it later began
 * after the thread. A dead one may be in no cgroup any more, and be shown in the root.
 */
static bool ember_labels_alive(const struct ember_thread *thread, const char *path)
{
	uint64_t tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);
	struct ember_stat stat;

	return ember_stat_read(thread->tgid, &stat) &&
	       stat.start * tick_ns <= thread->start_time &&
	       (path[1] || (stat.state != 'Z' && stat.state != 'X'));
}

/* Return the labels of a thread's process as it is now. */
static uint32_t ember_labels_look(struct ember_blob_table *table,
				  const struct ember_thread *thread)
{
	char path[EMBER_CGROUP_MAX], name[EMBER_CGROUP_MAX];
	const char *unit;
	uint32_t set = 0;
	size_t n;

	if (!ember_cgroup_read(thread->tgid, path) || !ember_labels_alive(thread, path))
		return 0;
	unit = ember_cgroup_unit(path, &n);
	if (unit) {
		memcpy(name, unit, n);
		name[n] = 0;
		set = ember_labels_add(table, EMBER_LABEL_UNIT, name, 0);
	}
	return ember_labels_add(table, EMBER_LABEL_CGROUP, path, set);
}

/* An ember_labels_fn. */
static uint32_t ember_labels_of(void *context, struct ember_recording *r,
				const struct ember_thread *thread)
{
	struct ember_process_labels *l = context;
	struct ember_labels_process *p = &l->process[thread->tgid % EMBER_LABELS_SLOTS];
	uint32_t set;
	uint64_t now;
	bool known;

	/* The idle task, and threads of other pid namespaces. */
	if (!thread->tgid)
		return 0;
	now = ember_clock_ns(CLOCK_BOOTTIME);
	known = p->looked_ns && p->tgid == thread->tgid && p->space == thread->space &&
		p->compacted == r->spaces.compacted && thread->start_time < p->looked_ns;
	if (known && now - p->looked_ns < EMBER_RELABEL_NS)
		return p->set;
	set = ember_labels_take(l, now) ? ember_labels_look(&r->labels, thread) : 0;
	/* One that has ended was where it was at the last look. */
	if (!set && known)
		return p->set;
	*p = (struct ember_labels_process){ thread->tgid, thread->space, r->spaces.compacted,
					    set, now };
	return set;
}

void ember_process_labels_begin(struct ember_process_labels *l, struct ember_recording *r)
{
	if (access("/proc/self/cgroup", R_OK))
		return;
	r->labelled = ember_labels_of;
	r->labelled_context = l;
}
