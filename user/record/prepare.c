// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/prepare.h"

#include "base/clock.h"
#include "record/mapped.h"
#include "record/needed.h"
#include "record/summary.h"

/* Seconds, where no time is asked for: a command can wait, what runs already goes on. */
#define EMBER_PREPARE_COMMAND 10
#define EMBER_PREPARE_OTHERS  2

struct ember_preparation {
	const struct ember_signals *signals;
	struct ember_loader *loader;
	uint64_t end_ns, shown_ns; /* CLOCK_MONOTONIC; shown_ns 0: nobody looks */
	uint32_t done, all;
};

/* Whether there is time left. */
static bool ember_prepare_on(struct ember_preparation *p)
{
	static const struct timespec none;
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);

	ember_signals_poll(p->signals, NULL, 0, &none);
	if (p->shown_ns && now - p->shown_ns >= 1000000000) {
		ember_progress_prepare(p->done, p->all);
		p->shown_ns = now;
	}
	return now < p->end_ns && !ember_signals_end();
}

static bool ember_prepare_file(struct ember_preparation *p, uint32_t tgid, const char *path)
{
	bool on;

	ember_loader_ahead(p->loader, tgid, path);
	do
		on = ember_prepare_on(p);
	while (on && ember_loader_step(p->loader, -1));
	p->done++;
	return on;
}

static struct ember_preparation ember_prepare_begin(const struct ember_request *r,
						    const struct ember_signals *signals,
						    struct ember_loader *loader,
						    double seconds)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);

	return (struct ember_preparation){
		.signals = signals,
		.loader = loader,
		.end_ns = now + 1e9 * (r->unwind_wait < 0 ? seconds : r->unwind_wait),
		.shown_ns = !r->quiet && ember_progress_wanted() ? now : 0,
	};
}

void ember_prepare(const struct ember_request *r, const struct ember_signals *signals,
		   struct ember_loader *loader)
{
	struct ember_preparation p;
	struct ember_needed needed;
	struct ember_mapped mapped;
	uint32_t i;

	if (loader->off || !r->unwind_wait)
		return;
	if (r->command) {
		p = ember_prepare_begin(r, signals, loader, EMBER_PREPARE_COMMAND);
		ember_needed_find(&needed, &loader->reach, *r->command);
		p.all = needed.nr;
		for (i = 0; i < needed.nr && ember_prepare_file(&p, 0, needed.file[i].path);
		     i++)
			;
		ember_needed_free(&needed);
	}
	if (r->filter != EMBER_FILTER_TREE) {
		p = ember_prepare_begin(r, signals, loader, EMBER_PREPARE_OTHERS);
		ember_mapped_find(&mapped, r->ids, r->nr_ids);
		p.all = mapped.nr;
		for (i = 0; i < mapped.nr &&
			    ember_prepare_file(&p, mapped.file[i].tgid, mapped.file[i].path);
		     i++)
			;
		ember_mapped_free(&mapped);
	}
	if (p.shown_ns)
		ember_progress_clear();
}
