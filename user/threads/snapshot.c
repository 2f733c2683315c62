// SPDX-License-Identifier: GPL-2.0-or-later
#include "threads/snapshot.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/message.h"
#include "base/signals.h"
#include "model/labels.h"

const char *ember_snapshot_state(uint32_t detail)
{
	static const char *const states[] = {
		[EMBER_WAIT_SLEEP] = "sleep",
		[EMBER_WAIT_UNINTERRUPTIBLE] = "uninterruptible sleep",
		[EMBER_WAIT_IO] = "I/O",
		[EMBER_WAIT_STOPPED] = "stopped",
		[EMBER_WAIT_PREEMPTED] = "runnable",
		[EMBER_THREADS_RUNNING] = "running",
		[EMBER_THREADS_UNREACHED] = "running, not reached",
		[EMBER_THREADS_DEAD] = "dead",
	};
	uint32_t kind = EMBER_WAIT_KIND(detail);

	return kind < sizeof(states) / sizeof(*states) ? states[kind] : "unknown";
}

/* An ember_weighted_fn. */
static void ember_snapshot_sample(void *context, const struct ember_weighted_resolved *w)
{
	struct ember_snapshot *snapshot = context;
	struct ember_recording *r = &snapshot->session->recording;
	struct ember_thread thread = r->thread[w->sample.thread];
	struct ember_weighted count = {
		.event = w->event,
		.stack = w->sample.stack,
		.at = w->sample.generation,
		.sum = { 1, w->weight },
	};

	if (w->sample.time < snapshot->begun_ns ||
	    (snapshot->comm && strcmp(snapshot->comm, thread.comm)) ||
	    (snapshot->only &&
	     !ember_only_wants(snapshot->only, thread.comm, &r->labels, thread.labels)))
		return;
	thread.labels = ember_labels_add(&r->labels, EMBER_LABEL_STATE,
					 ember_snapshot_state(w->detail), thread.labels);
	count.thread = ember_recording_thread(r, &thread);
	ember_event_set_add(&r->events, &count);
}

/* Call after call, with a look at the rings between: what fills them waits for us. */
static int ember_snapshot_pass(struct ember_snapshot *snapshot, bool counts)
{
	struct ember_thread_list call;
	uint32_t next = 0;
	uint64_t begun = ember_clock_ns(CLOCK_MONOTONIC);

	snapshot->begun_ns = counts ? begun : UINT64_MAX;
	snapshot->threads = snapshot->unreached = snapshot->vanished = 0;
	do {
		call = (struct ember_thread_list){ .size = sizeof(call), .next = next };
		if (ioctl(snapshot->session->device.fd, EMBER_IOC_THREADS, &call))
			return ember_error("threads: cannot list them: %s", strerror(errno));
		next = call.next;
		snapshot->threads += call.written;
		snapshot->unreached += call.unreached;
		snapshot->vanished += call.vanished;
		ember_session_read(snapshot->session);
	} while (next && !ember_signals_end());
	snapshot->taken_ns = ember_clock_ns(CLOCK_MONOTONIC) - begun;
	return 0;
}

static int ember_snapshot_once(struct ember_snapshot *snapshot, bool counts)
{
	int err = ember_session_start(snapshot->session);

	if (err)
		return err;
	err = ember_snapshot_pass(snapshot, counts);
	/* Waits for the mappings of what was seen. */
	return err | ember_session_stop(snapshot->session);
}

int ember_snapshot_take(struct ember_snapshot *snapshot, double patience)
{
	struct ember_record_session *session = snapshot->session;
	uint64_t end;
	int err;

	session->recording.weighted = ember_snapshot_sample;
	session->recording.settled_context = snapshot;
	err = ember_snapshot_once(snapshot, false);
	if (err || ember_signals_end())
		return err;
	end = ember_clock_ns(CLOCK_MONOTONIC) + patience * 1e9;
	while (ember_session_compile(session) && ember_clock_ns(CLOCK_MONOTONIC) < end &&
	       !ember_signals_end())
		;
	return ember_snapshot_once(snapshot, true);
}
