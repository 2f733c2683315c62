// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof threads: the stacks of all threads now. */
#include "threads/shot.h"

#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/option.h"
#include "base/signals.h"
#include "cmd/cmd.h"
#include "export/export.h"
#include "threads/text.h"

enum { EMBER_THREADS_FORMAT = 256, EMBER_THREADS_DEBUG, EMBER_THREADS_REMOTE };

static const struct ember_option ember_threads_options[] = {
	{ "pid", "PID[,PID..]", "these processes alone", .letter = 'p' },
	{ "tid", "TID[,TID..]", "these threads alone", .letter = 't' },
	{ "output", "OUT",
	  "a file, by its ending a profile: .pb.gz, .folded, .json, ...; - is stdout",
	  .letter = 'o' },
	{ "format", "FORMAT",
	  "text (the default): threads of one stack and state together; full: each thread; or "
	  "pprof, folded, svg, json, table, tree",
	  .c = EMBER_THREADS_FORMAT },
	{ "debug-dir", "DIR", "debug files are there, too", .c = EMBER_THREADS_DEBUG },
	{ "remote-files", NULL, "read programs on NFS, FUSE and the like, which may hang",
	  .c = EMBER_THREADS_REMOTE },
	{ "quiet", NULL, "no summary", .letter = 'q' },
	{},
};
static const struct ember_option *const ember_threads_tables[] = { ember_threads_options,
								   NULL };

struct ember_threads_run {
	struct ember_shot shot;
	bool text, whole; /* in place of an export; each thread */
	const struct ember_profile *profile;
};

static int ember_threads_help(void)
{
	fputs("usage: emberprof threads [options]\n"
	      "the stacks of all threads at one moment, with what they wait for and for how long.\n",
	      stdout);
	ember_options_usage(stdout, ember_threads_tables);
	return 0;
}

static int ember_threads_option(struct ember_threads_run *run, int c)
{
	struct ember_request *r = &run->shot.request;

	switch (c) {
	case 'p':
	case 't': return ember_request_ids(r, c, optarg);
	case 'o': r->output = optarg; return 0;
	case EMBER_THREADS_FORMAT: r->format = optarg; return 0;
	case EMBER_THREADS_DEBUG:
		if (r->nr_debug_dirs == EMBER_DEBUG_DIRS_MAX) {
			ember_error("--debug-dir %s: no more than 16 of them", optarg);
			return 2;
		}
		r->debug_dirs[r->nr_debug_dirs++] = optarg;
		return 0;
	case EMBER_THREADS_REMOTE: r->remote_files = true; return 0;
	default: r->quiet = true; return 0;
	}
}

/* What is written, and whether it can be: 0, or 1, or 2 for wrong usage (said). */
static int ember_threads_output(struct ember_threads_run *run)
{
	struct ember_request *r = &run->shot.request;
	bool given = r->output;

	if (!given)
		r->output = "-";
	if (r->format ? !strcmp(r->format, "text") :
			!given || ember_output_is_stdout(r->output) ||
				ember_export_form(r->output, NULL) == EMBER_FORM_TABLE)
		run->text = true;
	else if (r->format && !strcmp(r->format, "full"))
		run->text = run->whole = true;
	if (run->text)
		return ember_output_is_stdout(r->output) ? 0 : ember_output_check(r->output);
	if (ember_export_is_timed(r->output, r->format) ||
	    ember_export_is_log(r->output, r->format)) {
		ember_error(
			"%s: threads are one moment, not samples with times (--format pprof)",
			r->format ? r->format : r->output);
		return 2;
	}
	return ember_export_check(r->output, r->format);
}

/* An ember_output_fn. */
static void ember_threads_put(void *context, FILE *out)
{
	const struct ember_threads_run *run = context;

	if (run->whole)
		ember_threads_text_full(out, run->profile);
	else
		ember_threads_text_groups(out, run->profile, "threads");
}

static int ember_threads_write(struct ember_threads_run *run)
{
	const struct ember_request *r = &run->shot.request;
	struct ember_profile *profile = ember_shot_profile(&run->shot);
	int err;

	run->profile = profile;
	err = run->text ? ember_output_write(r->output, ember_threads_put, run) :
			  ember_export_write(profile, r->output, r->format);
	ember_profile_free(profile);
	return err;
}

static void ember_threads_summary(const struct ember_threads_run *run)
{
	const struct ember_snapshot *s = &run->shot.snapshot;
	char took[EMBER_AMOUNT_MAX];

	ember_amount(s->taken_ns, EMBER_UNIT_NANOSECONDS, took);
	if (s->unreached)
		ember_note("%u threads ran on CPUs that took no interrupt: they have no stack",
			   s->unreached);
	ember_note("%u threads in %s, %u ended meanwhile", s->threads, took, s->vanished);
}

static int ember_threads_parse(struct ember_threads_run *run, int argc, char **argv)
{
	struct ember_options options;
	int c, err = 0;

	ember_options_begin(&options, ember_threads_tables, "+:");
	while (!err &&
	       (c = getopt_long(argc, argv, options.letters, options.all, NULL)) != -1) {
		if (c == 'h')
			return -1;
		err = c == '?' || c == ':' ? ember_option_unknown(c, argv, options.all) :
					     ember_threads_option(run, c);
	}
	if (!err && optind < argc) {
		ember_error("threads takes no %s: see emberprof help threads", argv[optind]);
		return 2;
	}
	return err ? err : ember_threads_output(run);
}

int ember_cmd_threads(int argc, char **argv)
{
	static struct ember_threads_run run; /* zeroed, and too large for some stacks */
	int err;

	ember_shot_begin(&run.shot);
	err = ember_threads_parse(&run, argc, argv);
	if (err < 0)
		return ember_threads_help();
	if (err)
		return err;
	ember_signals_take(&run.shot.signals);
	err = ember_shot_take(&run.shot);
	ember_signals_open(&run.shot.signals);
	if (!err)
		err = ember_threads_write(&run);
	if (!err && !run.shot.request.quiet)
		ember_threads_summary(&run);
	ember_shot_free(&run.shot);
	return err;
}
