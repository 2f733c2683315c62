/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of a command, in one table: getopt_long()'s arrays and the usage are made of
 * it, and scripts/manual makes completions and synopses of the usage. And options and
 * commands that aren't known, with what may have been meant.
 */
#ifndef EMBER_OPTION_H
#define EMBER_OPTION_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

struct ember_option {
	const char *name;	/* behind --; NULL ends a table */
	const char *value;	/* its value's name, such as HZ, or [=WHEN] if that may be left out */
	const char *help;	/* NULL: accepted, and not in the usage */
	int c;			/* what getopt_long() returns for the name; 0: the letter */
	char letter;		/* behind -; 0: none */
	bool bare;		/* the letter takes no value, though the name does */
	bool alias;		/* c is another row's letter, which means the same */
};

/* Of options that one build lists and another only refuses by name: what makes their help. */
#define EMBER_LISTED(text)	text
#define EMBER_UNLISTED(text)	NULL

#define EMBER_OPTIONS_MAX	48

struct ember_options {
	struct option all[EMBER_OPTIONS_MAX];
	char letters[2 + 2 * EMBER_OPTIONS_MAX];
};

/*
 * Return a row of the tables that has the name or the letter of one before it, or whose c
 * getopt_long() returns for that one, too; NULL: there is none.
 */
const struct ember_option *ember_options_clash(const struct ember_option *const *tables);

/*
 * Make getopt_long()'s arrays of tables, up to one that is NULL, and -h, --help. `how` begins
 * its letters: "+:" if the first operand ends the options, else ":". Resets getopt_long(). Ends
 * the program if two rows clash: no option of such a command can be believed.
 */
void ember_options_begin(struct ember_options *options,
			 const struct ember_option *const *tables, const char *how);
/* Print the rows that have a help, and -h, --help. */
void ember_options_usage(FILE *out, const struct ember_option *const *tables);

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
