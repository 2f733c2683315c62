// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/query.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "export/page.h"

#define EMBER_HTTP_SECONDS  30 /* of a CPU profile, where none are given, as Go has it */
#define EMBER_HTTP_WHY_ROOM 160
#define EMBER_HTTP_SECOND   1000000000ull

static const struct ember_http_format ember_http_formats[] = {
	{ "pprof", "application/octet-stream", "", false, true, false },
	{ "folded", "text/plain; charset=utf-8", NULL, false, false, false },
	{ "perf", "text/plain; charset=utf-8", NULL, true, false, false },
	{ "json", "application/json", NULL, false, true, false },
	{ "svg", "image/svg+xml", NULL, false, false, false },
	{ "table", "text/plain; charset=utf-8", NULL, false, false, false },
	{ "html", "text/html; charset=utf-8", NULL, true, true, false },
};

/* What no `format=` names. */
static const struct ember_http_format ember_http_text = { "debug", "text/plain; charset=utf-8",
							  NULL,	   false,
							  true,	   true };

#define EMBER_HTTP_FORMATS (sizeof(ember_http_formats) / sizeof(*ember_http_formats))

const struct ember_http_format *ember_http_format_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < EMBER_HTTP_FORMATS; i++)
		if (!strcmp(ember_http_formats[i].name, name))
			return &ember_http_formats[i];
	return NULL;
}

/* Decimal digits, with a fraction of up to nine. */
static bool ember_http_unix(const char *text, uint64_t *ns)
{
	uint64_t unit = EMBER_HTTP_SECOND / 10;

	for (*ns = 0; *text >= '0' && *text <= '9' && *ns < EMBER_HTTP_SECOND; text++)
		*ns = *ns * 10 + (*text - '0');
	/* Ten digits last for 250 years. */
	if (*ns >= 10 * EMBER_HTTP_SECOND)
		return false;
	*ns *= EMBER_HTTP_SECOND;
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
			*ns += (*text - '0') * unit;
	return !*text;
}

/* +01:00 behind a time of RFC 3339 goes: minutes east of Greenwich. */
static bool ember_http_zone(char *text, int64_t *minutes)
{
	size_t n = strlen(text);
	char *zone = text + n - 6;
	uint32_t hour, minute;

	*minutes = 0;
	/* A '+' that was not escaped is a space in a query. */
	if (n < 17 || !strchr("+- ", *zone) || zone[3] != ':')
		return true;
	zone[3] = 0;
	if (!ember_number(zone + 1, &hour) || !ember_number(zone + 4, &minute) || hour > 23 ||
	    minute > 59)
		return false;
	*minutes = (*zone == '-' ? -1 : 1) * (int64_t)(hour * 60 + minute);
	*zone = 0;
	return true;
}

static bool ember_http_date(const char *text, uint64_t *ns)
{
	struct ember_log_filter filter = {};
	char zoned[48];
	int64_t minutes, at;
	size_t n = strlen(text);

	if (n < 10 || n > sizeof(zoned) - 8)
		return false;
	memcpy(zoned, text, n + 1);
	if (!ember_http_zone(zoned, &minutes))
		return false;
	strcat(zoned, ",");
	if (strchr(zoned, ',')[1] || !ember_log_filter_time(&filter, zoned) ||
	    filter.from.relative)
		return false;
	at = filter.from.ns / EMBER_HTTP_SECOND - minutes * 60;
	if (at < 0)
		return false;
	*ns = at * EMBER_HTTP_SECOND + filter.from.ns % EMBER_HTTP_SECOND;
	return true;
}

bool ember_http_moment(const char *text, uint64_t now, uint64_t *ns)
{
	double seconds;

	if (*text == '-') {
		if (!ember_number_seconds(text + 1, &seconds))
			return false;
		*ns = seconds * 1e9 < now ? now - (uint64_t)(seconds * 1e9) : 0;
		return true;
	}
	return strlen(text) > 4 && text[4] == '-' ? ember_http_date(text, ns) :
						    *text && ember_http_unix(text, ns);
}

static const char *ember_http_moment_param(const struct ember_http_target *t, const char *name,
					   uint64_t now, struct ember_log_timestamp *at,
					   char *why)
{
	const char *text = ember_http_param(t, name);

	if (!text || !*text)
		return NULL;
	at->given = ember_http_moment(text, now, &at->ns);
	if (at->given)
		return NULL;
	snprintf(
		why, EMBER_HTTP_WHY_ROOM,
		"invalid value for \"%s\" - must be a time of RFC 3339, seconds since 1970, or a time back such as -5m",
		name);
	return why;
}

/* As strconv.ParseInt() of Go, but for the range: 0 where it is not positive. */
static uint32_t ember_http_seconds(const char *text)
{
	uint32_t seconds;

	text += *text == '+';
	if (!strcmp(text, "") || strspn(text, "0123456789") != strlen(text))
		return 0;
	text += strspn(text, "0");
	return ember_number(text, &seconds) ? seconds : *text ? UINT32_MAX : 0;
}

static const char *ember_http_query_seconds(struct ember_http_query *q,
					    const struct ember_http_target *t)
{
	const char *text = ember_http_param(t, "seconds"),
		   *debug = ember_http_param(t, "debug");

	q->delta = q->kind->event && text && *text;
	q->seconds = ember_http_seconds(text ? text : "");
	if (q->delta && !q->seconds)
		return "invalid value for \"seconds\" - must be a positive integer";
	if (q->delta && q->kind->now)
		return "\"seconds\" parameter is not supported for this profile type";
	if (q->delta && debug && ember_http_seconds(debug))
		return "seconds and debug params are incompatible";
	if (!q->kind->event && !q->seconds)
		q->seconds = EMBER_HTTP_SECONDS;
	if (q->seconds > EMBER_HTTP_SECONDS_MAX)
		return "invalid value for \"seconds\" - must be 3600 at most";
	return NULL;
}

