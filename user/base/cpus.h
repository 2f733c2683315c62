/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of this machine's CPUs are on line. */
#ifndef EMBER_CPUS_H
#define EMBER_CPUS_H

#include <stdbool.h>
#include <stdint.h>

#define EMBER_CPUS_BYTES	512	/* 4096 CPUs */

struct ember_cpus {			/* begins zeroed */
	uint8_t on[EMBER_CPUS_BYTES];	/* bit n of byte n / 8 is CPU n */
	bool known;
};

/*
 * Read the online CPUs from sysfs. Return true if they differ from the last read, false if
 * they don't or cannot be read.
 */
bool ember_cpus_look(struct ember_cpus *cpus);
bool ember_cpus_on(const struct ember_cpus *cpus, uint32_t cpu);

#endif
