// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/budget.h"

#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"

#define EMBER_PPM_ALL	 1000000
#define EMBER_LEAST_PART 4 /* the module has such a part of the budget, whatever we spend */
#define EMBER_LEAST_PPM	 100 /* and no less than this, which the module accepts */
#define EMBER_FALL	 8 /* such a part of what we spend is forgotten with each window */
#define EMBER_SAVE_NS	 2000000000ull /* allowance gathers for so long */
#define EMBER_WAITING	 0.4 /* of the budget: with what has gathered, less than half in 10 s */

static uint64_t ember_usage_ns(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage))
		return 0;
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000ull +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ull;
}

void ember_budget_begin(struct ember_daemon_budget *b, uint32_t ppm)
{
	memset(b, 0, sizeof(*b));
	b->ppm = ppm;
	b->since_ns = b->reckoned_ns = ember_clock_ns(CLOCK_MONOTONIC);
	b->reckoned_self = ember_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	b->then.self = ember_usage_ns(RUSAGE_SELF);
	b->then.children = ember_usage_ns(RUSAGE_CHILDREN);
}

/* CPU time that work which can wait is allowed in so many ns. */
static int64_t ember_budget_waiting(const struct ember_daemon_budget *b, uint64_t ns)
{
	return (double)ns * b->ppm / EMBER_PPM_ALL * EMBER_WAITING;
}

bool ember_budget_allows(struct ember_daemon_budget *b)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC);
	uint64_t self = ember_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	int64_t most = ember_budget_waiting(b, EMBER_SAVE_NS);

	if (!b->ppm)
		return true;
	b->allowance_ns += ember_budget_waiting(b, now - b->reckoned_ns) -
			   (int64_t)(self - b->reckoned_self);
	b->reckoned_ns = now;
	b->reckoned_self = self;
	if (b->allowance_ns > most)
		b->allowance_ns = most;
	if (b->allowance_ns <= 0)
		b->saves = true;
	else if (b->allowance_ns >= most / 2)
		b->saves = false; /* waiting for all of it has cost a part */
	return !b->saves;
}

double ember_budget_wait(const struct ember_daemon_budget *b)
{
	int64_t lacks = ember_budget_waiting(b, EMBER_SAVE_NS) - b->allowance_ns;

	if (!b->saves)
		return 0;
	return (lacks > 1 ? lacks : 1) / EMBER_WAITING * EMBER_PPM_ALL / b->ppm / 1e9;
}

bool ember_budget_due(const struct ember_daemon_budget *b)
{
	return ember_clock_ns(CLOCK_MONOTONIC) - b->since_ns >= EMBER_BUDGET_WINDOW_NS;
}

static uint32_t ember_budget_ppm(uint64_t spent, uint64_t ns)
{
	return ns ? (double)spent * EMBER_PPM_ALL / ns + 0.5 : 0;
}

void ember_budget_turn(struct ember_daemon_budget *b, uint64_t handlers_ns, uint32_t cpus,
		       bool fresh)
{
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC), window = now - b->since_ns;
	struct ember_spent spent = { ember_usage_ns(RUSAGE_SELF),
				     ember_usage_ns(RUSAGE_CHILDREN), handlers_ns };
	uint64_t handlers = fresh ? handlers_ns : handlers_ns - b->then.handlers;

	b->self_ppm = ember_budget_ppm(spent.self - b->then.self, window);
	b->children_ppm = ember_budget_ppm(spent.children - b->then.children, window);
	b->module_ppm = ember_budget_ppm(handlers / (cpus ? cpus : 1), window);
	b->high_ppm -= b->high_ppm / EMBER_FALL;
	if (b->high_ppm < b->self_ppm)
		b->high_ppm = b->self_ppm;
	b->measured = true;
	/* The first window has what it took to start. */
	if (window >= EMBER_BUDGET_WINDOW_NS && b->self_ppm + b->module_ppm > b->most_ppm)
		b->most_ppm = b->self_ppm + b->module_ppm;
	b->since_ns = now;
	b->then = spent;
}

uint32_t ember_budget_module(const struct ember_daemon_budget *b)
{
	uint32_t least = b->ppm / EMBER_LEAST_PART, ours = b->measured ? b->high_ppm : 0;

	if ((!b->measured || b->works) && ours < b->ppm / 2)
		ours = b->ppm / 2;
	if (!b->ppm)
		return 0;
	if (least < EMBER_LEAST_PPM)
		least = EMBER_LEAST_PPM;
	return ours + least < b->ppm ? b->ppm - ours : least;
}
