// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nameless MS PROGRAM: copies PROGRAM into a memfd and into a file that it unlinks, and
 * runs each of them, as `nameless MS`, which works for MS.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UNLINKED "/tmp/unlinked"

static volatile unsigned int sink;

static void work(double ms)
{
	struct timespec t;

	do {
		for (unsigned int i = 0; i < 20000; i++)
			sink += i;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	} while (t.tv_sec * 1e3 + t.tv_nsec / 1e6 < ms);
}

/* PROGRAM by a descriptor: `name` is unlinked, or NULL for a memfd. */
static int run(const char *program, const char *ms, const char *name)
{
	int in = open(program, O_RDONLY | O_CLOEXEC), fd, status;
	char *argv[] = { "nameless", (char *)ms, NULL }, *environment[] = { NULL };
	char path[64];
	struct stat st;
	pid_t pid;

	fd = name ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755) :
		    memfd_create("nameless", MFD_CLOEXEC);
	if (in < 0 || fd < 0 || fstat(in, &st) ||
	    sendfile(fd, in, NULL, st.st_size) != st.st_size)
		return 1;
	close(in);
	/* Open for writing, it can't be run. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	in = open(path, O_RDONLY | O_CLOEXEC);
	close(fd);
	if (in < 0 || (name && unlink(name)))
		return 1;
	pid = fork();
	if (!pid) {
		fexecve(in, argv, environment);
		_exit(127);
	}
	close(in);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

int main(int argc, char **argv)
{
	if (argc == 2) {
		work(atof(argv[1]));
		return 0;
	}
	if (argc != 3)
		return 2;
	return run(argv[2], argv[1], NULL) || run(argv[2], argv[1], UNLINKED);
}
