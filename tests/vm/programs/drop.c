// SPDX-License-Identifier: GPL-2.0-or-later
/* drop COMMAND...: runs it as a user without any capability. */
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2 || setgroups(0, NULL) || setgid(1000) || setuid(1000)) {
		perror("drop");
		return 125;
	}
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
