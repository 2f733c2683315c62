/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon and the module spend of the CPUs, and what they may. */
#ifndef EMBER_DAEMON_BUDGET_H
#define EMBER_DAEMON_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#define EMBER_BUDGET_WINDOW_NS	10000000000ull

/* CPU time up to now, in ns. */
struct ember_spent {
	uint64_t self, children;	/* of the daemon, and of its children that have ended */
	uint64_t handlers;		/* of the module, on all CPUs */
};

struct ember_daemon_budget {			/* begins with ember_budget_begin() */
	uint32_t ppm;			/* of each CPU; 0: no bound */
	uint64_t since_ns;		/* CLOCK_MONOTONIC: the window's begin, */
	struct ember_spent then;	/* and what was spent by then */
	uint32_t self_ppm, children_ppm;	/* of one CPU, in the last whole window */
	uint32_t module_ppm;		/* of each CPU, on average */
	uint32_t high_ppm;		/* what we spend when we are busy: falls slowly */
	bool measured;			/* a window is over */
	uint32_t most_ppm;		/* the largest sum of the module's and our own in a window */
	int64_t allowance_ns;		/* CPU time that work which can wait may take now, */
	uint64_t reckoned_ns, reckoned_self;	/* as of then; */
	bool saves;			/* not before it is worth a wake-up */
	bool works;			/* there is such work: the module has the other half at most */
};

void ember_budget_begin(struct ember_daemon_budget *budget, uint32_t ppm);
/*
 * Whether work that can wait may go on now: it has two fifths of what is allowed, less all that
 * we spend. Once that is used up, what 2 s allow gathers first: a wake-up has its own price.
 */
bool ember_budget_allows(struct ember_daemon_budget *budget);
/* Returns seconds until it may, or 0. */
double ember_budget_wait(const struct ember_daemon_budget *budget);
/* Whether the window is over. */
bool ember_budget_due(const struct ember_daemon_budget *budget);
/* End the window. handlers_ns: of all CPUs since the session began; fresh: another session. */
void ember_budget_turn(struct ember_daemon_budget *budget, uint64_t handlers_ns, uint32_t cpus, bool fresh);
/*
 * Returns what is left of each CPU for the module, in parts per million; 0: no bound. Before the
 * first window is over, and while work waits, that is half at most.
 */
uint32_t ember_budget_module(const struct ember_daemon_budget *budget);

#endif
