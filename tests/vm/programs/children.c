// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * children N MS PROGRAM...: N times, one after the other, a child that execs PROGRAM
 * with the argument MS and is waited for. Prints their utime + stime.
 *
 * child MS: works for about MS of CPU time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned int sink;

__attribute__((noinline)) void child_work(unsigned int turns)
{
	for (unsigned int i = 0; i < turns; i++)
		sink += i;
	sink++;
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int i, n, status;

	if (argc == 2) {
		double until = atof(argv[1]);

		while (cpu_ms() < until)
			child_work(20000);
		return 0;
	}
	if (argc < 4)
		return 2;
	n = atoi(argv[1]);
	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid) {
			/* The next program of a list: what was exec'd is another file. */
			char *program = argv[3 + i % (argc - 3)];

			execl(program, program, argv[2], (char *)NULL);
			_exit(127);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return 1;
	}
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("children %d cpu_ms %.1f\n", n,
	       usage.ru_utime.tv_sec * 1e3 + usage.ru_utime.tv_usec / 1e3 +
		       usage.ru_stime.tv_sec * 1e3 + usage.ru_stime.tv_usec / 1e3);
	return 0;
}
