// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: zero MEGABYTES [fresh]
 * Reads /dev/zero, a megabyte at a time, under known callers; fresh: into memory that the
 * kernel finds is to be made when it writes there.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static char buffer[1 << 20] __attribute__((aligned(65536)));

__attribute__((noinline)) long reading(int fd)
{
	long got = read(fd, buffer, sizeof(buffer));

	/* Not the last thing it does: a frame is needed until here. */
	return got > 0 ? got : -1;
}

int main(int argc, char **argv)
{
	int fd = open("/dev/zero", O_RDONLY), n = argc > 1 ? atoi(argv[1]) : 0;

	while (n--) {
		if (argc > 2)
			madvise(buffer, sizeof(buffer), MADV_DONTNEED);
		if (reading(fd) < 0)
			return 1;
	}
	return 0;
}
