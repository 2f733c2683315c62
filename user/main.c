// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cmd.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} ember_commands[] = {
	{ "record", ember_cmd_record, "sample now: everything, processes, or a command" },
	{ "report", ember_cmd_report, "a profile as a table, a picture, or in another form" },
#ifdef WITH_WORKSTATION
	{ "diff", ember_cmd_diff, "what has changed from one profile to another" },
	{ "merge", ember_cmd_report, "report, by its other name: several in one" },
	{ "collect", ember_cmd_collect, "what boards send, into logs on this machine" },
#endif
	{ "check", ember_cmd_check, "what this kernel has and lacks, and what brings it" },
	{ "status", ember_cmd_status, "what running sessions have sampled, lost and cost" },
};

#define EMBER_COMMANDS (sizeof(ember_commands) / sizeof(*ember_commands))

static int ember_usage(FILE *out, int status)
{
	unsigned int i;

	fputs("usage: emberprof COMMAND [options]\n", out);
	for (i = 0; i < EMBER_COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", ember_commands[i].name, ember_commands[i].what);
	fputs("emberprof COMMAND -h tells more; --version.\n", out);
	return status;
}

static int ember_main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	unsigned int i;

	for (i = 0; i < EMBER_COMMANDS; i++)
		if (!strcmp(command, ember_commands[i].name))
			return ember_commands[i].run(argc - 1, argv + 1);
	if (!strcmp(command, "-h") || !strcmp(command, "--help") || !strcmp(command, "help"))
		return ember_usage(stdout, 0);
	if (!strcmp(command, "--version") || !strcmp(command, "-V")) {
		puts("emberprof " EMBER_VERSION);
		return 0;
	}
	if (!strcmp(command, "collect") || !strcmp(command, "diff") ||
	    !strcmp(command, "merge"))
		ember_error("this build has no %s: make tool WITH_WORKSTATION=1", command);
	else if (*command)
		ember_error("unknown %s %s: see emberprof -h",
			    *command == '-' ? "option" : "command", command);
	else
		ember_error("what to do? see emberprof -h");
	return 2;
}

/*
 * Whoever started us may have closed one of the three: no file of ours may get its
 * number, and what is written there fails.
 */
static void ember_standard_files(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			_exit(1);
}

int main(int argc, char **argv)
{
	int status;

	ember_standard_files();
	status = ember_main(argc, argv);

	/* What stdout couldn't take must not pass for done. A failure has been told. */
	if ((fflush(stdout) || ferror(stdout)) && !status)
		status = ember_error("output: %s", strerror(errno));
	return status;
}
