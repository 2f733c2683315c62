/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All threads now, as an answer to somebody who asks the daemon. */
#ifndef EMBER_THREADS_SERVE_H
#define EMBER_THREADS_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "log/filter.h"
#include "record/request.h"

struct ember_threads_ask {
	const struct ember_request *like;	/* where debug files are, and what may be read */
	const struct ember_log_filter *filter;	/* pid, comm and conditions count */
	const char *name;		/* of the profile, in the text's head */
	const char *format;		/* as of `--format`; NULL: text */
	bool whole;			/* a text of each thread, not of groups */
};

/* Whether this build lists threads. */
extern const bool ember_threads_possible;
/* Take a snapshot and write it to stdout. Return 0, or an exit status (said). */
int ember_threads_serve(const struct ember_threads_ask *ask);

#endif
