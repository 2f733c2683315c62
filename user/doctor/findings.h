/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the running kernel and this system have, of what Emberprof needs or can use. */
#ifndef EMBER_FINDINGS_H
#define EMBER_FINDINGS_H

#include <stdbool.h>

#define EMBER_FINDINGS_MAX	64

enum ember_state { EMBER_OK, EMBER_MISSING, EMBER_UNKNOWN };

struct ember_finding {
	const char *what;
	enum ember_state state;
	bool needed;			/* without it nothing can be recorded */
	char found[160];
	char remedy[200];		/* of what isn't ok; or empty */
};

struct ember_findings {
	struct ember_finding finding[EMBER_FINDINGS_MAX];
	unsigned int nr;
	bool loaded;			/* the module is */
	bool installed;			/* or is where modprobe finds it */
};

/* Return how many needed ones are missing. */
unsigned int ember_findings_lacks(const struct ember_findings *findings);

/*
 * Append a finding with an empty remedy, and return it. Texts are truncated to the size of
 * their fields.
 */
#define EMBER_NEEDED	true
#define EMBER_WANTED	false
struct ember_finding *ember_find(struct ember_findings *findings, const char *what, bool needed,
				 enum ember_state state, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
#define ember_remedy(f, ...)	snprintf((f)->remedy, sizeof((f)->remedy), __VA_ARGS__)

#endif
