// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/job.h"

#include <errno.h>
#include <event2/http.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/answer.h"
#include "http/page.h"
#include "http/profile.h"

#define EMBER_HTTP_NO_PLACE    UINT32_MAX
#define EMBER_HTTP_SECOND      1000000000ull
#define EMBER_HTTP_CHILD_NS    (120 * EMBER_HTTP_SECOND) /* of a process, */
#define EMBER_HTTP_CHILD_CPU_S 60 /* and of CPU time */
#define EMBER_HTTP_SYNC_NS     (10 * EMBER_HTTP_SECOND) /* then what is readable has to do */
#define EMBER_HTTP_LINE_MAX    512 /* bytes of an error */

/* ---- in its process ---- */

struct ember_http_work {
	const struct ember_http *http;
	const struct ember_http_job *job;
};

/* An ember_http_child_fn. */
static int ember_http_work(void *context)
{
	const struct ember_http_work *w = context;
	const struct ember_http_backend *b = w->http->backend;

	if (!w->job->query.kind)
		return ember_http_page_start(b, stdout);
	return ember_http_profile_write(b, &w->job->query);
}

/* ---- in the server ---- */

uint32_t ember_http_jobs_at(const struct ember_http *h, enum ember_http_step step)
{
	uint32_t i, n = 0;

	for (i = 0; i < EMBER_HTTP_JOBS; i++)
		n += h->job[i].step == step;
	return n;
}

static void ember_http_job_headers(const struct ember_http_query *q, struct evhttp_request *r)
{
	char text[80];

	if (!q->kind || !q->format->ending)
		return;
	snprintf(text, sizeof(text), "attachment; filename=\"%s%s\"", q->kind->name,
		 q->delta ? "-delta" : "");
	ember_http_header(r, "Content-Disposition", text);
}

static const char *ember_http_job_type(const struct ember_http_query *q)
{
	return q->kind ? q->format->type : "text/html; charset=utf-8";
}

static void ember_http_job_refuse(struct ember_http *h, struct ember_http_job *j, int status,
				  const char *line)
{
	ember_http_connection_answers(&h->connections, j->request);
	h->refused += status == 503;
	h->failed += status == 500;
	if (status == 503)
		ember_http_header(j->request, "Retry-After", "2");
	ember_http_refuse(j->request, status, line);
	j->step = EMBER_HTTP_FREE;
}

/* Begin to wait for a process. */
static void ember_http_job_queue(struct ember_http *h, struct ember_http_job *j)
{
	j->step = EMBER_HTTP_QUEUED;
	j->order = h->orders++;
}

/* What is asked for is over, by the clock that runs through: its range, by dates. */
static void ember_http_job_range(struct ember_http_job *j, uint64_t now)
{
	struct ember_log_filter *f = &j->query.filter;
	uint64_t real = ember_clock_ns(CLOCK_REALTIME);
	uint64_t length = j->query.seconds * EMBER_HTTP_SECOND, ago = now - j->begun_ns;

	/* A clock that was set meanwhile: the logs have its new dates, too. */
	f->from = (struct ember_log_timestamp){ .given = true,
						.ns = ago < real ? real - ago : 0 };
	f->to = (struct ember_log_timestamp){ .given = true, .ns = f->from.ns + length };
}

