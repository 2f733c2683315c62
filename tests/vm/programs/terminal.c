// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * terminal TIMES TEXT COMMAND...: runs it on a terminal of its own, in whose foreground it is,
 * and copies what comes there to stdout. Once the text has come so often somebody presses
 * Ctrl-C (0: nobody does). Ends with the command's status, 128 + n for a signal.
 */
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether the text has come so often. Its first byte is in it once. */
static bool has_come(const char *bytes, ssize_t n, const char *text, int wanted)
{
	static size_t matched;
	static int times;
	ssize_t i;

	for (i = 0; i < n; i++) {
		matched = bytes[i] == text[matched] ? matched + 1 : bytes[i] == *text;
		if (!text[matched]) {
			times++;
			matched = 0;
		}
	}
	return times >= wanted;
}

int main(int argc, char **argv)
{
	int wanted = argc > 3 ? atoi(argv[1]) : 0, master, status;
	char bytes[4096];
	ssize_t n;
	pid_t pid;

	if (argc < 4)
		return 125;
	pid = forkpty(&master, NULL, NULL, NULL);
	if (pid < 0) {
		perror("forkpty");
		return 125;
	}
	if (!pid) {
		execv(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	while ((n = read(master, bytes, sizeof(bytes))) > 0) {
		if (write(1, bytes, n) != n)
			return 125;
		if (!wanted || !has_come(bytes, n, argv[2], wanted))
			continue;
		wanted = 0;
		if (write(master, "\003", 1) != 1)
			return 125;
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
