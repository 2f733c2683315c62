// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Spends 50, 30 and 20 % of its time in three functions under known callers. Each calls
 * another, since compilers for ARM give a leaf no frame, or one that doesn't hold the
 * return address: its caller is then missing from every stack.
 */
static volatile unsigned int sink;

__attribute__((noinline)) void touch(void)
{
	sink++;
}

#define PART(name, share)							\
	__attribute__((noinline)) void name(unsigned int unit)			\
	{									\
		for (unsigned int i = 0; i < unit * (share); i++)		\
			sink += i;						\
		touch();							\
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

int main(void)
{
	for (unsigned int round = 0; round < 50; round++)
		middle(160000);
	return 7;
}
