// SPDX-License-Identifier: GPL-2.0-or-later
#include "log/wanted.h"

#include <string.h>

uint64_t ember_stream_timestamp(const struct ember_stream *s,
				const struct ember_log_timestamp *m)
{
	uint64_t at;

	if (m->day) {
		/* That day, or, if it's over by then and the stream lasts so long, the next. */
		at = s->realtime_ns / EMBER_DAY_NS * EMBER_DAY_NS + m->ns;
		if (at < s->realtime_ns &&
		    at + EMBER_DAY_NS <= s->realtime_ns + (s->until_ns - s->since_ns))
			at += EMBER_DAY_NS;
		at -= s->to_real_ns;
	} else if (m->boot)
		at = m->ns - (s->boottime_ns - s->since_ns);
	else
		at = m->relative ? s->since_ns + m->ns : m->ns - s->to_real_ns;
	/* One that is before the stream's own time began. */
	return at >> 63 ? 0 : at;
}

bool ember_stream_wants(const struct ember_stream *s, uint32_t thread, uint64_t ns)
{
	const struct ember_log_filter *f = s->filter;
	const struct ember_thread *t = &s->tally->dict.thread[thread];

	if (!f)
		return true;
	return ember_log_filter_ids(f->pid, f->nr_pid, t->tgid) &&
	       ember_log_filter_ids(f->tid, f->nr_tid, t->tid) &&
	       (!f->comm || !strcmp(f->comm, t->comm)) &&
	       ember_only_wants(&f->only, t->comm, &s->tally->dict.labels, t->labels) &&
	       (!f->from.given || ns >= ember_stream_timestamp(s, &f->from)) &&
	       (!f->to.given || ns < ember_stream_timestamp(s, &f->to));
}

bool ember_stream_nobodys(const struct ember_stream *s, uint32_t stack)
{
	return s->filter && s->filter->only.nr &&
	       s->tally->dict.stack[stack].context != EMBER_CONTEXT_TASK;
}

bool ember_tally_takes(struct ember_tally *t, uint32_t nr, uint32_t most)
{
	t->dict.full |= nr >= most;
	return nr < most;
}
