// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof diff: what has changed from one profile to the other. */
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/output.h"
#include "base/screen.h"
#include "import/input.h"
#include "model/wall.h"
#include "workstation/report/diff.h"
#include "workstation/report/merge.h"
#include "workstation/report/changes.h"
#include "export/export.h"
#include "workstation/cmd/commands.h"

#define EMBER_DIFF_RUNS 64 /* of a side */

enum {
	EMBER_DIFF_BEFORE = 256,
	EMBER_DIFF_AFTER,
	EMBER_DIFF_BEFORE_TIME,
	EMBER_DIFF_AFTER_TIME
};

static const struct ember_option ember_diff_options[] = {
	{ "output", "OUT",
	  ".txt, .folded (stack before after), .html (a page) or .pb.gz (pprof with a base); - is "
	  "stdout; may be repeated",
	  .letter = 'o' },
	{ "format", "FORM", "table, folded, html or pprof, whatever OUT is called", .c = 'F' },
	{ "by", "WHAT",
	  "samples: shares are of all samples (default); time: of the time that each took, so that "
	  "more work shows",
	  .c = 'B' },
	{ "event", "NAME",
	  "what is compared: cpu (the default), growth, block, preempt, mutex, or another type of values that both have",
	  .letter = 'e' },
	{ "all", NULL, "every function, not the largest changes alone", .c = 'A' },
	{ "before", "FILE", "a repetition of BEFORE; may be repeated",
	  .c = EMBER_DIFF_BEFORE },
	{ "after", "FILE", "a repetition of AFTER; may be repeated", .c = EMBER_DIFF_AFTER },
	{ "before-time", "FROM,TO", "--time of BEFORE's logs", .c = EMBER_DIFF_BEFORE_TIME },
	{ "after-time", "FROM,TO", "--time of AFTER's logs", .c = EMBER_DIFF_AFTER_TIME },
	{},
};
static const struct ember_option *const ember_diff_tables[] = {
	ember_diff_options,
	ember_screen_options,
	ember_input_options,
	ember_folder_options,
	NULL,
};

static void ember_diff_usage(void)
{
	fputs("usage: emberprof diff [options] BEFORE AFTER\n"
	      "       emberprof diff [options] --before-time FROM,TO --after-time FROM,TO LOG\n"
	      "       emberprof diff [options] STACKS.folded (with two counts)\n",
	      stdout);
	ember_options_usage(stdout, ember_diff_tables);
	fputs("BEFORE and AFTER: logs, or folders of them, pprof profiles or folded stacks. Functions\n"
	      "are the same by name. A * marks changes that aren't noise: by counting statistics, how\n"
	      "samples vary over a log's time and between repetitions, a table without any change has\n"
	      "a mark once in a thousand.\n",
	      stdout);
}

struct ember_diff_inputs {
	char *path[EMBER_DIFF_RUNS];
	uint32_t nr_path;
	struct ember_log_filter window; /* its times alone are used */
	struct ember_profile *run[EMBER_DIFF_RUNS];
	struct ember_diff_runs runs;
};

struct ember_comparison {
	struct ember_outputs outputs;
	const char *format;
	const char *event; /* NULL: the default */
	bool all, by_time, text;
	struct ember_input input;
	struct ember_diff_inputs side[2];
	struct ember_screen screen;
};

static int ember_diff_path(struct ember_diff_inputs *side, char *path)
{
	if (side->nr_path == EMBER_DIFF_RUNS) {
		ember_error("%s: more than %d on one side", path, EMBER_DIFF_RUNS);
		return 2;
	}
	side->path[side->nr_path++] = path;
	return 0;
}

static bool ember_diff_windowed(const struct ember_diff_inputs *side)
{
	return side->window.from.given || side->window.to.given;
}

/* Give each side its FILEs. Returns 0 or 2 (said). */
static int ember_diff_paths(struct ember_comparison *c, int nr, char **path)
{
	bool windows = ember_diff_windowed(&c->side[0]) && ember_diff_windowed(&c->side[1]);
	uint32_t given = c->side[0].nr_path + c->side[1].nr_path;
	int err = 0;

	if (nr == 2 || (nr == 1 && !given)) {
		err = ember_diff_path(&c->side[0], path[0]);
		/* One file alone is a log with two windows, or has two counts. */
		if (!err && (nr == 2 || windows))
			err = ember_diff_path(&c->side[1], path[nr - 1]);
	} else if (nr || !c->side[0].nr_path || !c->side[1].nr_path) {
		ember_error("two profiles, before and after: see emberprof help diff");
		err = 2;
	}
	return err;
}

static const char *ember_diff_format(const struct ember_comparison *c, const char *output)
{
	return !c->format && ember_output_is_stdout(output) ? "table" : c->format;
}

/* Check all outputs, before anything is read: 0, or the exit status (said). */
static int ember_diff_outputs(struct ember_comparison *c)
{
	const char *output, *format;
	unsigned int i;
	int err = 0;

	c->input.no_lines = true;
	for (i = 0; i < c->outputs.nr && !err; i++) {
		output = c->outputs.path[i];
		format = ember_diff_format(c, output);
		c->input.no_lines &= !ember_export_has_lines(output, format);
		c->text |= ember_export_is_text(output, format);
		err = ember_changes_check(output, format);
	}
	return err;
}

