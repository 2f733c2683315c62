/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoints that we listen to: which of them there are, and attached from the first
 * configured session until some time after the last.
 */
#ifndef EMBER_PROBES_H
#define EMBER_PROBES_H

#include <linux/bits.h>
#include <linux/compiler.h>
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

/* Tables that are attached while there are signs that they are worth their price. */
enum ember_watched {
	EMBER_WATCH_TIMERS,		/* callbacks of hard hrtimers */
	EMBER_WATCH_HANDLERS,		/* of requested interrupts */
	EMBER_WATCH_KINDS,
};

/* Whose tables they are, and what is to be done as they come and go: all in process context. */
struct ember_probes_ops {
	struct ember_probe *const *tables;	/* all of them, and NULL */
	struct ember_probe *watched[EMBER_WATCH_KINDS];
	u64 elsewhere;			/* EMBER_FEATURE_* that need no tracepoint here */
	/* Return true if a table is attached with the first session, not on demand. */
	bool (*always)(const struct ember_probe *table);
	void (*calibrate)(void);	/* the first session comes: before they are attached, */
	void (*attached)(void);		/* and after it */
	void (*begin)(void);		/* there is a session, and was none */
	void (*detached)(void);
	void (*unwatched)(void);	/* those of one kind were detached */
};

/* The module's. */
void ember_probes_init(const struct ember_probes_ops *ops);
void ember_probes_exit(void);

/* A configured session's; get: 0 or an error. */
int ember_probes_get(void);
void ember_probes_put(void);

u64 ember_probes_features(void);	/* EMBER_FEATURE_* that they bring */

/* Attaches a table that isn't attached for all sessions, while the caller's session lives; it's
 * detached with the others. 0 or an error.
 */
int ember_probes_demand(struct ember_probe *table);

/* Attaches or detaches those of one kind; false if they aren't attached now. Process
 * context.
 */
bool ember_probes_listen(enum ember_watched kind, bool on);

extern unsigned int ember_probes_listening;	/* bits: EMBER_WATCH_* */

static inline bool ember_probes_listen_to(enum ember_watched kind)
{
	return READ_ONCE(ember_probes_listening) & BIT(kind);
}

extern bool ember_tracepoints;		/* a parameter: off is for tests */

#endif
