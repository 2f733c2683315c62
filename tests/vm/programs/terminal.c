// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * terminal MS COMMAND...: runs it on a terminal of its own, in whose foreground it is,
 * and copies what comes there to stdout. After MS milliseconds somebody presses Ctrl-C
 * (0: nobody does). Ends with the command's status, 128 + n for a signal.
 */
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int ms = argc > 2 ? atoi(argv[1]) : 0, master, status;
	char bytes[4096];
	ssize_t n;
	pid_t pid;

	if (argc < 3)
		return 125;
	pid = forkpty(&master, NULL, NULL, NULL);
	if (pid < 0) {
		perror("forkpty");
		return 125;
	}
	if (!pid) {
		execv(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (ms)
		usleep(ms * 1000);
	if (ms && write(master, "\003", 1) != 1)
		return 125;
	while ((n = read(master, bytes, sizeof(bytes))) > 0)
		if (write(1, bytes, n) != n)
			return 125;
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
