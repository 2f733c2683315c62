// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/kind.h"

#include <string.h>

#include "base/event.h"

#define EMBER_HTTP_THREADS \
	"stacks of all threads, now; <a href=\"threads?debug=2\">debug=2</a>: each thread's"

const struct ember_http_kind ember_http_kinds[] = {
	{ "block", "block", "contention", "who waited, and how long", false },
	{ "goroutine", "threads", NULL, "threads, by Go's name", true },
	{ "growth", "growth", NULL, "who first touched memory that became resident", false },
	{ "mutex", "mutex", "mutex", "who held locks that others waited for, and how long",
	  false },
	{ "preempt", "preempt", "contention", "who could run, but had no CPU, and how long",
	  false },
	{ "profile", NULL, NULL, "what ran on the CPUs", false },
	{ "threads", "threads", NULL, EMBER_HTTP_THREADS, true },
	{ NULL, NULL, NULL, NULL, false },
};

bool ember_http_kind_served(const struct ember_http_kind *kind,
			    const struct ember_http_backend *backend)
{
	return !kind->event || (ember_event_find(kind->event, strlen(kind->event)) &&
				(!kind->now || backend->snapshot));
}

const struct ember_http_kind *ember_http_kind_find(const char *name,
						   const struct ember_http_backend *backend)
{
	const struct ember_http_kind *k;

	for (k = ember_http_kinds; k->name; k++)
		if (!strcmp(k->name, name))
			return ember_http_kind_served(k, backend) ? k : NULL;
	return NULL;
}
