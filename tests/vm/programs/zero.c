// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: zero MEGABYTES
 * Reads /dev/zero, a megabyte at a time, under known callers.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char buffer[1 << 20];

__attribute__((noinline)) long reading(int fd)
{
	long got = read(fd, buffer, sizeof(buffer));

	/* Not the last thing it does: a frame is needed until here. */
	return got > 0 ? got : -1;
}

int main(int argc, char **argv)
{
	int fd = open("/dev/zero", O_RDONLY), n = argc > 1 ? atoi(argv[1]) : 0;

	while (n--)
		if (reading(fd) < 0)
			return 1;
	return 0;
}
