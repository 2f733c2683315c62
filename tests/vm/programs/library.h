/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library with one function that works, called WORK; libraries that include this
 * differ in nothing else, nor in size. `library_work` is the way to it.
 */
static volatile unsigned int sink;

__attribute__((noinline)) void WORK(unsigned int turns)
{
	for (unsigned int i = 0; i < turns; i++)
		sink += i;
	sink++;
}

void library_work(unsigned int turns)
{
	WORK(turns);
	sink++;
}