/* 0, or the exit status; -1: help was asked for, and given. */
static int ember_diff_parse(struct ember_comparison *c, int argc, char **argv)
{
	struct ember_options options;
	int o, err = 0;

	ember_options_begin(&options, ember_diff_tables, ":");
	while (!err &&
	       (o = getopt_long(argc, argv, options.letters, options.all, NULL)) != -1) {
		switch (o) {
		case 'o': err = ember_outputs_add(&c->outputs, optarg); break;
		case 'F': c->format = optarg; break;
		case 'A': c->all = true; break;
		case 'e': c->event = optarg; break;
		case 'B':
			c->by_time = !strcmp(optarg, "time");
			if (!c->by_time && strcmp(optarg, "samples")) {
				ember_error("--by %s: samples, or time", optarg);
				err = 2;
			}
			break;
		case EMBER_DIFF_BEFORE:
		case EMBER_DIFF_AFTER:
			err = ember_diff_path(&c->side[o - EMBER_DIFF_BEFORE], optarg);
			break;
		case EMBER_DIFF_BEFORE_TIME:
		case EMBER_DIFF_AFTER_TIME:
			err = ember_input_time(&c->side[o - EMBER_DIFF_BEFORE_TIME].window,
					       optarg);
			break;
		case 'h': ember_diff_usage(); return -1;
		default:
			if (!ember_screen_option(&c->screen, o, &err))
				err = ember_input_option(&c->input, o, argv, options.all);
		}
	}
	err = err ? err : ember_diff_paths(c, argc - optind, argv + optind);
	if (err)
		return err;
	if (!c->outputs.nr)
		ember_outputs_add(&c->outputs, "-");
	return ember_diff_outputs(c);
}

static void ember_diff_runs_add(struct ember_diff_inputs *side, struct ember_profile *p)
{
	side->run[side->runs.nr++] = p;
	side->runs.run = side->run;
}

/* Read all FILEs of a side, in its window. Returns 0 or 1 (said). */
static int ember_diff_side_read(const struct ember_comparison *c,
				struct ember_diff_inputs *side)
{
	struct ember_input input = c->input;
	struct ember_profile *p;
	uint32_t i;

	if (ember_diff_windowed(side)) {
		input.filter.from = side->window.from;
		input.filter.to = side->window.to;
	}
	for (i = 0; i < side->nr_path; i++) {
		p = ember_input_read(&input, &side->path[i], 1);
		if (!p)
			return 1;
		ember_diff_runs_add(side, p);
		if (ember_input_show(p, c->event, side->path[i]))
			return 1;
		if (ember_wall_shown(p))
			return ember_error(
				"%s: all time is no event to compare: choose one (--event cpu, block or preempt)",
				side->path[i]);
	}
	return 0;
}

/* Make the sides of a file with two counts. */
static int ember_diff_pair(struct ember_comparison *c)
{
	struct ember_profile *pair = c->side[0].run[0];

	if (!ember_profile_is_pair(pair))
		return ember_error(
			"%s: one file needs two counts, or --before-time and --after-time",
			c->side[0].path[0]);
	c->side[0].runs.nr = 0;
	ember_diff_runs_add(&c->side[0], ember_merge_type(pair, 0));
	ember_diff_runs_add(&c->side[1], ember_merge_type(pair, 1));
	c->side[1].path[0] = c->side[0].path[0];
	ember_profile_free(pair);
	return 0;
}

static int ember_diff_read(struct ember_comparison *c)
{
	int err = ember_diff_side_read(c, &c->side[0]);

	err = err ? err : ember_diff_side_read(c, &c->side[1]);
	return err || c->side[1].nr_path ? err : ember_diff_pair(c);
}

static int ember_diff_write(const struct ember_comparison *c)
{
	const struct ember_diff_runs runs[] = { c->side[0].runs, c->side[1].runs };
	struct ember_diff diff;
	const char *why = ember_diff_make(&diff, runs, c->by_time), *output;
	unsigned int i;
	int err = 0;

	if (why)
		err = ember_error("%s: %s", c->side[diff.wrong].path[0], why);
	for (i = 0; i < c->outputs.nr && !why; i++) {
		output = c->outputs.path[i];
		err |= ember_changes_write(
			&diff, runs,
			&(struct ember_changes_how){ output, ember_diff_format(c, output),
						     c->all, c->by_time });
	}
	ember_diff_free(&diff);
	return err;
}

int ember_cmd_diff(int argc, char **argv)
{
	struct ember_comparison c = { .input.timed = true };
	int err = ember_diff_parse(&c, argc, argv);
	uint32_t i, side;

	if (!err) {
		err = ember_diff_read(&c);
		if (!err && c.text)
			ember_screen_open(&c.screen);
		err = err ? err : ember_diff_write(&c);
	}
	ember_screen_close();
	for (side = 0; side < 2; side++)
		for (i = 0; i < c.side[side].runs.nr; i++)
			ember_profile_free(c.side[side].run[i]);
	ember_input_free(&c.input);
	return err < 0 ? 0 : err;
}
