/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A query's answer: logs, named, in a form. */
#ifndef EMBER_HTTP_PROFILE_H
#define EMBER_HTTP_PROFILE_H

#include "http/backend.h"
#include "http/query.h"

/* Write the profile to stdout. 0, or an exit status (said). */
int ember_http_profile_write(const struct ember_http_backend *backend,
			     const struct ember_http_query *query);

#endif
