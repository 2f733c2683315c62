/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_IMPORT_PPROF_H
#define EMBER_IMPORT_PPROF_H

#include <stddef.h>

#include "model/profile.h"

/*
 * Any valid pprof profile, not gzipped. Of its samples' labels comm, pid and tid are
 * kept. NULL and *why (static storage) for what isn't one.
 */
struct ember_profile *ember_pprof_read(const void *bytes, size_t n, const char **why);

#endif
