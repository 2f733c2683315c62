/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of workstations: argv[0] is the command's name; the exit status comes back. */
#ifndef EMBER_COMMANDS_H
#define EMBER_COMMANDS_H

int ember_cmd_collect(int argc, char **argv);
int ember_cmd_diff(int argc, char **argv);

#endif
