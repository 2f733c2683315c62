// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof diff: what has changed from one profile to the other. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "base/screen.h"
#include "cmd.h"
#include "input.h"
#include "model/diff.h"
#include "sink/changes.h"
#include "sink/sink.h"

#define EMBER_DIFF_USAGE                                                                           \
	"usage: emberprof diff [options] BEFORE AFTER\n"                                           \
	"  -o, --output OUT     .txt, .folded (stack before after), .html (a page) or\n"           \
	"                       .pb.gz (pprof with a base); - is stdout\n"                         \
	"      --format FORM    table, folded, html or pprof, whatever OUT is called\n"            \
	"      --by WHAT        samples: shares are of all samples (default); time: of the\n"      \
	"                       time that each took, so that more work shows\n"                    \
	"      --all            changes that may be noise, too\n" EMBER_SCREEN_USAGE               \
		EMBER_INPUT_USAGE "  -h, --help\n"                                                 \
	"BEFORE and AFTER: logs, or folders of them, pprof profiles or folded stacks. Functions\n" \
	"are the same by name. Marked with * is what isn't noise: less likely by chance than\n"    \
	"once in a thousand tables, given how much all functions differ.\n"

struct ember_comparison {
	const char *output, *format;
	bool all, by_time;
	struct ember_input input;
	struct ember_screen screen;
};

/* 0, or the exit status; -1: help was asked for, and given. */
static int ember_diff_parse(struct ember_comparison *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", 1, NULL, 'o' }, { "format", 1, NULL, 'F' },
		{ "by", 1, NULL, 'B' },	    { "all", 0, NULL, 'A' },
		EMBER_INPUT_OPTIONS,	    EMBER_SCREEN_OPTIONS,
		{ "help", 0, NULL, 'h' },   {},
	};
	int o, err = 0;

	opterr = 0;
	while (!err && (o = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		switch (o) {
		case 'o': c->output = optarg; break;
		case 'F': c->format = optarg; break;
		case 'A': c->all = true; break;
		case 'B':
			c->by_time = !strcmp(optarg, "time");
			if (!c->by_time && strcmp(optarg, "samples")) {
				ember_error("--by %s: samples, or time", optarg);
				err = 2;
			}
			break;
		case 'h': fputs(EMBER_DIFF_USAGE, stdout); return -1;
		default:
			if (!ember_screen_option(&c->screen, o, &err))
				err = ember_input_option(&c->input, o, argv);
		}
	}
	if (err)
		return err;
	if (argc - optind != 2) {
		ember_error("two profiles, before and after: see emberprof diff -h");
		return 2;
	}
	if (!c->format && ember_output_is_stdout(c->output))
		c->format = "table";
	c->input.no_lines = !ember_sink_has_lines(c->output, c->format);
	return ember_changes_check(c->output, c->format);
}

static int ember_diff_write(const struct ember_comparison *c, char **path,
			    const struct ember_profile *before,
			    const struct ember_profile *after)
{
	struct ember_diff diff;
	const char *why = ember_diff_make(&diff, before, after, c->by_time);
	int err;

	if (why)
		err = ember_error("%s: %s", path[!diff.nr[0] || diff.per[0] <= 0 ? 0 : 1],
				  why);
	else
		err = ember_changes_write(&diff, before, after,
					  &(struct ember_changes_how){ c->output, c->format,
								       c->all, c->by_time });
	ember_diff_free(&diff);
	return err;
}

int ember_cmd_diff(int argc, char **argv)
{
	struct ember_comparison c = { .output = "-", .input.timed = true };
	struct ember_profile *before = NULL, *after = NULL;
	int err = ember_diff_parse(&c, argc, argv);

	if (!err) {
		before = ember_input_read(&c.input, argv + optind, 1);
		after = before ? ember_input_read(&c.input, argv + optind + 1, 1) : NULL;
		if (after && ember_sink_is_text(c.output, c.format))
			ember_screen_open(&c.screen);
		err = !after || ember_diff_write(&c, argv + optind, before, after);
	}
	ember_screen_close();
	ember_profile_free(before);
	ember_profile_free(after);
	ember_input_free(&c.input);
	return err < 0 ? 0 : err;
}
