// SPDX-License-Identifier: GPL-2.0-or-later
/* Spends 50, 30 and 20 % of its time in three functions under known callers. */
static volatile unsigned int sink;

#define PART(name, share)							\
	__attribute__((noinline)) void name(unsigned int unit)			\
	{									\
		for (unsigned int i = 0; i < unit * (share); i++)		\
			sink += i;						\
		sink++;								\
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