void ember_http_job_begin(struct ember_http *h, struct evhttp_request *r,
			  const struct ember_http_query *query)
{
	struct ember_http_job *j = h->job;
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME);

	while (j < h->job + EMBER_HTTP_JOBS && j->step != EMBER_HTTP_FREE)
		j++;
	if (j == h->job + EMBER_HTTP_JOBS) {
		struct ember_http_job none = { .request = r };

		ember_http_job_refuse(h, &none, 503,
				      "too many requests at once: try again later");
		return;
	}
	*j = (struct ember_http_job){ .request = r,
				      .begun_ns = now,
				      .place = EMBER_HTTP_NO_PLACE };
	if (query) {
		j->query = *query;
		/* It was copied with where its texts were. */
		if (query->filter.comm)
			j->query.filter.comm = j->query.comm;
		if (query->filter.board)
			j->query.filter.board = j->query.board;
	}
	ember_http_connection_asks(&h->connections, r);
	if (evhttp_request_get_command(r) == EVHTTP_REQ_HEAD) {
		/* Its headers are known. */
		ember_http_job_headers(&j->query, r);
		ember_http_connection_answers(&h->connections, r);
		ember_http_bytes(r, ember_http_job_type(&j->query), "", 0);
		j->step = EMBER_HTTP_FREE;
		return;
	}
	if (!query || query->kind->now) {
		ember_http_job_queue(h, j);
	} else {
		j->step = EMBER_HTTP_LATER;
		j->until_ns = now;
		if (query->seconds)
			j->until_ns += query->seconds * EMBER_HTTP_SECOND + h->backend->lag_ns;
	}
}

static void ember_http_job_stop(struct ember_http *h, struct ember_http_job *j)
{
	uint64_t cpu = 0;

	if (j->step == EMBER_HTTP_RUNNING) {
		ember_http_child_end(&j->child, true, &cpu);
		close(j->child.out);
		h->cpu_ns += cpu;
	}
	j->step = EMBER_HTTP_FREE;
}

void ember_http_job_ended(void *context, struct evhttp_request *request)
{
	struct ember_http *h = context;
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_JOBS; i++)
		if (h->job[i].step != EMBER_HTTP_FREE && h->job[i].request == request)
			ember_http_job_stop(h, &h->job[i]);
}

/* The first line of what a process has left in place of an answer. */
static void ember_http_job_line(const struct ember_http_child *child, char *line)
{
	ssize_t n = pread(child->out, line, EMBER_HTTP_LINE_MAX - 1, 0);

	line[n > 0 ? n : 0] = 0;
	line[strcspn(line, "\n")] = 0;
	if (!*line)
		strcpy(line, "failed without a reason");
}

/* Its process has ended, or is to. */
static void ember_http_job_done(struct ember_http *h, struct ember_http_job *j, bool late)
{
	char line[EMBER_HTTP_LINE_MAX];
	struct evhttp_request *r = j->request;
	struct stat st;
	uint64_t cpu;
	int status = ember_http_child_end(&j->child, late, &cpu);

	h->cpu_ns += cpu;
	h->killed += late;
	if (WIFEXITED(status) && !WEXITSTATUS(status) && !fstat(j->child.out, &st)) {
		j->step = EMBER_HTTP_FREE;
		ember_http_connection_answers(&h->connections, r);
		ember_http_job_headers(&j->query, r);
		ember_http_file(r, ember_http_job_type(&j->query), j->child.out, st.st_size);
		return;
	}
	if (late || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
		strcpy(line, "it takes too long: select less, as by from= and to=");
	else if (WIFSIGNALED(status))
		snprintf(line, sizeof(line), "the request's process ended by signal %d",
			 WTERMSIG(status));
	else
		ember_http_job_line(&j->child, line);
	close(j->child.out);
	ember_http_job_refuse(h, j, 500, line);
}

static void ember_http_job_run(struct ember_http *h, struct ember_http_job *j)
{
	const struct ember_http_limits limits = { h->backend->child_bytes,
						  EMBER_HTTP_CHILD_CPU_S };
	struct ember_http_work work = { h, j };
	char line[80];
	int err = ember_http_child_start(&j->child, &limits, ember_http_work, &work);

	if (err) {
		snprintf(line, sizeof(line), "cannot start a process: %s", strerror(err));
		ember_http_job_refuse(h, j, 503, line);
		return;
	}
	h->children++;
	j->step = EMBER_HTTP_RUNNING;
	j->place = EMBER_HTTP_NO_PLACE;
	j->until_ns = ember_clock_ns(CLOCK_MONOTONIC) + EMBER_HTTP_CHILD_NS;
}

void ember_http_jobs_wait(struct ember_http *h, struct ember_loop *loop)
{
	uint64_t boot = ember_clock_ns(CLOCK_BOOTTIME), now = ember_clock_ns(CLOCK_MONOTONIC);
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_JOBS; i++) {
		struct ember_http_job *j = &h->job[i];

		j->place = EMBER_HTTP_NO_PLACE;
		if (j->step == EMBER_HTTP_LATER)
			ember_loop_due(loop,
				       now + (j->until_ns > boot ? j->until_ns - boot : 0));
		if (j->step == EMBER_HTTP_SYNCING)
			ember_loop_due(loop, j->until_ns);
		if (j->step != EMBER_HTTP_RUNNING)
			continue;
		ember_loop_due(loop, j->until_ns);
		j->place = ember_loop_fd(loop, j->child.alive, POLLIN);
	}
}

