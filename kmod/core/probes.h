/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoints that we listen to: which of them there are, and attached from the first
 * configured session until some time after the last.
 */
#ifndef EMBER_PROBES_H
#define EMBER_PROBES_H

#include <linux/types.h>

struct tracepoint;

/* A row of a table, whose end has no name. */
struct ember_probe {
	const char *name;
	void *function;
	u64 feature;			/* EMBER_FEATURE_* that it brings */
	struct tracepoint *tp;		/* NULL: not in this kernel */
	bool attached;
};

/* The module's. */
void ember_probes_init(void);
void ember_probes_exit(void);

/* A configured session's; get: 0 or an error. */
int ember_probes_get(void);
void ember_probes_put(void);

u64 ember_probes_features(void);	/* EMBER_FEATURE_* that they bring */

/* Attaches a table that isn't attached for all sessions, while the caller's session lives; it's
 * detached with the others. 0 or an error.
 */
int ember_probes_demand(struct ember_probe *table);

/* Attaches or detaches those of hard timers; false if they aren't attached now. Process
 * context.
 */
bool ember_probes_listen(bool on);

extern bool ember_probes_listening;
extern bool ember_probe_idle;		/* switches to and from idle are reported */
extern bool ember_tracepoints;		/* a parameter: off is for tests */

#endif
