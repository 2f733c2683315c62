// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/profile.h"

#include "export/export.h"
#include "http/contention.h"

/* The conditions were such when the request was read. */
static void ember_http_profile_only(const struct ember_http_query *q,
				    struct ember_log_filter *filter)
{
	uint32_t i;

	for (i = 0; i < q->nr_only; i++)
		ember_only_add(&filter->only, q->only[i]);
}

static int ember_http_profile_now(const struct ember_http_backend *b,
				  const struct ember_http_query *query)
{
	struct ember_http_query q = *query;

	ember_http_profile_only(query, &q.filter);
	return b->snapshot(b->context, &q);
}

/* Waits have the period that Go gives them: each counts as many as it stands for. */
static void ember_http_profile_waits(struct ember_profile *p)
{
	p->period_type = p->type[0];
	p->period = 1;
}

int ember_http_profile_write(const struct ember_http_backend *b,
			     const struct ember_http_query *q)
{
	const char *event = q->kind->event ? q->kind->event : "cpu";
	struct ember_input in = {
		.filter = q->filter,
		.timed = q->format->timed,
		.no_lines = !q->format->lines,
		.only = event,
		.may_be_empty = true,
	};
	struct ember_logs logs = { .may_be_empty = true };
	struct ember_profile *profile = NULL;
	int err;

	if (q->kind->now)
		return ember_http_profile_now(b, q);
	err = b->names ? b->names(b->context, &in) : 0;
	ember_http_profile_only(q, &in.filter);
	if (!err && b->logs(b->context, &logs, &in.filter))
		profile = ember_input_logs(&in, b->service, &logs);
	if (!profile)
		return err ? err : 1;
	/* A stream whose clock has not been logged since then is of no length yet. */
	if (!profile->duration_ns && q->filter.from.given)
		profile->duration_ns = q->filter.to.ns - q->filter.from.ns;
	if (ember_input_show(profile, event, b->service))
		return 1;
	if (q->kind->title)
		ember_http_profile_waits(profile);
	if (q->format->debug) {
		ember_http_contention(stdout, profile, q->kind->title);
		return 0;
	}
	/* The process ends: nothing is freed. */
	return ember_export_write(profile, "-", q->format->name);
}
