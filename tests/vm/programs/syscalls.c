// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Short system calls without end: most samples interrupt the kernel in a short function,
 * often before its prologue or after its epilogue.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int calls(int fd)
{
	char byte[8];
	struct iovec part = { byte, sizeof(byte) };
	struct stat status;

	return fstat(fd, &status) | (int)preadv(fd, &part, 1, 0) |
	       (int)lseek(fd, 0, SEEK_SET) | (int)read(fd, byte, sizeof(byte)) |
	       (int)syscall(SYS_getuid);
}

int main(void)
{
	int fd = open("/dev/zero", O_RDONLY);

	if (fd < 0)
		return 1;
	for (;;)
		calls(fd);
}
