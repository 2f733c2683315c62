// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/option.h"
#include "cmd/cmd.h"

static const struct ember_subcommand ember_commands[] = {
	{ "record", ember_cmd_record, "sample now: everything, processes, or a command" },
	{ "report", ember_cmd_report, "a profile as a table, a picture, or in another form" },
	{ "top", ember_cmd_top,
	  "what is sampled now, as a table that is made again and again" },
	{ "threads", ember_cmd_threads, "all threads' stacks now, and what they wait for" },
	{ "check", ember_cmd_check, "what this kernel has and lacks, and what brings it" },
	{ "daemon", ember_cmd_daemon,
	  "sample always, within a budget, into a bounded folder" },
	{ "status", ember_cmd_status, "what running sessions have sampled, lost and cost" },
};

#define EMBER_COMMANDS (sizeof(ember_commands) / sizeof(*ember_commands))

/* The i-th of all; the one behind the last has no name. */
static const struct ember_subcommand *ember_command(unsigned int i)
{
	const struct ember_subcommand *c;

	if (i < EMBER_COMMANDS)
		return &ember_commands[i];
	i -= EMBER_COMMANDS;
	for (c = ember_relay_commands; c->name && i; c++)
		i--;
	return c->name ? c : &ember_workstation_commands[i];
}

static int ember_usage(FILE *out, int status)
{
	const struct ember_subcommand *c;
	unsigned int i;

	fputs("usage: emberprof COMMAND [options]\n", out);
	for (i = 0; (c = ember_command(i))->name; i++)
		fprintf(out, "  %-8s %s\n", c->name, c->what);
	fputs("emberprof help COMMAND lists its options; --version.\n", out);
	return status;
}

static int ember_version(void)
{
	puts("emberprof " EMBER_VERSION EMBER_COMMIT);
	puts("built with " EMBER_OPTIONS);
	return 0;
}

static int ember_unknown(const char *command)
{
	const struct ember_subcommand *c, *near = NULL;
	unsigned int edits = EMBER_EDITS_MAX, i;

	if (ember_command_lacks(command) || ember_relay_lacks(command))
		return 2;
	for (i = 0; (c = ember_command(i))->name; i++)
		if (ember_option_near(command, c->name, &edits))
			near = c;
	ember_error("unknown %s %s%s%s%s: see emberprof -h",
		    *command == '-' ? "option" : "command", command,
		    near ? " (did you mean " : "", near ? near->name : "", near ? "?)" : "");
	return 2;
}

static int ember_main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	char help[] = "-h", *helped[] = { NULL, NULL, help, NULL };
	const struct ember_subcommand *c;
	unsigned int i;

	if (!*command)
		return ember_usage(stderr, 2);
	if (!strcmp(command, "help") && argc > 2) {
		command = helped[1] = argv[2];
		argc = 3;
		argv = helped;
	}
	for (i = 0; (c = ember_command(i))->name; i++)
		if (!strcmp(command, c->name))
			return c->run(argc - 1, argv + 1);
	if (!strcmp(command, "-h") || !strcmp(command, "--help") || !strcmp(command, "help"))
		return ember_usage(stdout, 0);
	if (!strcmp(command, "--version") || !strcmp(command, "-V"))
		return ember_version();
	return ember_unknown(command);
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

	/* Fail if stdout could not be written. An earlier failure was already reported. */
	if ((fflush(stdout) || ferror(stdout)) && !status)
		status = ember_error("output: %s", strerror(errno));
	return status;
}
