/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands: argv[0] is the command's name; the exit status comes back. */
#ifndef EMBER_CMD_H
#define EMBER_CMD_H

#include "base/subcommand.h"

#define EMBER_VERSION	"0.1.0"

int ember_cmd_record(int argc, char **argv);
int ember_cmd_report(int argc, char **argv);
int ember_cmd_check(int argc, char **argv);
int ember_cmd_status(int argc, char **argv);
int ember_cmd_daemon(int argc, char **argv);
int ember_cmd_threads(int argc, char **argv);
int ember_cmd_top(int argc, char **argv);

#endif
