// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/served.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/path.h"
#include "daemon/daemon_state.h"
#include "daemon/status.h"
#include "http/metrics.h"
#include "http/query.h"
#include "threads/serve.h"

#define EMBER_SERVED_LAG_NS \
	300000000ull /* until mappings have come of what was sampled last */
#define EMBER_SERVED_BYTES  (256ull << 20) /* of a request's process */
#define EMBER_SERVED_MARGIN 60000000000ull /* a log that ended so long before is not read */

/* ---- in the daemon ---- */

static uint64_t ember_served_sync(void *context)
{
	struct ember_daemon *d = context;

	if (d->state == EMBER_DAEMON_SAMPLING) {
		ember_session_read(&d->session);
		ember_destinations_cut(&d->to);
	}
	return 0;
}

static const struct ember_log_output *ember_served_store(const struct ember_daemon *d)
{
	const struct ember_destination *store = &d->to.item[0];

	return d->to.nr && store->open && store->store ? &store->output : NULL;
}

static void ember_served_metrics_store(const struct ember_daemon *d, FILE *out)
{
	const struct ember_log_output *o = ember_served_store(d);

	if (!o)
		return;
	ember_metric(out, EMBER_METRIC_GAUGE, "store_bytes", "Bytes of the logs in the store.",
		     o->dir.bound.bytes + o->dir.file.bytes);
	ember_metric(out, EMBER_METRIC_GAUGE, "store_waiting_bytes",
		     "Bytes that wait to be written to the store.", o->dir.file.waiting.used);
	ember_metric(out, EMBER_METRIC_GAUGE, "store_in_memory",
		     "1 while logs go to memory, because the store takes nothing.",
		     d->to.store.fallback);
	ember_metric(out, EMBER_METRIC_COUNTER, "store_dropped_bytes_total",
		     "Bytes that found no room in the store.",
		     d->to.dropped + o->dir.dropped + o->dir.file.dropped);
}

static void ember_served_metrics(void *context, FILE *out)
{
	const enum ember_metric_type counter = EMBER_METRIC_COUNTER,
				     gauge = EMBER_METRIC_GAUGE;
	const struct ember_daemon *d = context;
	const struct ember_recording *r = &d->session.recording;
	bool samples = d->state == EMBER_DAEMON_SAMPLING;

	ember_metric(out, gauge, "sampling", "1 while a session samples.", samples);
	ember_metric(out, gauge, "rate_hz", "Samples a second and CPU.",
		     samples ? d->request.hz : 0);
	ember_metric(out, counter, "sessions_total", "Sessions since the daemon began.",
		     d->sums.sessions);
	ember_metric(out, counter, "samples_total", "CPU samples.",
		     d->sums.samples + (samples ? r->samples : 0));
	ember_metric(out, counter, "samples_lost_total", "CPU samples that found no room.",
		     d->sums.lost + (samples ? r->lost : 0));
	ember_metric(out, counter, "samples_skipped_total",
		     "CPU samples that were due while interrupts were off.",
		     d->sums.skipped + (samples ? r->skipped : 0));
	ember_metric(
		out, gauge, "budget_ppm",
		"CPU time of module and daemon that is allowed, of each CPU; 0: no bound.",
		d->budget.ppm);
	ember_metric(out, gauge, "module_cpu_ppm",
		     "CPU time of the module in the last window, of each CPU.",
		     d->budget.module_ppm);
	ember_metric(out, gauge, "daemon_cpu_ppm",
		     "CPU time of the daemon in the last window, of one CPU.",
		     d->budget.self_ppm);
	ember_metric(out, gauge, "resident_bytes", "Memory of the daemon that is resident.",
		     ember_daemon_resident());
	ember_served_metrics_store(d, out);
}

static bool ember_served_healthy(void *context, const char **why)
{
	const struct ember_daemon *d = context;

	*why = d->state == EMBER_DAEMON_PAUSED ?
		       "paused: the device is closed" :
		       "waits for the module: /dev/emberprof is not there";
	return d->state == EMBER_DAEMON_SAMPLING;
}

/* Of "0.10 0.05 0.01 2/345 6789" the 345. */
static bool ember_served_threads(uint64_t *count)
{
	int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	char text[128], *at;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	at = strchr(text, '/');
	*count = at ? strtoull(at + 1, NULL, 10) : 0;
	return *count;
}

/* Samples of the session, as Go's counts are those of the process. */
static bool ember_served_count(void *context, const char *event, uint64_t *count)
{
	const struct ember_daemon *d = context;
	const struct ember_recording *r = &d->session.recording;
	uint32_t i;

	if (event && !strcmp(event, "threads"))
		return ember_served_threads(count);
	*count = 0;
	if (d->state != EMBER_DAEMON_SAMPLING)
		return true;
	if (!event)
		*count = r->samples;
	for (i = 0; event && i < r->events.nr_event; i++)
		if (!strcmp(r->events.event[i].name, event))
			*count += r->event[i].sampled.samples;
	return true;
}

