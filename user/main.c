// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cmd.h"

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "-h";

	if (!strcmp(command, "record"))
		return ember_cmd_record(argc - 1, argv + 1);
	if (!strcmp(command, "-h") || !strcmp(command, "--help")) {
		puts("usage: emberprof record [options] [-- COMMAND]   sample now, write folded stacks\n"
		     "emberprof COMMAND -h tells more");
		return argc > 1 ? 0 : 2;
	}
	ember_error("unknown command %s: see emberprof -h", command);
	return 2;
}
