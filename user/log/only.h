/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conditions on the process of a sample: cgroup=PATH (that group and those below it), unit=NAME
 * (that systemd unit and those below it), comm=NAME, label=KEY=VALUE; of waits,
 * wait=KIND, which is known once the stack has names. A `*` at the end of a value
 * matches any rest. Of conditions on one key a sample fulfils one, of each key.
 */
#ifndef EMBER_LOG_ONLY_H
#define EMBER_LOG_ONLY_H

#include "model/labels.h"

#define EMBER_ONLY_MAX	32

struct ember_only_rule {
	enum {
		EMBER_ONLY_CGROUP,
		EMBER_ONLY_UNIT,
		EMBER_ONLY_COMM,
		EMBER_ONLY_LABEL,
		EMBER_ONLY_WAIT,
	} kind;
	const char *key;		/* of a label: key_bytes of it; all point into what was parsed */
	const char *value;
	uint32_t key_bytes, value_bytes;
	bool prefix;			/* more may follow on the value */
};

struct ember_only {			/* begins zeroed: all samples */
	struct ember_only_rule rule[EMBER_ONLY_MAX];
	uint32_t nr;
};

/* Add a condition. Return NULL, or why the text is none. */
const char *ember_only_add(struct ember_only *only, const char *text);
/* Return whether a condition is on labels. */
bool ember_only_labels(const struct ember_only *only);
/* Return whether a process fulfils all but those on waits: its name, and its labels by a table. */
bool ember_only_wants(const struct ember_only *only, const char *comm,
		      const struct ember_blob_table *table, uint32_t labels);

/* Return whether a condition is on waits, and whether a wait of a kind fulfils those. */
bool ember_only_waits(const struct ember_only *only);
bool ember_only_wants_wait(const struct ember_only *only, const char *kind);

#endif
