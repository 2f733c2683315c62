/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The labels of a series, and which samples of a profile have the same ones. */
#ifndef EMBER_RELAY_LABELS_H
#define EMBER_RELAY_LABELS_H

#include "model/profile.h"

#define EMBER_SERIES_EXTRA	16	/* --label */
#define EMBER_SERIES_LABELS	(EMBER_SERIES_EXTRA + 8)	/* a server takes 30 */
#define EMBER_LABEL_NAME_MAX	128	/* bytes; a server takes 1024 */
#define EMBER_LABEL_VALUE_MAX	1024	/* bytes; a server takes 2048 */
#define EMBER_SERIES_OTHER	"other"

/* What a sample says of its origin. */
enum ember_relay_source {
	EMBER_SOURCE_UNIT,
	EMBER_SOURCE_CGROUP,
	EMBER_SOURCE_COMM,
	EMBER_SOURCE_BOARD,
	EMBER_SOURCES
};

struct ember_relay_label {
	const char *name, *value;
};

struct ember_relay_rules {		/* begins as ember_relay_rules_begin() makes it */
	bool label[EMBER_SOURCES];	/* the allow-list */
	enum ember_relay_source service[EMBER_SOURCES];	/* the first one that is known */
	uint32_t nr_service;
	const char *service_name;	/* for all of it; NULL: by the rule */
	struct ember_relay_label extra[EMBER_SERIES_EXTRA];
	uint32_t nr_extra;
	uint32_t most;			/* series; what else comes is EMBER_SERIES_OTHER's */
	struct ember_known_series {
		uint64_t hash, used_ns;	/* CLOCK_MONOTONIC */
	} *known;
	uint32_t nr_known, known_size;
};

struct ember_series {			/* samples of one profile */
	uint32_t source[EMBER_SOURCES];	/* strings of the profile; 0: unknown */
	bool other;
	uint32_t *sample;
	uint32_t nr, size;
};

struct ember_series_list {
	struct ember_series *item;
	uint32_t nr, size;
	uint64_t overflowed;		/* samples that went to EMBER_SERIES_OTHER */
};

void ember_relay_rules_begin(struct ember_relay_rules *rules);
/* Values of --labels, --service and --label: 0, or 2 (said). text stays in use. */
int ember_relay_rules_labels(struct ember_relay_rules *rules, const char *text);
int ember_relay_rules_service(struct ember_relay_rules *rules, const char *text);
int ember_relay_rules_extra(struct ember_relay_rules *rules, char *text);
void ember_relay_rules_free(struct ember_relay_rules *rules);

/* Group the samples of a profile. now_ns: CLOCK_MONOTONIC. The caller frees the list. */
struct ember_series_list ember_series_group(struct ember_relay_rules *rules,
					    struct ember_profile *profile, uint64_t now_ns);
void ember_series_free(struct ember_series_list *list);
/*
 * Write a series' labels, sorted by name, without __name__. Values are the profile's and the
 * rules'. Return how many.
 */
uint32_t ember_series_labels(const struct ember_relay_rules *rules,
			     const struct ember_profile *profile,
			     const struct ember_series *series,
			     struct ember_relay_label to[EMBER_SERIES_LABELS]);

#endif
