/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_MEMORY_H
#define EMBER_MEMORY_H

#include "base/poison.h"

/* realloc() that doesn't come back without memory. */
void *ember_xrealloc(void *old, unsigned long count, unsigned long size);

/* A copy of the text that doesn't come back without memory, for the caller to free. */
char *ember_copy(const char *text);

/* Room for one more item: `size` is how many of `each` bytes the array has room for. */
void *ember_array_reserve(void *array, unsigned int nr, unsigned int *size, unsigned long each);

/* Makes array[number] exist; what is new is zeroed. nr: how many there are. */
void *ember_array_ensure(void *array, unsigned int *nr, unsigned int number, unsigned long each);

#endif
