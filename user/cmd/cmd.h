/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands: argv[0] is the command's name; the exit status comes back. */
#ifndef EMBER_CMD_H
#define EMBER_CMD_H

#include <stdbool.h>

#define EMBER_VERSION	"0.1.0"

int ember_cmd_record(int argc, char **argv);
int ember_cmd_report(int argc, char **argv);
int ember_cmd_check(int argc, char **argv);
int ember_cmd_status(int argc, char **argv);
int ember_cmd_daemon(int argc, char **argv);
int ember_cmd_threads(int argc, char **argv);

struct ember_subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
};

/* Those that a workstation has beside them, up to one without a name. */
extern const struct ember_subcommand ember_workstation_commands[];
/* Those of a tool that is built WITH_RELAY=1, likewise. */
extern const struct ember_subcommand ember_relay_commands[];
/* Whether the command is known and not in this build (said). */
bool ember_command_lacks(const char *name);
bool ember_relay_lacks(const char *name);

#endif
