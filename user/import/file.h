/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles from files. */
#ifndef EMBER_IMPORT_FILE_H
#define EMBER_IMPORT_FILE_H

#include <stddef.h>

#include "model/profile.h"

#define EMBER_IMPORT_MAX	(256u << 20)	/* bytes, unpacked */

/*
 * All of it, whatever it is, for the caller to free; "-" is stdin. NULL: it can't be read,
 * or is empty (said).
 */
uint8_t *ember_import_slurp(const char *path, size_t *n);

/*
 * pprof or folded stacks, gzipped or not. NULL: it isn't either, and *why says what is
 * wrong with it, in static storage.
 */
struct ember_profile *ember_import_bytes(const void *bytes, size_t n, const char **why);

#endif
