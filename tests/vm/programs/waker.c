// SPDX-License-Identifier: GPL-2.0-or-later
/* usage: waker MS: wakes up each so many milliseconds, and does nothing. */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	for (;;)
		usleep(atoi(argv[1]) * 1000);
}
