/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation. What a file, a process or a peer says the size of is allocated by
 * ember_try_realloc(), and its failure refuses that input alone. All else is bounded and
 * small, and has no use for a way back: ember_xrealloc() ends the program with one line. A
 * program that runs for long lets go of its caches first (ember_memory_set()), and does what
 * needs memory without bounds, such as naming a profile, in a process of its own.
 */
#ifndef EMBER_MEMORY_H
#define EMBER_MEMORY_H

#include <stdbool.h>

#include "base/poison.h"

/* Frees what can be made again. Returns false if there was nothing. */
typedef bool ember_memory_reclaim(void *context);
/* To be called when there's no memory, as long as it returns true; NULL: none. */
void ember_memory_set(ember_memory_reclaim *reclaim, void *context);

/* realloc() of an array. Returns NULL if there's no memory: the old one is as it was. */
void *ember_try_realloc(void *old, unsigned long count, unsigned long size);
/* Ends the program, which has no memory, with a line that says so. */
void ember_memory_end(void) __attribute__((noreturn));
/* realloc() that doesn't come back without memory. */
void *ember_xrealloc(void *old, unsigned long count, unsigned long size);

/* A copy of the text that doesn't come back without memory, for the caller to free. */
char *ember_copy(const char *text);

/* Room for one more item: `size` is how many of `each` bytes the array has room for. */
void *ember_array_reserve(void *array, unsigned int nr, unsigned int *size, unsigned long each);

/* Makes array[number] exist; what is new is zeroed. nr: how many there are. */
void *ember_array_ensure(void *array, unsigned int *nr, unsigned int number, unsigned long each);

#endif
