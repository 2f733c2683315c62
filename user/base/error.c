// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ember_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("emberprof: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return 1;
}

void *ember_grow(void *old, unsigned long count, unsigned long size)
{
	void *memory = reallocarray(old, count, size);

	if (!memory && count) {
		ember_error("out of memory");
		exit(1);
	}
	return memory;
}

void *ember_room(void *array, unsigned int nr, unsigned int *size, unsigned long each)
{
	if (nr < *size)
		return array;
	*size += *size / 2 + 64;
	return ember_grow(array, *size, each);
}

void *ember_reach(void *array, unsigned int *nr, unsigned int number, unsigned long each)
{
	unsigned int now;

	if (number < *nr)
		return array;
	now = number + number / 4 + 16;
	array = ember_grow(array, now, each);
	memset((char *)array + *nr * each, 0, (now - *nr) * each);
	*nr = now;
	return array;
}
