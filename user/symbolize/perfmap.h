/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /tmp/perf-PID.map: what a just-in-time compiler says of the code that it made. */
#ifndef EMBER_PERFMAP_H
#define EMBER_PERFMAP_H

#include <stdio.h>

#include "symbolize/safe_open.h"
#include "elf/strings.h"
#include "elf/addr_lookup.h"

struct ember_dates;

/*
 * The process' map, as it names itself in its own pid namespace and /tmp; NULL if
 * there is none. It's believed only if it's root's or the process' own user's, and
 * written since the process began: a process that has gone by now can't be asked, so
 * only root's is taken then. began_ns: CLOCK_BOOTTIME of its first thread, 0: unknown. The
 * process that has its number by now may be another one.
 */
FILE *ember_perfmap_open(struct ember_safe_open *reach, uint32_t tgid, uint64_t began_ns,
			 const struct ember_dates *dates);

/* `start size name` in hex; a later line wins over an earlier one. */
void ember_perfmap_name(FILE *map, struct ember_addr_lookup *wanted, struct ember_strings *strings);

#endif
