/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMBER_ERROR_H
#define EMBER_ERROR_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* They bring 120 kB into a static tool of 1 MB: strtoul() and strtoull() do. */
#pragma GCC poison scanf sscanf fscanf vsscanf atof strtod strtof strtold

/* One line on stderr, `emberprof: ...`. Returns 1, the exit status of a failure. */
int ember_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * From now on a line is left out if stderr would make us wait for its reader: for programs
 * that must go on whatever happens to their log. See ember_error_ready().
 */
void ember_error_never_wait(void);
/* Whether a line can be written to stderr now. */
bool ember_error_ready(void);

/* realloc() that doesn't come back without memory. */
void *ember_xrealloc(void *old, unsigned long count, unsigned long size);

/* A copy of the text that doesn't come back without memory, for the caller to free. */
char *ember_copy(const char *text);

/* Room for one more item: `size` is how many of `each` bytes the array has room for. */
void *ember_array_reserve(void *array, unsigned int nr, unsigned int *size, unsigned long each);

/* Makes array[number] exist; what is new is zeroed. nr: how many there are. */
void *ember_array_ensure(void *array, unsigned int *nr, unsigned int number, unsigned long each);

#endif
