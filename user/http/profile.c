// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/profile.h"

#include "export/export.h"

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
	int err = b->names ? b->names(b->context, &in) : 0;
	uint32_t i;

	/* Each was a condition when the request was read. */
	for (i = 0; i < q->nr_only; i++)
		ember_only_add(&in.filter.only, q->only[i]);
	if (!err && b->logs(b->context, &logs, &in.filter))
		profile = ember_input_logs(&in, b->service, &logs);
	if (!profile)
		return err ? err : 1;
	/* A stream whose clock has not been logged since then is of no length yet. */
	if (!profile->duration_ns && q->filter.from.given)
		profile->duration_ns = q->filter.to.ns - q->filter.from.ns;
	if (ember_input_show(profile, event, b->service))
		return 1;
	/* The process ends: nothing is freed. */
	return ember_export_write(profile, "-", q->format->name);
}
