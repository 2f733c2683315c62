/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which profile a request asks for. */
#ifndef EMBER_HTTP_QUERY_H
#define EMBER_HTTP_QUERY_H

#include "http/kind.h"
#include "http/target.h"
#include "log/filter.h"

#define EMBER_HTTP_SECONDS_MAX	3600
#define EMBER_HTTP_ONLY_MAX	8
#define EMBER_HTTP_ONLY_BYTES	320

struct ember_http_format {
	const char *name;		/* of `format=` and of report's --format */
	const char *type;		/* Content-Type */
	const char *ending;		/* of the file that a browser saves; NULL: it shows it */
	bool timed, lines;
	bool debug;			/* a text of the kind's own, as Go has it */
};

struct ember_http_query {
	const struct ember_http_kind *kind;
	const struct ember_http_format *format;
	uint32_t seconds;		/* from now on; 0: of a range that is over */
	bool delta;			/* what Go calls so: of a cumulative kind, by `seconds` */
	bool whole;			/* debug=2: of threads, each one */
	struct ember_log_filter filter;	/* its strings are those below */
	char comm[64], board[64];
	char only[EMBER_HTTP_ONLY_MAX][EMBER_HTTP_ONLY_BYTES];	/* further conditions: log/only.h */
	uint32_t nr_only;
};

/* NULL: there is none of that name. */
const struct ember_http_format *ember_http_format_find(const char *name);

/*
 * Read the parameters. now_ns: since 1970. board: NULL: logs are of one board alone. Returns
 * NULL, or what is wrong: it lasts as long as `why`, and the answer is 400.
 */
const char *ember_http_query_parse(struct ember_http_query *query,
				   const struct ember_http_kind *kind,
				   const struct ember_http_target *target, uint64_t now_ns,
				   char why[160]);

/* RFC 3339, seconds since 1970, or -5m before now: ns since 1970. False: it's none of them. */
bool ember_http_moment(const char *text, uint64_t now_ns, uint64_t *ns);

#endif
