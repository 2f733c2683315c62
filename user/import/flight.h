/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the flight recorder kept (emberprof_flight.h), as a log of the boot that it's from. */
#ifndef EMBER_IMPORT_FLIGHT_H
#define EMBER_IMPORT_FLIGHT_H

#include "base/proto.h"

#define EMBER_FLIGHT_DEVICE	"/dev/emberprof-last-boot"

/* Whether one of its heads is there, be the rest as it may. */
bool ember_flight_is(const void *bytes, size_t n);
/*
 * Append a log of all whole segments, and report how many are damaged under the name. NULL, or
 * why none can be read.
 */
const char *ember_flight_log(const char *name, const void *bytes, size_t n,
			     struct ember_buf *log);

#endif
