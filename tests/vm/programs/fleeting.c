// SPDX-License-Identifier: GPL-2.0-or-later
/* fleeting PROGRAM ARGUMENT...: becomes PROGRAM, run from a memfd that has a copy of it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int in = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	int fd = memfd_create("a b:c\nd", MFD_CLOEXEC);
	char path[64];
	struct stat st;

	if (in < 0 || fd < 0 || fstat(in, &st) ||
	    sendfile(fd, in, NULL, st.st_size) != st.st_size)
		return 1;
	/* Open for writing, it can't be run. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	in = open(path, O_RDONLY | O_CLOEXEC);
	close(fd);
	fexecve(in, argv + 1, (char *[]){ NULL });
	return 1;
}
