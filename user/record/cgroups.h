/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroups that `record --only` names, as the module's filter takes them: by their ids in the
 * default hierarchy (cgroup2). One that is removed and made again, as by the restart of a unit,
 * is another one.
 */
#ifndef EMBER_CGROUPS_H
#define EMBER_CGROUPS_H

#include <emberprof.h>
#include <stdint.h>

#include "log/only.h"

struct ember_cgroups {			/* begins zeroed */
	uint64_t id[EMBER_IDS_MAX];
	uint32_t nr;
};

/*
 * Return NULL, or why record can't select by that condition: the module knows cgroups alone.
 */
const char *ember_cgroups_wrong(const struct ember_only_rule *rule);
/*
 * Find the cgroups of all conditions. features: of the module. 0, or 1 (said).
 */
int ember_cgroups_find(struct ember_cgroups *cgroups, const struct ember_only *only,
		       uint64_t features);
/* Warn of conditions that cgroups fulfil which were made since. */
void ember_cgroups_later(const struct ember_cgroups *cgroups, const struct ember_only *only);

#endif
