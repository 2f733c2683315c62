// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: shares [ROUNDS [UNIT]]
 * Spends 50, 30 and 20 % of its time in three functions under known callers. They are
 * leaves, which GCC gives a frame for ARM, though without the return address. Clang
 * gives a leaf none: the caller would be out of sight. There each calls another.
 */
#include <stdlib.h>

static volatile unsigned int sink;

__attribute__((noinline)) void touch(void)
{
	sink++;
}

#ifdef __clang__
#define LAST() touch()
#else
#define LAST() (sink++)
#endif

#define PART(name, share)                                      \
	__attribute__((noinline)) void name(unsigned int unit) \
	{                                                      \
		unsigned int end = unit * (share);             \
                                                               \
		for (unsigned int i = 0; i < end; i++)         \
			sink += i;                             \
		LAST();                                        \
	}

PART(fifty, 50)
PART(thirty, 30)
PART(twenty, 20)

__attribute__((noinline)) void middle(unsigned int unit)
{
	fifty(unit);
	thirty(unit);
	twenty(unit);
	sink++;
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? atoi(argv[1]) : 50;
	unsigned int unit = argc > 2 ? atoi(argv[2]) : 160000;

	for (unsigned int round = 0; round < rounds; round++)
		middle(unit);
	return 7;
}
