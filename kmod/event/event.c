// SPDX-License-Identifier: GPL-2.0-only
/* The table of events, and what of it a session has. */
#include <linux/string.h>
#include <linux/uaccess.h>

#include "clock/tick.h"
#include "event.h"
#include "../sample/session_state.h"
#include "../sample/throttle.h"
#include "../sample/record.h"

static const struct ember_event_ops *const ember_event_table[] = {
	&ember_clock_event,	   &ember_growth_event,	      &ember_block_event,
	&ember_preempt_event,	   &ember_threads_event,      &ember_cycles_event,
	&ember_instructions_event, &ember_cache_misses_event, &ember_branch_misses_event,
	&ember_mutex_event,
};

u64 ember_events_features(void)
{
	u64 features = EMBER_FEATURE_EVENTS;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ember_event_table); i++)
		if (!ember_event_table[i]->available || ember_event_table[i]->available())
			features |= ember_event_table[i]->feature;
	return features;
}

static int ember_event_find(const struct ember_event *wanted,
			    const struct ember_event_ops **found)
{
	unsigned int i;

	if (wanted->type == EMBER_EVENT_CPU || wanted->flags || wanted->reserved[0] ||
	    wanted->reserved[1] || !wanted->period || wanted->period > U32_MAX)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(ember_event_table); i++) {
		*found = ember_event_table[i];
		if ((*found)->type == wanted->type)
			return !(*found)->available || (*found)->available() ? 0 : -EOPNOTSUPP;
	}
	return -EINVAL;
}

u32 ember_event_named(const char *name, size_t n)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ember_event_table); i++) {
		const char *its = ember_event_table[i]->name;

		if (its && strlen(its) == n && !memcmp(its, name, n))
			return ember_event_table[i]->type;
	}
	return EMBER_EVENT_CPU;
}

int ember_events_copy(struct ember_event wanted[EMBER_EVENTS_MAX],
		      const struct ember_config *config)
{
	if (config->nr_events > EMBER_EVENTS_MAX || !config->nr_events != !config->events)
		return -EINVAL;
	if (copy_from_user(wanted, u64_to_user_ptr(config->events),
			   config->nr_events * sizeof(*wanted)))
		return -EFAULT;
	return 0;
}

int ember_events_config(struct ember_session *s, const struct ember_event *wanted, u32 nr,
			u32 hz)
{
	unsigned int i, k;
	int err;

	s->nr_events = 0;
	for (i = 0; i < nr; i++) {
		err = ember_event_find(&wanted[i], &s->events[i].ops);
		if (err)
			return err;
		/* A counter is read at each tick, and what it counted is the sample's weight. */
		if (s->events[i].ops->counter && (!hz || wanted[i].period != 1))
			return -EINVAL;
		for (k = 0; k < i; k++)
			if (s->events[k].ops == s->events[i].ops)
				return -EINVAL;
		s->events[i].period = wanted[i].period;
	}
	s->nr_events = nr;
	return 0;
}

static void ember_events_exit_first(struct ember_session *s, unsigned int nr)
{
	while (nr--)
		if (s->events[nr].ops->exit)
			s->events[nr].ops->exit();
}

int ember_events_init(struct ember_session *s)
{
	unsigned int i;
	int err;

	for (i = 0; i < s->nr_events; i++) {
		err = s->events[i].ops->init ? s->events[i].ops->init() : 0;
		if (err) {
			ember_events_exit_first(s, i);
			return err;
		}
	}
	return 0;
}

void ember_events_exit(struct ember_session *s)
{
	ember_events_exit_first(s, s->nr_events);
}

void ember_events_cpu_init(struct ember_cpu *ec)
{
	const struct ember_session *s = ec->session;
	unsigned int i;

	for (i = 0; i < s->nr_events; i++) {
		ec->events[i].ec = ec;
		ec->events[i].ops = s->events[i].ops;
		ec->events[i].counters.type = s->events[i].ops->type;
		ec->events[i].counters.period = s->events[i].period;
		ec->counted |= s->events[i].ops->counter;
	}
}

void ember_events_start_here(struct ember_cpu *ec)
{
	const struct ember_session *s = ec->session;
	unsigned int i;

	ec->running = true;
	ember_throttle_start(ec);
	if (s->hz)
		ember_clock_event.start(ec, NULL);
	for (i = 0; i < s->nr_events; i++) {
		struct ember_event_cpu *event = &ec->events[i];

		event->total = 0;
		ember_grid_init(&event->grid, 0, s->events[i].period, ec->seed);
		event->ops->start(ec, event);
	}
}

void ember_events_stop_here(struct ember_cpu *ec)
{
	unsigned int i;

	for (i = 0; i < ec->session->nr_events; i++)
		ec->events[i].ops->stop(ec, &ec->events[i]);
	if (ec->session->hz)
		ember_clock_event.stop(ec, NULL);
	ember_throttle_stop(ec);
	ember_record_losses(ec);
	ec->running = false;
}
