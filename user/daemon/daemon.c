// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/notify.h"
#include "daemon/memory.h"
#include "daemon/served.h"
#include "daemon/status.h"

#define EMBER_BACKOFF_LEAST_NS 1000000000ull /* between two looks for the module, */
#define EMBER_BACKOFF_MOST_NS  30000000000ull /* twice as long each time, up to this */
#define EMBER_PAUSE_NS	       600000000000ull /* that a pause lasts at most */
#define EMBER_COMPILE_NS       2000000 /* at a time, before the loop looks again, */
#define EMBER_COMPILE_SLICES   16 /* and between two looks at the clock */
#define EMBER_DAEMON_RINGS     (512u << 10) /* bytes of them, which are resident in the end */
#define EMBER_DAEMON_NICE      -5 /* who looks at the load must not be starved by it */

static void ember_daemon_becomes(struct ember_daemon *d, enum ember_daemon_state state)
{
	d->state = state;
	d->since_ns = ember_clock_ns(CLOCK_MONOTONIC);
	ember_daemon_notify(d);
}

/* What the configuration says besides what to sample. */
static void ember_daemon_apply(struct ember_daemon *d)
{
	if (d->symbols)
		ember_symbols_free(d->symbols);
	d->symbols = ember_symbols_new();
	ember_session_symbols(&d->session, &d->config.request, d->symbols);
}

static void ember_daemon_close(struct ember_daemon *d)
{
	ember_session_close(&d->session);
	ember_session_free(&d->session);
	d->session = EMBER_SESSION(&d->request);
	d->more = false;
}

/* Open the device and sample. Returns 0, or 1 (said). */
static int ember_daemon_begin(struct ember_daemon *d)
{
	struct ember_record_session *s = &d->session;

	d->request = d->config.request;
	d->request.rings_bytes = EMBER_DAEMON_RINGS;
	*s = EMBER_SESSION(&d->request);
	ember_daemon_apply(d);
	ember_dates_look(&s->loader.dates);
	if (ember_session_open(s))
		return 1;
	d->request.adopt = d->config.request.adopt && ember_device_boot_waits(&s->device);
	if (s->device.query.features & EMBER_FEATURE_BUDGET)
		d->request.budget_ppm = ember_budget_module(&d->budget);
	if (ember_session_configure(s, ember_destinations_pace(&d->config)))
		return 1;
	ember_session_begin(s);
	ember_destinations_begin(&d->to, &d->config, &s->recording, s->device.config.session);
	if (ember_session_start(s)) {
		ember_destinations_end(&d->to, true);
		return 1;
	}
	d->sums.sessions++;
	d->fresh = true;
	ember_daemon_becomes(d, EMBER_DAEMON_SAMPLING);
	return 0;
}

/* Stop to sample, and write what there is. stays: the daemon goes on. */
static void ember_daemon_end(struct ember_daemon *d, bool stays)
{
	const struct ember_recording *r = &d->session.recording;

	if (d->state != EMBER_DAEMON_SAMPLING)
		return;
	ember_session_stop(&d->session);
	d->sums.samples += r->samples;
	d->sums.lost += r->lost;
	d->sums.skipped += r->skipped;
	ember_session_close(&d->session);
	ember_destinations_end(&d->to, stays);
	ember_daemon_close(d);
	d->retry_ns = d->backoff_ns = 0;
	ember_daemon_becomes(d, EMBER_DAEMON_WAITING);
}

/* Say which parts of the configuration this build has no code for. */
static void ember_daemon_lacks(const struct ember_daemon_config *c)
{
	if (c->http.listen && !ember_http_possible)
		ember_warning("[http]: %s: nothing listens: this build has no HTTP",
			      c->http.listen);
	if (c->relay.url && !ember_relayed_possible())
		ember_warning("[relay]: %s: nothing is sent: this build has no relay",
			      c->relay.url);
}

/* Look for the module again, later each time. */
static void ember_daemon_later(struct ember_daemon *d)
{
	d->backoff_ns = d->backoff_ns ? 2 * d->backoff_ns : EMBER_BACKOFF_LEAST_NS;
	if (d->backoff_ns > EMBER_BACKOFF_MOST_NS)
		d->backoff_ns = EMBER_BACKOFF_MOST_NS;
	d->retry_ns = ember_clock_ns(CLOCK_MONOTONIC) + d->backoff_ns;
}

static bool ember_daemon_module(void)
{
	return !access(EMBER_DEVICE, F_OK);
}

/* A pause ends by itself once the module has been replaced, or when it is over. */
static bool ember_daemon_is_paused(struct ember_daemon *d)
{
	bool there = ember_daemon_module();

	d->gone |= !there;
	if (ember_clock_ns(CLOCK_MONOTONIC) < d->paused_ns && !(d->gone && there)) {
		d->retry_ns = ember_clock_ns(CLOCK_MONOTONIC) + EMBER_BACKOFF_LEAST_NS;
		return true;
	}
	return false;
}

