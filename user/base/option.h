/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options and commands that aren't known, and what may have been meant. */
#ifndef EMBER_OPTION_H
#define EMBER_OPTION_H

#include <getopt.h>
#include <stdbool.h>

/*
 * Return whether `name` may be what `typed` means, and is nearer than *edits, how many
 * edits the best one before took; *edits starts at EMBER_EDITS_MAX.
 */
bool ember_option_near(const char *typed, const char *name, unsigned int *edits);
#define EMBER_EDITS_MAX	3

/*
 * Report what getopt_long() refused by returning c, '?' or ':'; argv[0] is the command's
 * name. Returns 2, the exit status.
 */
int ember_option_unknown(int c, char **argv, const struct option *options);

#endif
