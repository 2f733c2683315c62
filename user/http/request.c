// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/request.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "http/answer.h"
#include "http/job.h"
#include "http/metrics.h"
#include "http/page.h"
#include "http/target.h"

#define EMBER_HTTP_PPROF "/debug/pprof/"

typedef void ember_http_handler(struct ember_http *h, struct evhttp_request *r,
				const struct ember_http_target *t);

/* A text that a function writes; the caller frees it. */
static FILE *ember_http_text_open(char **text, size_t *n)
{
	FILE *out = open_memstream(text, n);

	if (!out)
		ember_memory_end();
	return out;
}

static void ember_http_text_send(struct evhttp_request *r, const char *type, FILE *out,
				 char **text, const size_t *n)
{
	if (fclose(out))
		ember_memory_end();
	ember_http_bytes(r, type, *text, *n);
	free(*text);
}

static void ember_http_index(struct ember_http *h, struct evhttp_request *r,
			     const struct ember_http_target *t)
{
	char *text;
	size_t n;
	FILE *out = ember_http_text_open(&text, &n);

	(void)t;
	ember_http_page_index(h->backend, out);
	ember_http_text_send(r, "text/html; charset=utf-8", out, &text, &n);
}

static void ember_http_start(struct ember_http *h, struct evhttp_request *r,
			     const struct ember_http_target *t)
{
	(void)t;
	if (h->backend->boards)
		ember_http_job_begin(h, r, NULL);
	else
		ember_http_redirect(r, 302, EMBER_HTTP_PPROF);
}

static void ember_http_cmdline(struct ember_http *h, struct evhttp_request *r,
			       const struct ember_http_target *t)
{
	(void)t;
	ember_http_bytes(r, "text/plain; charset=utf-8", h->command, h->command_bytes);
}

/* Addresses come without their process, and each location of a profile has a function. */
static void ember_http_symbol(struct ember_http *h, struct evhttp_request *r,
			      const struct ember_http_target *t)
{
	static const char none[] = "num_symbols: 1\n";

	(void)h;
	(void)t;
	ember_http_bytes(r, "text/plain; charset=utf-8", none, sizeof(none) - 1);
}

static void ember_http_metrics_own(const struct ember_http *h, FILE *out)
{
	const enum ember_metric_type counter = EMBER_METRIC_COUNTER,
				     gauge = EMBER_METRIC_GAUGE;

	ember_metric(out, gauge, "http_connections", "Open HTTP connections.",
		     h->connections.nr);
	ember_metric(out, counter, "http_connections_total", "HTTP connections accepted.",
		     h->connections.accepted);
	ember_metric(out, counter, "http_connections_expired_total",
		     "HTTP connections closed because their client was too slow.",
		     h->connections.expired);
	ember_metric(out, counter, "http_requests_total", "HTTP requests.", h->requests);
	ember_metric(
		out, counter, "http_requests_refused_total",
		"HTTP requests without the token, of a foreign host name, or too many at once.",
		h->refused);
	ember_metric(out, counter, "http_requests_failed_total",
		     "HTTP requests for profiles that could not be made.", h->failed);
	ember_metric(out, gauge, "http_requests_queued",
		     "HTTP requests that wait for a process.",
		     ember_http_jobs_at(h, EMBER_HTTP_QUEUED));
	ember_metric(out, gauge, "http_processes", "Processes that answer HTTP requests.",
		     ember_http_jobs_at(h, EMBER_HTTP_RUNNING));
	ember_metric(out, counter, "http_processes_total",
		     "Processes that answered HTTP requests.", h->children);
	ember_metric(out, counter, "http_processes_killed_total",
		     "Processes that took too long for an HTTP request.", h->killed);
	ember_metric_seconds(out, counter, "http_processes_cpu_seconds_total",
			     "CPU time of processes that answered HTTP requests.", h->cpu_ns);
}

static void ember_http_metrics(struct ember_http *h, struct evhttp_request *r,
			       const struct ember_http_target *t)
{
	char *text;
	size_t n;
	FILE *out = ember_http_text_open(&text, &n);

	(void)t;
	h->backend->metrics(h->backend->context, out);
	ember_http_metrics_own(h, out);
	ember_http_text_send(r, "text/plain; version=0.0.4; charset=utf-8", out, &text, &n);
}

static void ember_http_healthz(struct ember_http *h, struct evhttp_request *r,
			       const struct ember_http_target *t)
{
	static const char good[] = "ok\n";
	const char *why = "";

	(void)t;
	if (h->backend->healthy(h->backend->context, &why))
		ember_http_bytes(r, "text/plain; charset=utf-8", good, sizeof(good) - 1);
	else
		ember_http_error(r, 503, why);
}