/* ---- in a request's process ---- */

struct ember_served_folder {
	const struct ember_dates *dates;
	const char *path;
	uint64_t from_ns; /* CLOCK_BOOTTIME of what is asked for, less a margin; 0: any */
	struct ember_logs *logs;
};

/* An ember_log_folder_each. */
static bool ember_served_log(void *context, const char *name, uint64_t bytes)
{
	struct ember_served_folder *f = context;
	char *path = ember_path_in(f->path, name);
	struct stat st;
	bool good = true;

	/* One that made room for another meanwhile is not there. */
	if (bytes && !stat(path, &st) &&
	    !(f->from_ns && ember_dates_before(f->dates, f->from_ns, &st.st_mtim)))
		good = ember_logs_add(f->logs, path, NULL, NULL);
	free(path);
	return good;
}

/* When that was, by a clock that runs through; 0: before this boot. */
static uint64_t ember_served_boottime(const struct ember_log_timestamp *from)
{
	uint64_t now = ember_clock_ns(CLOCK_BOOTTIME), real = ember_clock_ns(CLOCK_REALTIME);
	uint64_t ago = real > from->ns ? real - from->ns : 0;

	if (!from->given || ago + EMBER_SERVED_MARGIN >= now)
		return 0;
	return now - ago - EMBER_SERVED_MARGIN;
}

static bool ember_served_folder(const struct ember_daemon *d, const char *path,
				struct ember_logs *logs, const struct ember_log_filter *filter)
{
	struct ember_served_folder f = {
		.dates = &d->session.loader.dates,
		.path = path,
		.from_ns = ember_served_boottime(&filter->from),
		.logs = logs,
	};
	uint32_t before = logs->nr_file;

	/* A folder that is not there has no logs. */
	return !path || access(path, F_OK) ||
	       !ember_log_folder_list(path, ember_served_log, &f) || logs->nr_file > before;
}

static bool ember_served_logs(void *context, struct ember_logs *logs,
			      const struct ember_log_filter *filter)
{
	const struct ember_daemon *d = context;
	const struct ember_log_output *o = ember_served_store(d);
	const struct ember_buf *waiting = o ? &o->dir.file.waiting : NULL;

	return ember_served_folder(d, d->config.store, logs, filter) &&
	       ember_served_folder(d, d->config.fallback, logs, filter) &&
	       (!waiting || !waiting->used ||
		ember_logs_bytes(logs, "what waits for the store", waiting->bytes,
				 waiting->used));
}

static int ember_served_names(void *context, struct ember_input *input)
{
	const struct ember_daemon *d = context;
	const struct ember_request *r = &d->config.request;

	for (; input->nr_debug_dirs < r->nr_debug_dirs; input->nr_debug_dirs++)
		input->debug_dirs[input->nr_debug_dirs] = r->debug_dirs[input->nr_debug_dirs];
	return 0;
}

/* The daemon's session goes on: the snapshot has one of its own. */
static int ember_served_snapshot(void *context, const struct ember_http_query *q)
{
	const struct ember_daemon *d = context;

	return ember_threads_serve(&(struct ember_threads_ask){
		.like = &d->config.request,
		.filter = &q->filter,
		.name = q->kind->name,
		.format = q->format->debug ? NULL : q->format->name,
		.whole = q->whole,
	});
}

/* ---- the server ---- */

int ember_served_open(struct ember_served *s, struct ember_daemon *d, char **command)
{
	const struct ember_http_config *c = &d->config.http;
	char address[EMBER_SERVED_ADDRESS];
	int err;

	snprintf(address, sizeof(address), "%s%s", c->listen ? c->listen : "",
		 c->anyone ? ",insecure" : "");
	if (s->http && !c->token_file && !s->token && !strcmp(address, s->address))
		return 0;
	ember_served_close(s);
	if (!c->listen)
		return 0;
	memcpy(s->address, address, sizeof(address));
	s->token = c->token_file != NULL;
	err = ember_http_open(&s->http, address, c->token_file, command);
	if (err)
		return err;
	s->backend = (struct ember_http_backend){
		.context = d,
		.service = "daemon",
		.lag_ns = EMBER_SERVED_LAG_NS,
		.child_bytes = EMBER_SERVED_BYTES,
		.sync = ember_served_sync,
		.metrics = ember_served_metrics,
		.healthy = ember_served_healthy,
		.logs = ember_served_logs,
		.names = ember_served_names,
		.count = ember_served_count,
		.snapshot = ember_threads_possible ? ember_served_snapshot : NULL,
	};
	ember_http_serve(s->http, &s->backend);
	return 0;
}

void ember_served_wait(struct ember_served *s, struct ember_loop *loop)
{
	ember_http_wait(s->http, loop);
}

void ember_served_turn(struct ember_served *s, const struct ember_loop *loop)
{
	ember_http_turn(s->http, loop);
}

void ember_served_close(struct ember_served *s)
{
	ember_http_close(s->http);
	s->http = NULL;
}