static const char *ember_http_query_range(struct ember_http_query *q,
					  const struct ember_http_target *t, uint64_t now,
					  char *why)
{
	const char *board = ember_http_param(t, "board");
	struct ember_log_filter *f = &q->filter;
	const char *wrong = ember_http_moment_param(t, "from", now, &f->from, why);

	if (!wrong)
		wrong = ember_http_moment_param(t, "to", now, &f->to, why);
	if (wrong)
		return wrong;
	if (q->kind->now && (f->from.given || f->to.given || (board && *board)))
		return "threads are listed as they are now, of this machine: no \"from\", \"to\" and \"board\"";
	if (!f->from.given && !f->to.given)
		return ember_http_query_seconds(q, t);
	if (!f->from.given)
		return "\"to\" needs \"from\"";
	if (ember_http_param(t, "seconds"))
		return "\"seconds\" and \"from\" params are incompatible";
	if (!f->to.given) {
		f->to.given = true;
		f->to.ns = now;
	}
	return f->from.ns < f->to.ns ? NULL : "\"from\" must be before \"to\"";
}

static const char *ember_http_query_text(const struct ember_http_target *t, const char *name,
					 char *to, size_t room, const char **given, char *why)
{
	const char *text = ember_http_param(t, name);

	if (!text || !*text)
		return NULL;
	if (strlen(text) >= room) {
		snprintf(why, EMBER_HTTP_WHY_ROOM,
			 "invalid value for \"%s\" - must be of %zu bytes at most", name,
			 room - 1);
		return why;
	}
	*given = strcpy(to, text);
	return NULL;
}

static const char *ember_http_query_filter(struct ember_http_query *q,
					   const struct ember_http_target *t, char *why)
{
	struct ember_log_filter *f = &q->filter;
	const char *pid = ember_http_param(t, "pid"), *wrong;

	if (pid && *pid && !ember_number_list(pid, f->pid, &f->nr_pid, EMBER_FILTER_IDS))
		return "invalid value for \"pid\" - must be up to 64 numbers with commas between them";
	wrong = ember_http_query_text(t, "comm", q->comm, sizeof(q->comm), &f->comm, why);
	return wrong ? wrong :
		       ember_http_query_text(t, "board", q->board, sizeof(q->board), &f->board,
					     why);
}

/* Each of cgroup=, unit= and label= is a condition as report's --only has it. */
static const char *ember_http_query_only(struct ember_http_query *q,
					 const struct ember_http_target *t, char *why)
{
	struct ember_only only = {};
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < t->nr_param && !wrong; i++) {
		const char *name = t->param[i].name, *value = t->param[i].value;
		char *to = q->only[q->nr_only];

		if (!*value || (strcmp(name, "cgroup") && strcmp(name, "unit") &&
				strcmp(name, "label") && strcmp(name, "wait")))
			continue;
		if (q->nr_only == EMBER_HTTP_ONLY_MAX)
			return "more than 8 of cgroup=, unit=, label= and wait=";
		if (snprintf(to, EMBER_HTTP_ONLY_BYTES, "%s=%s", name, value) >=
		    EMBER_HTTP_ONLY_BYTES)
			wrong = "too long";
		else
			wrong = ember_only_add(&only, to);
		q->nr_only++;
		if (wrong)
			snprintf(why, EMBER_HTTP_WHY_ROOM, "invalid value for \"%s\" - %s",
				 name, wrong);
	}
	return wrong ? why : NULL;
}

static const char *ember_http_query_format(struct ember_http_query *q,
					   const struct ember_http_target *t)
{
	const char *format = ember_http_param(t, "format"),
		   *debug = ember_http_param(t, "debug");
	uint32_t level = debug ? ember_http_seconds(debug) : 0;

	/* Go has a text where debug= is a number other than 0, but for CPU profiles. */
	if (!format && q->kind->event && level) {
		q->whole = level > 1;
		q->format = q->kind->now || q->kind->title ? &ember_http_text :
							     ember_http_format_find("table");
		return NULL;
	}
	q->format = ember_http_format_find(format && *format ? format : "pprof");
	if (!q->format)
		return "invalid value for \"format\" - must be pprof, folded, perf, json, svg, table or html";
	if (q->kind->now && q->format->timed)
		return "invalid value for \"format\" - threads are of one moment: must be pprof, folded, json, svg or table";
	if (!strcmp(q->format->name, "html") && !ember_page_possible)
		return "invalid value for \"format\" - pages need a tool built with WITH_WORKSTATION=1";
	return NULL;
}

const char *ember_http_query_parse(struct ember_http_query *q,
				   const struct ember_http_kind *kind,
				   const struct ember_http_target *t, uint64_t now,
				   char why[EMBER_HTTP_WHY_ROOM])
{
	const char *wrong;

	memset(q, 0, sizeof(*q));
	q->kind = kind;
	wrong = ember_http_query_range(q, t, now, why);
	wrong = wrong ? wrong : ember_http_query_filter(q, t, why);
	wrong = wrong ? wrong : ember_http_query_only(q, t, why);
	return wrong ? wrong : ember_http_query_format(q, t);
}
