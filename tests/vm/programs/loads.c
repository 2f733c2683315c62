// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loads MS [LIBRARY]...: works for MS in a function of its own, then loads a library,
 * works for MS in it, closes it, goes on to the next one. For each library a line
 *
 *   turn LIBRARY BEGIN END ADDRESS		CLOCK_MONOTONIC ns, of its library_work
 *
 * BEGIN is before it's loaded. With -k first, the libraries stay, and it works in each for
 * MS and then sleeps for nine times as long.
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned int sink;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

__attribute__((noinline)) void own_work(unsigned int turns)
{
	for (unsigned int i = 0; i < turns; i++)
		sink += i;
	sink++;
}

static void work(void (*function)(unsigned int), double ms)
{
	uint64_t end = now() + (uint64_t)(ms * 1e6);

	while (now() < end)
		function(20000);
}

int main(int argc, char **argv)
{
	bool keep = argc > 1 && !strcmp(argv[1], "-k");

	argc -= keep;
	argv += keep;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return 2;
	work(own_work, atof(argv[1]));
	for (int i = 2; i < argc; i++) {
		uint64_t begin = now();
		void *library = dlopen(argv[i], RTLD_NOW);
		void (*function)(unsigned int);

		if (!library) {
			fprintf(stderr, "%s\n", dlerror());
			return 1;
		}
		function = (void (*)(unsigned int))dlsym(library, "library_work");
		if (!function)
			return 1;
		work(function, atof(argv[1]));
		printf("turn %s %" PRIu64 " %" PRIu64 " %" PRIxPTR "\n", argv[i], begin, now(),
		       (uintptr_t)function);
		if (keep)
			usleep(atof(argv[1]) * 9000);
		else
			dlclose(library);
	}
	return 0;
}