/* Without a session: begin one if the module is there. */
static void ember_daemon_look(struct ember_daemon *d)
{
	if (ember_clock_ns(CLOCK_MONOTONIC) < d->retry_ns)
		return;
	if (d->state == EMBER_DAEMON_PAUSED) {
		if (ember_daemon_is_paused(d))
			return;
		ember_daemon_becomes(d, EMBER_DAEMON_WAITING);
	}
	if (!ember_daemon_module()) {
		if (!d->backoff_ns)
			ember_warning(
				EMBER_DEVICE
				": not there: the daemon waits for the module (modprobe emberprof)");
		ember_daemon_later(d);
		return;
	}
	if (!ember_daemon_begin(d))
		return;
	ember_daemon_close(d);
	ember_daemon_later(d);
}

static void ember_daemon_pause(struct ember_daemon *d)
{
	ember_daemon_end(d, true);
	d->gone = !ember_daemon_module();
	d->paused_ns = ember_clock_ns(CLOCK_MONOTONIC) + EMBER_PAUSE_NS;
	d->retry_ns = 0;
	ember_daemon_becomes(d, EMBER_DAEMON_PAUSED);
}

static void ember_daemon_resume(struct ember_daemon *d)
{
	if (d->state == EMBER_DAEMON_PAUSED)
		ember_daemon_becomes(d, EMBER_DAEMON_WAITING);
	d->retry_ns = d->backoff_ns = 0;
}

/* An ember_control_answer. */
static bool ember_daemon_answer(void *context, const char *word, FILE *out)
{
	struct ember_daemon *d = context;

	if (!strcmp(word, "json")) {
		ember_daemon_json(d, out);
		return true;
	}
	if (!strcmp(word, "pause"))
		ember_daemon_pause(d);
	else if (!strcmp(word, "resume"))
		ember_daemon_resume(d);
	else if (strcmp(word, "line"))
		return false;
	ember_daemon_line(d, out);
	fputc('\n', out);
	return true;
}

/* The module has what we leave of the budget. A small change is not worth a call. */
static void ember_daemon_grant(struct ember_daemon *d)
{
	uint32_t ppm = ember_budget_module(&d->budget), before = d->request.budget_ppm;

	if (!(d->session.device.query.features & EMBER_FEATURE_BUDGET) ||
	    (ppm <= before + before / 16 && before <= ppm + ppm / 16))
		return;
	if (!ember_device_budget(&d->session.device, ppm))
		d->request.budget_ppm = ppm;
}

/* Read the configuration again; a bad one keeps the old. */
static void ember_daemon_reload(struct ember_daemon *d)
{
	struct ember_daemon_config config;
	bool same;

	ember_notify("RELOADING=1");
	if (ember_config_load(&config, d->source)) {
		ember_warning("%s: is not applied: the daemon goes on as before",
			      d->source->file ? d->source->file : "the configuration");
		ember_notify("READY=1");
		return;
	}
	same = d->state == EMBER_DAEMON_SAMPLING &&
	       ember_config_same_session(&d->config, &config);
	if (same) {
		ember_session_read(&d->session);
		ember_destinations_end(&d->to, true);
	} else {
		ember_daemon_end(d, true);
	}
	ember_config_free(&d->config);
	d->config = config;
	ember_daemon_lacks(&d->config);
	ember_relayed_close(&d->relayed);
	ember_served_open(&d->served, d, d->command);
	ember_budget_begin(&d->budget, d->config.budget_ppm);
	d->fresh = true;
	if (same) {
		d->request.board = d->config.request.board;
		ember_daemon_grant(d);
		ember_daemon_apply(d);
		ember_destinations_begin(&d->to, &d->config, &d->session.recording,
					 d->session.device.config.session);
	}
	d->retry_ns = d->backoff_ns = 0;
	ember_note("%s: is applied", d->source->file ? d->source->file : "the configuration");
	ember_notify("READY=1");
}

/* The window of the budget is over: measure, and share out. */
static void ember_daemon_measure(struct ember_daemon *d)
{
	struct ember_status *status = &d->session.status;
	bool samples = d->state == EMBER_DAEMON_SAMPLING;
	uint64_t handlers = 0;
	uint32_t cpus = 1;

	if (!ember_budget_due(&d->budget))
		return;
	if (samples && !ember_session_status(&d->session)) {
		handlers = status->budget.ppm ?
				   status->budget.charged_ns :
				   status->counters.handler_ns + status->snapshot_ns;
		cpus = status->cpus_online;
	}
	ember_budget_turn(&d->budget, handlers, cpus, d->fresh);
	d->fresh = false;
	if (samples) {
		ember_daemon_grant(d);
		ember_daemon_shrink(d);
	}
	ember_daemon_notify(d);
}

