// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/memory.h"

#include <string.h>

#include "base/message.h"

void *ember_xrealloc(void *old, unsigned long count, unsigned long size)
{
	void *memory = reallocarray(old, count, size);

	if (!memory && count) {
		ember_error("out of memory");
		exit(1);
	}
	return memory;
}

char *ember_copy(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(ember_xrealloc(NULL, n, 1), text, n);
}

void *ember_array_reserve(void *array, unsigned int nr, unsigned int *size, unsigned long each)
{
	if (nr < *size)
		return array;
	*size += *size / 2 + 64;
	return ember_xrealloc(array, *size, each);
}

void *ember_array_ensure(void *array, unsigned int *nr, unsigned int number,
			 unsigned long each)
{
	unsigned int now;

	if (number < *nr)
		return array;
	now = number + number / 4 + 16;
	array = ember_xrealloc(array, now, each);
	memset((char *)array + *nr * each, 0, (now - *nr) * each);
	*nr = now;
	return array;
}
