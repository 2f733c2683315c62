/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles that people name on the command line: logs, which get their names here, or others. */
#ifndef EMBER_INPUT_H
#define EMBER_INPUT_H

#include <stdio.h>

#include "base/option.h"
#include "symbolize/debugfile.h"
#include "log/filter.h"
#include "model/profile.h"

struct ember_symfs;

struct ember_input {			/* begins zeroed */
	struct ember_log_filter filter;
	struct ember_symfs *symfs;	/* NULL: no folders are given */
	const char *vmlinux;		/* NULL: not given */
	const char *debug_dirs[EMBER_DEBUG_DIRS_MAX];
	uint32_t nr_debug_dirs;
	bool no_inlines;
	bool no_lines;			/* nobody wants to know of source lines */
	bool verbose;			/* each file that lacks names is listed */
	bool timed;			/* keep the time of each sample, if the input has it */
	const char *only;		/* of logs, this event's values and no others; NULL: all */
	bool may_be_empty;		/* logs without what is asked for are a profile, too */
};

struct ember_logs;

extern const struct ember_option ember_input_options[];
/* Folders and servers with a board's files. */
extern const struct ember_option ember_folder_options[];
#define EMBER_FOLDER_ROWS(help)                                                                  \
	{ "symfs", "DIR",                                                                        \
	  help("files of the board are below DIR: by build-id, wherever they are, or by path; "  \
	       "may be repeated"),                                                               \
	  .c = 's' },                                                                            \
	{ "debug-dir", "DIR", "look there for debug files, too; may be repeated", .c = 'd' },    \
	{ "vmlinux", "FILE",                                                                     \
	  help("the kernel that was sampled, its System.map, or the board's /proc/kallsyms; "    \
	       "without it, and modules, by build-id below --symfs and --debug-dir"),            \
	  .c = 'k' },                                                                            \
	{ "debuginfod", NULL, help("ask the servers of $DEBUGINFOD_URLS for what isn't there"),  \
	  .c = 'O' },                                                                            \
	{ "no-inlines", NULL, help("do not expand inlined functions"), .c = 'I' }

/* --time's value: 0, or 2 (said). */
int ember_input_time(struct ember_log_filter *filter, const char *text);
/*
 * What getopt_long() has returned of these options: 0, or the exit status (said). argv[0] is
 * the command.
 */
int ember_input_option(struct ember_input *input, int c, char **argv,
		       const struct option *options);
/*
 * Read logs, of files and folders, and profiles, in any order, and add them up. NULL: they
 * can't be read, or don't go together (said).
 */
struct ember_profile *ember_input_read(const struct ember_input *input, char **path, int nr);
/* Name what logs hold; name: what they are called. NULL: they can't be read (said). */
struct ember_profile *ember_input_logs(const struct ember_input *input, const char *name,
				       const struct ember_logs *logs);
/*
 * Show the values of an event; NULL: the default ones. name: what was read. 0, or 1: it has none
 * (said).
 */
int ember_input_show(struct ember_profile *profile, const char *event, const char *name);
void ember_input_free(struct ember_input *input);

/*
 * Look for files of the board below the folder, root: by their paths, too; ask debuginfod's
 * servers for them. 0, or the exit status (said). Workstations alone have them.
 */
int ember_input_folder(struct ember_input *input, const char *folder, bool root);
int ember_input_debuginfod(struct ember_input *input);
void ember_input_folders_free(struct ember_input *input);

#endif