/* Compile tables, as far as the budget allows: all else goes on between two bursts. */
static void ember_daemon_compile(struct ember_daemon *d, struct ember_loop *loop)
{
	uint64_t until = ember_clock_ns(CLOCK_MONOTONIC) + EMBER_COMPILE_NS;
	unsigned int i;

	d->more = true;
	while (d->more && ember_budget_allows(&d->budget) &&
	       ember_clock_ns(CLOCK_MONOTONIC) < until) {
		for (i = 0; d->more && i < EMBER_COMPILE_SLICES; i++)
			d->more = ember_session_compile(&d->session);
		if (d->more && !d->budget.works) {
			d->budget.works = true;
			ember_daemon_grant(d);
		}
	}
	d->budget.works &= d->more;
	if (d->more)
		ember_loop_within(loop, ember_budget_wait(&d->budget));
}

/* What there is to do while it samples, behind a wait. */
static void ember_daemon_sample(struct ember_daemon *d, struct ember_loop *loop,
				uint32_t device)
{
	short ready = ember_loop_ready(loop, device);

	if (ready & (POLLERR | POLLHUP | POLLNVAL)) {
		ember_error(EMBER_DEVICE
			    ": the session is gone: the daemon begins another one");
		ember_daemon_end(d, true);
		return;
	}
	if (ready || ember_destinations_due(&d->to))
		ember_session_read(&d->session);
	ember_recording_look(&d->session.recording);
	ember_loop_within(loop, ember_destinations_turn(&d->to));
	if (d->compacted != d->session.recording.spaces.compacted)
		ember_daemon_trim();
	d->compacted = d->session.recording.spaces.compacted;
	ember_daemon_compile(d, loop);
}

/* The service manager hears that the loop turns. */
static void ember_daemon_alive(struct ember_daemon *d, struct ember_loop *loop)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);

	if (!d->watchdog_ns)
		return;
	if (now - d->alive_ns >= d->watchdog_ns) {
		ember_notify("WATCHDOG=1");
		d->alive_ns = now;
	}
	ember_loop_due(loop, d->alive_ns + d->watchdog_ns);
}

static int ember_daemon_loop(struct ember_daemon *d)
{
	struct ember_loop loop = EMBER_LOOP(&d->signals);
	uint32_t device;
	int err = 0;

	while (!err && !ember_signals_end()) {
		if (ember_signals_reloads())
			ember_daemon_reload(d);
		if (d->state != EMBER_DAEMON_SAMPLING)
			ember_daemon_look(d);
		if (d->state != EMBER_DAEMON_SAMPLING)
			ember_loop_due(&loop, d->retry_ns);
		ember_daemon_alive(d, &loop);
		ember_relayed_turn(&d->relayed, &d->config, &loop);
		ember_loop_begin(&loop);
		device = ember_loop_fd(
			&loop, d->state == EMBER_DAEMON_SAMPLING ? d->session.device.fd : -1,
			POLLIN);
		ember_destinations_wait(&d->to, &loop);
		ember_control_wait(&d->control, &loop);
		ember_served_wait(&d->served, &loop);
		err = ember_loop_wait(&loop);
		ember_control_turn(&d->control, &loop);
		if (d->state == EMBER_DAEMON_SAMPLING)
			ember_daemon_sample(d, &loop, device);
		ember_served_turn(&d->served, &loop);
		ember_daemon_measure(d);
	}
	ember_loop_free(&loop);
	return err;
}

int ember_daemon_run(struct ember_daemon *d, const struct ember_config_source *source,
		     char **command)
{
	int err;

	ember_daemon_heap();
	/* First of all: a SIGHUP that nobody takes ends a process without a word. */
	ember_signals_take(&d->signals);
	ember_signals_reload();
	d->source = source;
	d->command = command;
	d->session = EMBER_SESSION(&d->request);
	d->control = EMBER_CONTROL;
	d->begun_ns = d->since_ns = ember_clock_ns(CLOCK_MONOTONIC);
	err = ember_config_load(&d->config, source);
	if (err)
		return err;
	umask(027);
	ember_daemon_lacks(&d->config);
	ember_message_never_wait();
	ember_message_set(EMBER_LEVEL_NOTE, ember_daemon_message, d);
	err = ember_control_open(&d->control, ember_daemon_answer, d);
	if (!err)
		err = ember_served_open(&d->served, d, d->command);
	if (!err) {
		if (getpriority(PRIO_PROCESS, 0) > EMBER_DAEMON_NICE)
			setpriority(PRIO_PROCESS, 0, EMBER_DAEMON_NICE);
		d->watchdog_ns = ember_notify_watchdog_ns();
		ember_budget_begin(&d->budget, d->config.budget_ppm);
		ember_daemon_look(d);
		ember_notify("READY=1");
		ember_daemon_notify(d);
		err = ember_daemon_loop(d);
		ember_notify("STOPPING=1");
		ember_daemon_end(d, false);
	}
	ember_relayed_close(&d->relayed);
	ember_served_close(&d->served);
	ember_control_close(&d->control);
	ember_session_free(&d->session);
	if (d->symbols)
		ember_symbols_free(d->symbols);
	ember_config_free(&d->config);
	ember_message_set(EMBER_LEVEL_NOTE, NULL, NULL);
	return err;
}
