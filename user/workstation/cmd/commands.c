// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "cmd/cmd.h"
#include "workstation/cmd/commands.h"

const struct ember_subcommand ember_workstation_commands[] = {
	{ "diff", ember_cmd_diff, "what has changed from one profile to another" },
	{ "merge", ember_cmd_report, "report, by its other name: several in one" },
	{ "collect", ember_cmd_collect, "what boards send, into logs on this machine" },
	{ NULL, NULL, NULL },
};

bool ember_command_lacks(const char *name)
{
	(void)name;
	return false;
}
