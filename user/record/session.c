// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/session.h"

#include <unistd.h>

#include "base/event.h"
#include "base/message.h"

/* A ring that is filled to half wakes us; what waits longer than this does so too. */
#define EMBER_LATENCY_MS 10000

/* Room for a second at this many bytes a sample, known and new stacks mixed. */
#define EMBER_BYTES_A_SAMPLE 64
#define EMBER_RING_LEAST     (64u << 10)
#define EMBER_RING_MOST	     (1u << 20)

/* Events come in bursts: so many a second, as a clock's samples would. */
#define EMBER_EVENT_RATE 4096

void ember_session_symbols(struct ember_record_session *s, const struct ember_request *r,
			   struct ember_symbols *symbols)
{
	struct ember_loader *l = &s->loader;
	uint32_t i;

	for (i = 0; i < r->nr_debug_dirs; i++)
		ember_symbols_debug_dir(symbols, r->debug_dirs[i]);
	l->reach.remote_too = r->remote_files;
	l->dirs = ember_symbols_debug_dirs(symbols);
	l->cache.dir = r->unwind_cache;
	l->off = r->frame_pointers || (r->flags & EMBER_CONFIG_NO_USER && !r->nr_events);
}

/* Check that the module has the events. */
static int ember_session_events(const struct ember_record_session *s)
{
	const struct ember_request *r = s->request;
	const struct ember_event_kind *kind;
	uint32_t i;

	for (i = 0; i < r->nr_events; i++) {
		kind = ember_event_of(r->events[i].type);
		if (!(s->device.query.features & EMBER_FEATURE_EVENTS))
			return ember_error(
				"%s: the module samples no events: install module and tool from one release",
				kind->name);
		if (!(s->device.query.features & kind->feature))
			return ember_error("%s: this kernel has %s", kind->name, kind->lacks);
	}
	return 0;
}

/* What the module can't know to be a mistake, or would refuse without a reason. */
static int ember_session_check(struct ember_record_session *s)
{
	const struct ember_query *q = &s->device.query;
	struct ember_request *r = s->request;

	if (r->hz == EMBER_HZ_MAX)
		r->hz = q->max_hz;
	if (r->hz > q->max_hz)
		return ember_error("rate %u: at most %u Hz (module parameter max_hz)", r->hz,
				   q->max_hz);
	if (r->some_cpus && r->highest_cpu >= q->nr_cpus)
		return ember_error("no CPU %u: this machine has 0 to %u", r->highest_cpu,
				   q->nr_cpus - 1);
	if (r->ring_bytes > q->max_ring_bytes)
		return ember_error(
			"rings of %llu KiB: at most %u (module parameter max_ring_bytes)",
			(unsigned long long)r->ring_bytes / 1024, q->max_ring_bytes / 1024);
	if (r->only.nr && ember_cgroups_find(&s->cgroups, &r->only, q->features))
		return 1;
	return ember_session_events(s);
}

int ember_session_open(struct ember_record_session *s)
{
	return ember_device_open(&s->device) || ember_session_check(s);
}

/* Large enough for the rate, as long as a quarter of what all may have holds it. */
static uint32_t ember_ring_choose(uint32_t hz, const struct ember_query *q)
{
	uint64_t most = q->max_bytes / 4 / (q->nr_cpus + 1);
	uint32_t bytes = q->min_ring_bytes;

	if (most > EMBER_RING_MOST)
		most = EMBER_RING_MOST;
	if (most > q->max_ring_bytes)
		most = q->max_ring_bytes;
	while (2 * (uint64_t)bytes <= most &&
	       (bytes < EMBER_RING_LEAST || bytes < (uint64_t)hz * EMBER_BYTES_A_SAMPLE))
		bytes *= 2;
	return bytes;
}

/* For bursts of events, too, as long as the rings of all CPUs stay within what they may have. */
static uint32_t ember_rings_choose(const struct ember_request *r, const struct ember_query *q)
{
	uint32_t bytes = ember_ring_choose(r->hz + r->nr_events * EMBER_EVENT_RATE, q);
	uint32_t least = ember_ring_choose(r->hz, q);

	while (r->rings_bytes && bytes > least &&
	       (uint64_t)bytes * (q->nr_cpus + 1) > r->rings_bytes)
		bytes /= 2;
	return bytes;
}

/* What waits in a ring counts against --flush. */
static uint32_t ember_session_latency(uint64_t write_ns)
{
	uint64_t latency_ms = write_ns / 1000000;

	if (!write_ns || latency_ms >= EMBER_LATENCY_MS)
		return EMBER_LATENCY_MS;
	return latency_ms ? latency_ms : 1;
}

