// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/memory.h"

#include <string.h>

#include "base/message.h"

static ember_memory_reclaim *ember_memory_more;
static void *ember_memory_context;

void ember_memory_set(ember_memory_reclaim *reclaim, void *context)
{
	ember_memory_more = reclaim;
	ember_memory_context = context;
}

void *ember_try_realloc(void *old, unsigned long count, unsigned long size)
{
	void *memory;

	do {
		memory = reallocarray(old, count, size);
	} while (!memory && count && ember_memory_more &&
		 ember_memory_more(ember_memory_context));
	return memory;
}

void ember_memory_end(void)
{
	exit(ember_error("out of memory"));
}

void *ember_xrealloc(void *old, unsigned long count, unsigned long size)
{
	void *memory = ember_try_realloc(old, count, size);

	if (!memory && count)
		ember_memory_end();
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
