/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The profiles that are served, by their names behind /debug/pprof/. */
#ifndef EMBER_HTTP_KIND_H
#define EMBER_HTTP_KIND_H

#include "http/backend.h"

struct ember_http_kind {
	const char *name;		/* behind /debug/pprof/ */
	const char *event;		/* in a tally; NULL: the clock's samples */
	const char *title;		/* of its text as Go's, for debug=1; NULL: a table */
	const char *what;		/* for the index */
	bool now;			/* of the moment of the request, not of what was sampled */
};

extern const struct ember_http_kind ember_http_kinds[];	/* by name, up to one without */
/* Return whether this build knows the kind's event, and the backend has what serves it. */
bool ember_http_kind_served(const struct ember_http_kind *kind,
			    const struct ember_http_backend *backend);
/* Return the kind of that name; NULL: none that is served. */
const struct ember_http_kind *ember_http_kind_find(const char *name,
						   const struct ember_http_backend *backend);

#endif