/* Take over the boot session in place of a new one. */
static int ember_session_adopt(struct ember_record_session *s, uint32_t latency_ms)
{
	s->adopt.latency_ms = latency_ms;
	if (ember_device_adopt(&s->device, &s->adopt))
		return 1;
	s->request->hz = s->adopt.hz;
	return 0;
}

static int ember_session_config(struct ember_record_session *s, uint64_t write_ns)
{
	struct ember_request *r = s->request;
	uint32_t self = getpid(), before;
	int err;
	struct ember_config config = {
		.size = sizeof(config),
		.flags = r->flags,
		.hz = r->hz,
		.filter = r->filter,
		.ids = r->nr_ids ? (uintptr_t)r->ids : 0,
		.nr_ids = r->nr_ids,
		.ring_bytes = r->ring_bytes,
		.latency_ms = ember_session_latency(write_ns),
		.events = r->nr_events ? (uintptr_t)r->events : 0,
		.nr_events = r->nr_events,
	};

	s->loader.marks = s->device.query.features & EMBER_FEATURE_GAPS;
	if (r->adopt)
		return ember_session_adopt(s, config.latency_ms);
	if (s->loader.marks && !s->loader.off)
		config.flags |= EMBER_CONFIG_TABLES;
	if (!config.ring_bytes)
		config.ring_bytes = ember_rings_choose(r, &s->device.query);
	if (r->some_cpus) {
		config.cpus = (uintptr_t)r->cpus;
		config.cpus_bytes = r->highest_cpu / 8 + 1;
	}
	/* We are what the command hangs on: whatever it leaves behind becomes our child. */
	if (r->filter == EMBER_FILTER_TREE) {
		config.ids = (uintptr_t)&self;
		config.nr_ids = 1;
	}
	if (r->filter == EMBER_FILTER_CGROUP) {
		config.ids = (uintptr_t)s->cgroups.id;
		config.nr_ids = s->cgroups.nr;
	}
	/* One of several may have ended since its number was looked at: without it, then. */
	while ((err = ember_device_configure(&s->device, &config)) < 0) {
		before = config.nr_ids;
		config.nr_ids = s->watch ? ember_watch_left(s->watch, r->ids) : 0;
		if (!config.nr_ids || config.nr_ids == before)
			return ember_error("what was to be recorded has just ended");
	}
	return err;
}

int ember_session_configure(struct ember_record_session *s, uint64_t write_ns)
{
	if (ember_session_config(s, write_ns))
		return 1;
	return s->request->budget_ppm ?
		       ember_device_budget(&s->device, s->request->budget_ppm) :
		       0;
}

void ember_session_begin(struct ember_record_session *s)
{
	struct ember_recording *r = &s->recording;
	uint64_t before;

	ember_recording_init(r, s->device.config.nr_rings,
			     s->request->hz ? s->device.config.period_ns : 0);
	ember_process_labels_begin(&s->labels, r);
	ember_recording_start(r);
	if (!s->request->adopt)
		return;
	/* A boot session began before. */
	before = r->started_ns - s->adopt.started;
	r->started_ns -= before;
	r->time_ns -= r->time_ns ? before : 0;
}

int ember_session_start(struct ember_record_session *s)
{
	if (!s->request->adopt)
		return ember_device_start(&s->device);
	ember_session_read(s);
	if (s->adopt.state == EMBER_STATE_RUNNING)
		return 0;
	if (!ember_session_status(s))
		ember_error(
			"boot session: its rings were full after %.1f s, and it took no samples since (module parameter boot_ring_bytes)",
			s->status.running_ns / 1e9);
	return ember_device_start(&s->device);
}

void ember_session_read(struct ember_record_session *s)
{
	ember_device_read(&s->device, ember_recording_record, &s->recording);
	if (s->keep)
		ember_symbols_keep(s->keep, &s->recording.spaces);
}

bool ember_session_compile(struct ember_record_session *s)
{
	return ember_loader_next(&s->loader, &s->recording.spaces, s->device.fd);
}

int ember_session_status(struct ember_record_session *s)
{
	return ember_device_status(&s->device, &s->status);
}

int ember_session_stop(struct ember_record_session *s)
{
	int err = ember_device_stop(&s->device);
	unsigned int turn;

	/*
	 * Definitions that the last ring had no room for come as it's read. That ends,
	 * and an error in the module must not make it endless.
	 */
	s->status.definitions_waiting = 1;
	for (turn = 0; !err && s->status.definitions_waiting && turn < 1000; turn++) {
		ember_session_read(s);
		err |= ember_session_status(s);
	}
	ember_session_read(s);
	ember_recording_stop(&s->recording);
	return err;
}

void ember_session_close(struct ember_record_session *s)
{
	ember_device_close(&s->device);
}

void ember_session_free(struct ember_record_session *s)
{
	ember_loader_free(&s->loader);
	ember_recording_free(&s->recording);
}
