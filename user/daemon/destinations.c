// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/destinations.h"

#include <string.h>

#include "base/address.h"

#define EMBER_HURRY_NS 1000000000ull

static bool ember_destination_filters(const struct ember_destination_config *c)
{
	return c->comm || c->nr_pid || c->some_events || c->only.nr;
}

static bool ember_destination_event(const struct ember_destination_config *c,
				    const struct ember_event_info *event)
{
	uint32_t i;

	if (!c->some_events || !event)
		return !c->some_events || c->cpu;
	for (i = 0; i < c->nr_events; i++)
		if (c->events[i].type == event->type)
			return true;
	return false;
}

/* An ember_fanout_wants. */
static bool ember_destination_wants(const void *context,
				    const struct ember_recording *recording,
				    const struct ember_thread *thread,
				    const struct ember_event_info *event)
{
	const struct ember_destination_config *c = context;
	uint32_t i;

	if (!ember_destination_event(c, event) || (c->comm && strcmp(c->comm, thread->comm)) ||
	    !ember_only_wants(&c->only, thread->comm, &recording->labels, thread->labels))
		return false;
	for (i = 0; i < c->nr_pid; i++)
		if (c->pid[i] == thread->tgid)
			return true;
	return !c->nr_pid;
}

/* Open one, and give it the recording's samples. */
static void ember_destination_begin(struct ember_destinations *to, struct ember_destination *d,
				    const struct ember_log_where *where, uint32_t session)
{
	const struct ember_destination_config *c = d->config;

	memset(&d->output, 0, sizeof(d->output));
	if (!where->path && !where->link)
		return;
	/* A path that is not there yet would be a file's. */
	if (where->path && ember_log_folder_make(where->path))
		return;
	if (ember_log_output_open(&d->output, where))
		return;
	d->open = true;
	ember_log_output_begin(&d->output, to->fanout.recording, session);
	ember_fanout_add(&to->fanout,
			 c && ember_destination_filters(c) ? ember_destination_wants : NULL,
			 c);
}

static struct ember_log_where ember_destination_where(const struct ember_daemon_config *config,
						      const struct ember_destination_config *c)
{
	struct ember_log_where where = { .flush_ns = config->request.flush_ns,
					 .board = config->request.board };

	if (!c)
		return where;
	if (ember_address_is(c->address)) {
		where.link = c->address;
		where.resend = c->resend;
		where.rate = c->rate;
		where.key = c->key;
		where.link_ns = c->interval_ns ? c->interval_ns : config->interval_ns;
	} else {
		where.path = c->address;
		where.keep = c->resend;
		if (c->interval_ns)
			where.flush_ns = c->interval_ns;
	}
	return where;
}

/* The [link] that has all samples: it shares the store's log, so both have the same chunks. */
static const struct ember_destination_config *
ember_destinations_shared(const struct ember_daemon_config *config)
{
	uint32_t i;

	for (i = 0; i < config->nr_destinations; i++) {
		const struct ember_destination_config *c = &config->destination[i];

		if (!strcmp(c->name, "link") && ember_address_is(c->address) &&
		    !ember_destination_filters(c))
			return c;
	}
	return NULL;
}

void ember_destinations_begin(struct ember_destinations *to,
			      const struct ember_daemon_config *config,
			      struct ember_recording *recording, uint32_t session)
{
	const struct ember_destination_config *shared = ember_destinations_shared(config);
	struct ember_log_where where = ember_destination_where(config, shared);
	uint32_t i;

	to->config = config;
	to->nr = 0;
	memset(to->item, 0, sizeof(to->item));
	ember_fanout_begin(&to->fanout, recording);
	ember_daemon_store_begin(&to->store, config);
	where.path = to->store.path;
	where.keep = to->store.keep;
	where.per_day = to->store.per_day;
	to->item[to->nr++] =
		(struct ember_destination){ .config = shared, .store = to->store.path };
	ember_destination_begin(to, &to->item[0], &where, session);
	for (i = 0; i < config->nr_destinations; i++) {
		if (&config->destination[i] == shared)
			continue;
		to->item[to->nr].config = &config->destination[i];
		where = ember_destination_where(config, &config->destination[i]);
		ember_destination_begin(to, &to->item[to->nr++], &where, session);
	}
}

uint64_t ember_destinations_pace(const struct ember_daemon_config *config)
{
	uint64_t pace = ember_log_pace(config->request.flush_ns).write_ns, one;
	uint32_t i;

	for (i = 0; i < config->nr_destinations; i++) {
		one = config->destination[i].interval_ns;
		if (!one)
			one = config->interval_ns;
		if (one < pace)
			pace = one;
	}
	return pace;
}

bool ember_destinations_due(const struct ember_destinations *to)
{
	uint32_t i;

	for (i = 0; i < to->nr; i++)
		if (to->item[i].open && ember_log_output_due(&to->item[i].output))
			return true;
	return false;
}

static double ember_destinations_sooner(double a, double b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

double ember_destinations_turn(struct ember_destinations *to)
{
	double wait = -1;
	uint32_t i;

	for (i = 0; i < to->nr; i++) {
		struct ember_destination *d = &to->item[i];

		if (!d->open)
			continue;
		if (ember_log_output_due(&d->output))
			ember_log_output_flush(&d->output);
		wait = ember_destinations_sooner(wait, ember_log_output_turn(&d->output));
	}
	if (to->nr && to->item[0].store && to->item[0].open)
		wait = ember_destinations_sooner(
			wait, ember_daemon_store_turn(&to->store, &to->item[0].output));
	return wait;
}

void ember_destinations_cut(struct ember_destinations *to)
{
	uint32_t i;

	for (i = 0; i < to->nr; i++)
		if (to->item[i].open)
			ember_log_output_cut(&to->item[i].output);
}

void ember_destinations_shrink(struct ember_destinations *to)
{
	uint32_t i;

	for (i = 0; i < to->nr; i++)
		if (to->item[i].open) {
			to->item[i].output.writer.tidy_at = 0;
			ember_log_tidy(&to->item[i].output.writer);
			ember_log_resync(&to->item[i].output.writer);
		}
}

void ember_destinations_wait(const struct ember_destinations *to, struct ember_loop *loop)
{
	uint32_t i;

	for (i = 0; i < to->nr; i++)
		if (to->item[i].open)
			ember_log_output_wait(&to->item[i].output, loop);
}

void ember_destinations_end(struct ember_destinations *to, bool stays)
{
	uint32_t i;

	ember_destinations_cut(to);
	for (i = 0; i < to->nr; i++) {
		struct ember_destination *d = &to->item[i];

		if (!d->open)
			continue;
		d->output.link.patience_ns = stays ? EMBER_HURRY_NS : 0;
		to->dropped += d->output.dir.dropped + d->output.dir.file.dropped;
		ember_log_output_end(&d->output);
		ember_fanout_drop(&to->fanout, &d->output.writer);
		d->open = false;
	}
	to->nr = 0;
}
