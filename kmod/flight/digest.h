/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * At a panic the kernel's log gets a line for each CPU with what it ran in its last seconds:
 * pstore (ramoops, EFI) keeps that log, where there's no reserved memory for segments, too.
 */
#ifndef EMBER_DIGEST_H
#define EMBER_DIGEST_H

#include "../ring/segment.h"

#define EMBER_DIGEST_SECONDS	5

/*
 * From now on a panic writes the digest of these CPUs' rings, until exit. stacks, threads: bounds
 * of the numbers in their records. 0 or -ENOMEM.
 */
int ember_digest_init(const struct ember_flight_ring *ring, unsigned int nr_cpus,
		      unsigned int stacks, unsigned int threads);
void ember_digest_exit(void);

#endif
