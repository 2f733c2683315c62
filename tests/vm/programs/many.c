// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 200 functions that do the same, in bursts, for a number of seconds; one of them, f077, does
 * more than its share if that is asked for: many SECONDS POINTS, in hundredths.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A burst is one call: the caller's own share is next to nothing. */
#define BURST 4000

#define ONE(n)                                                    \
	__attribute__((noinline, noclone)) static void f##n(void) \
	{                                                         \
		for (volatile unsigned int i = 0; i < BURST; i++) \
			;                                         \
	}
#define TEN(n)    \
	ONE(n##0) \
	ONE(n##1) \
	ONE(n##2) ONE(n##3) ONE(n##4) ONE(n##5) ONE(n##6) ONE(n##7) ONE(n##8) ONE(n##9)
#define ALL(x)                                                                              \
	x(00) x(01) x(02) x(03) x(04) x(05) x(06) x(07) x(08) x(09) x(10) x(11) x(12) x(13) \
		x(14) x(15) x(16) x(17) x(18) x(19)
#define NAMES(n)                                                                         \
	f##n##0, f##n##1, f##n##2, f##n##3, f##n##4, f##n##5, f##n##6, f##n##7, f##n##8, \
		f##n##9,

ALL(TEN)

static void (*const function[])(void) = { ALL(NAMES) };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double end;
	int more, i;

	if (argc != 3) {
		fprintf(stderr, "usage: many SECONDS POINTS\n");
		return 2;
	}
	srandom(time(NULL) ^ clock());
	more = atoi(argv[2]);
	for (end = now() + atof(argv[1]); now() < end;) {
		/* So many calls that the clock takes no share. */
		for (i = 0; i < 200; i++)
			function[random() % 10000 < 100 * more ? 77 : random() % 200]();
	}
	return 0;
}
