/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of an ld.so.cache: libraries by name, in the format of glibc before 2.2 or since. */
#ifndef EMBER_LDCACHE_H
#define EMBER_LDCACHE_H

#include <stdbool.h>
#include <stdint.h>

/* Returns true if the path was taken; else the search goes on. */
typedef bool ember_ldcache_take(void *context, const char *path);

/* Calls take() for the paths of a name, in their order. Returns whether one was taken. */
bool ember_ldcache_find(const char *cache, uint64_t bytes, const char *name,
			ember_ldcache_take *take, void *context);

#endif