/* A kind of profile, by its name. */
static void ember_http_profile(struct ember_http *h, struct evhttp_request *r,
			       const struct ember_http_target *t)
{
	const struct ember_http_kind *kind =
		ember_http_kind_find(t->path + sizeof(EMBER_HTTP_PPROF) - 1, h->backend);
	struct ember_http_query query;
	const char *wrong;
	char why[160];

	if (!kind) {
		ember_http_refuse(r, 404, "Unknown profile");
		return;
	}
	wrong = ember_http_query_parse(&query, kind, t, ember_clock_ns(CLOCK_REALTIME), why);
	if (wrong)
		ember_http_refuse(r, 400, wrong);
	else
		ember_http_job_begin(h, r, &query);
}

static const struct ember_http_route {
	const char *path; /* with * at its end: all that begin so */
	ember_http_handler *handler;
	bool post; /* takes POST, too */
	bool open; /* needs no token */
} ember_http_routes[] = {
	{ "/", ember_http_start, false, false },
	{ "/healthz", ember_http_healthz, false, true },
	{ "/metrics", ember_http_metrics, false, false },
	{ EMBER_HTTP_PPROF, ember_http_index, false, false },
	{ EMBER_HTTP_PPROF "cmdline", ember_http_cmdline, false, false },
	{ EMBER_HTTP_PPROF "symbol", ember_http_symbol, true, false },
	{ EMBER_HTTP_PPROF "*", ember_http_profile, false, false },
};

#define EMBER_HTTP_ROUTES (sizeof(ember_http_routes) / sizeof(*ember_http_routes))

static const struct ember_http_route *ember_http_route_find(const char *path)
{
	unsigned int i;

	for (i = 0; i < EMBER_HTTP_ROUTES; i++) {
		const char *known = ember_http_routes[i].path;
		size_t n = strlen(known);

		if (known[n - 1] == '*' ? !strncmp(path, known, n - 1) : !strcmp(path, known))
			return &ember_http_routes[i];
	}
	return NULL;
}

/* Return whether who asks may have it; if not, that is answered. */
static bool ember_http_admits(struct ember_http *h, struct evhttp_request *r,
			      const struct ember_http_route *route)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(r);
	enum ember_http_verdict verdict = ember_http_access_check(
		&h->access, evhttp_find_header(headers, "Authorization"),
		evhttp_find_header(headers, "Host"));

	if (verdict == EMBER_HTTP_UNAUTHORIZED && route && route->open)
		verdict = EMBER_HTTP_WELCOME;
	if (verdict == EMBER_HTTP_WELCOME)
		return true;
	h->refused++;
	if (verdict == EMBER_HTTP_FOREIGN) {
		ember_http_refuse(
			r, 403,
			"the request names another host: use an address or localhost, or a token");
		return false;
	}
	ember_http_header(r, "WWW-Authenticate",
			  "Basic realm=\"emberprof\", charset=\"UTF-8\"");
	ember_http_refuse(
		r, 401,
		"needs the token, as a bearer's or as the password of basic authentication");
	return false;
}

/* To the path that it is without //, . and .., as Go has it. */
static void ember_http_moved(struct evhttp_request *r, const struct ember_http_target *t)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.-~";
	char *to;
	size_t n;
	FILE *out = ember_http_text_open(&to, &n);
	const char *path;

	for (path = t->path; *path; path++)
		if (strchr(plain, *path))
			putc(*path, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*path);
	fprintf(out, "%s%s", *t->query ? "?" : "", t->query);
	if (fclose(out))
		ember_memory_end();
	ember_http_redirect(r, 307, to);
	free(to);
}

static void ember_http_handle(struct ember_http *h, struct evhttp_request *r)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(r);
	struct ember_http_target target;
	const char *wrong = ember_http_target_parse(&target, evhttp_request_get_uri(r));
	const struct ember_http_route *route = wrong ? NULL :
						       ember_http_route_find(target.path);

	if (!ember_http_admits(h, r, wrong || target.moved ? NULL : route)) {
	} else if (wrong) {
		ember_http_error(r, 400, wrong);
	} else if (target.moved) {
		ember_http_moved(r, &target);
	} else if (!route && !strcmp(target.path, "/debug/pprof")) {
		ember_http_redirect(r, 307, EMBER_HTTP_PPROF);
	} else if (!route) {
		ember_http_error(r, 404, "404 page not found");
	} else if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD &&
		   !(route->post && method == EVHTTP_REQ_POST)) {
		ember_http_header(r, "Allow", route->post ? "GET, HEAD, POST" : "GET, HEAD");
		ember_http_error(r, 405, "Method Not Allowed");
	} else {
		route->handler(h, r, &target);
	}
}

void ember_http_request(struct evhttp_request *r, void *context)
{
	struct ember_http *h = context;

	h->requests++;
	/* Those that wait for more say so themselves. */
	ember_http_connection_answers(&h->connections, r);
	ember_http_handle(h, r);
}