/* Those whose time has come ask for what was sampled, all of them at once. */
static void ember_http_jobs_sync(struct ember_http *h)
{
	uint64_t boot = ember_clock_ns(CLOCK_BOOTTIME), now = ember_clock_ns(CLOCK_MONOTONIC);
	uint64_t number = 0;
	bool asked = false;
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_JOBS; i++) {
		struct ember_http_job *j = &h->job[i];

		if (j->step != EMBER_HTTP_LATER || boot < j->until_ns)
			continue;
		if (!asked)
			number = h->backend->sync(h->backend->context);
		asked = true;
		if (j->query.seconds)
			ember_http_job_range(j, boot);
		j->sync = number;
		j->step = EMBER_HTTP_SYNCING;
		j->until_ns = now + EMBER_HTTP_SYNC_NS;
	}
}

static void ember_http_jobs_synced(struct ember_http *h)
{
	const struct ember_http_backend *b = h->backend;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_JOBS; i++) {
		struct ember_http_job *j = &h->job[i];

		if (j->step == EMBER_HTTP_SYNCING &&
		    (!b->synced || b->synced(b->context, j->sync) || now >= j->until_ns))
			ember_http_job_queue(h, j);
	}
}

static bool ember_http_job_now(const struct ember_http_job *j)
{
	return j->query.kind && j->query.kind->now;
}

/*
 * Return the one that waits for a process for longest; NULL: none does. Of those that ask the
 * module for a moment one runs at a time.
 */
static struct ember_http_job *ember_http_jobs_next(struct ember_http *h)
{
	struct ember_http_job *next = NULL;
	bool now = false;
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_JOBS; i++)
		now |= h->job[i].step == EMBER_HTTP_RUNNING && ember_http_job_now(&h->job[i]);
	for (i = 0; i < EMBER_HTTP_JOBS; i++)
		if (h->job[i].step == EMBER_HTTP_QUEUED &&
		    !(now && ember_http_job_now(&h->job[i])) &&
		    (!next || h->job[i].order < next->order))
			next = &h->job[i];
	return next;
}

void ember_http_jobs_turn(struct ember_http *h, const struct ember_loop *loop)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	struct ember_http_job *j;
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_JOBS; i++) {
		j = &h->job[i];
		if (j->step != EMBER_HTTP_RUNNING)
			continue;
		if (j->place != EMBER_HTTP_NO_PLACE && ember_loop_ready(loop, j->place))
			ember_http_job_done(h, j, false);
		else if (now >= j->until_ns)
			ember_http_job_done(h, j, true);
	}
	ember_http_jobs_sync(h);
	ember_http_jobs_synced(h);
	while (ember_http_jobs_at(h, EMBER_HTTP_RUNNING) < EMBER_HTTP_CHILDREN &&
	       (j = ember_http_jobs_next(h)))
		ember_http_job_run(h, j);
}

void ember_http_jobs_free(struct ember_http *h)
{
	uint32_t i;

	for (i = 0; i < EMBER_HTTP_JOBS; i++)
		if (h->job[i].step != EMBER_HTTP_FREE)
			ember_http_job_stop(h, &h->job[i]);
}
