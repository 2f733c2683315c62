/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the collector's HTTP server serves: a store's logs. */
#ifndef EMBER_FRONT_BACKEND_H
#define EMBER_FRONT_BACKEND_H

#include <stdatomic.h>

#include "http/backend.h"
#include "workstation/collect/front_state.h"
#include "workstation/collect/names.h"

/* What the collector shows its server's process. */
struct ember_front_shared {
	_Atomic(const char *) name[EMBER_FRONT_COUNTERS];
	atomic_uint_fast64_t value[EMBER_FRONT_COUNTERS];
	atomic_uint_fast32_t nr;
	atomic_uint_fast64_t seen_ns;	/* CLOCK_MONOTONIC: when they were set; 0: not yet */
	atomic_bool failing;		/* the last batch could not be written */
};

struct ember_front_backend {
	struct ember_http_backend http;
	const struct ember_front *front;
	const char *folder;
	const struct ember_names *names;
	int fd;				/* to the collector */
	uint64_t asked, answered;	/* for batches */
};

void ember_front_backend_set(struct ember_front_backend *backend,
			     const struct ember_front *front, const char *folder,
			     const struct ember_names *names, int fd);

#endif
