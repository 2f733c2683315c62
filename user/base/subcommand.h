/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands by name, of which build options add some. */
#ifndef EMBER_SUBCOMMAND_H
#define EMBER_SUBCOMMAND_H

#include <stdbool.h>

struct ember_subcommand {
	const char *name;
	int (*run)(int argc, char **argv);	/* argv[0] is the name; returns the exit status */
	const char *what;
};

/* Those that a workstation has beside a board's, up to one without a name. */
extern const struct ember_subcommand ember_workstation_commands[];
/* Those of a tool that is built WITH_RELAY=1, likewise. */
extern const struct ember_subcommand ember_relay_commands[];
/* Whether the command is known and not in this build (said). */
bool ember_command_lacks(const char *name);
bool ember_relay_lacks(const char *name);

#endif
