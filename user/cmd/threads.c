// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof threads: the stacks of all threads now. */
#include "threads/snapshot.h"

#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/option.h"
#include "base/signals.h"
#include "cmd/cmd.h"
#include "export/export.h"
#include "model/normalize.h"
#include "record/prepare.h"
#include "symbolize/naming.h"
#include "symbolize/symbols.h"
#include "threads/text.h"

#define EMBER_THREADS_PATIENCE 2 /* seconds that unwind tables may take */

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
	struct ember_request request;
	struct ember_signals signals;
	struct ember_watch watch;
	struct ember_record_session session;
	struct ember_snapshot snapshot;
	struct ember_tally tally;
	struct ember_symbols *symbols;
	void (*text)(FILE *out, const struct ember_profile *profile); /* NULL: an export */
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
	struct ember_request *r = &run->request;

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
	struct ember_request *r = &run->request;
	bool given = r->output;

	if (!given)
		r->output = "-";
	if (r->format ? !strcmp(r->format, "text") :
			!given || ember_output_is_stdout(r->output) ||
				ember_export_form(r->output, NULL) == EMBER_FORM_TABLE)
		run->text = ember_threads_text_groups;
	else if (r->format && !strcmp(r->format, "full"))
		run->text = ember_threads_text_full;
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

	run->text(out, run->profile);
}

static int ember_threads_write(struct ember_threads_run *run)
{
	const struct ember_request *r = &run->request;
	struct ember_profile *profile;
	int err;

	ember_normalize_all(&run->session.recording, &run->tally);
	run->tally.duration_ns = 0;
	profile = ember_naming_profile(&run->tally, run->symbols);
	profile->shown = 0;
	run->profile = profile;
	err = run->text ? ember_output_write(r->output, ember_threads_put, run) :
			  ember_export_write(profile, r->output, r->format);
	ember_profile_free(profile);
	return err;
}

static void ember_threads_summary(const struct ember_threads_run *run)
{
	const struct ember_snapshot *s = &run->snapshot;
	char took[EMBER_AMOUNT_MAX];

	ember_amount(s->taken_ns, EMBER_UNIT_NANOSECONDS, took);
	if (s->unreached)
		ember_note("%u threads ran on CPUs that took no interrupt: they have no stack",
			   s->unreached);
	ember_note("%u threads in %s, %u ended meanwhile", s->threads, took, s->vanished);
}

static int ember_threads_run(struct ember_threads_run *run)
{
	struct ember_request *r = &run->request;
	int err;

	err = ember_watch_open(&run->watch, r->ids, r->nr_ids,
			       r->filter == EMBER_FILTER_THREADS);
	if (!err)
		err = ember_session_open(&run->session);
	if (!err)
		err = ember_session_configure(&run->session, 0);
	if (!err) {
		ember_prepare(r, &run->signals, &run->session.loader);
		ember_session_begin(&run->session);
		err = ember_snapshot_take(&run->snapshot, EMBER_THREADS_PATIENCE);
	}
	ember_session_close(&run->session);
	if (!err && ember_signals_end())
		err = 128 + ember_signals_end();
	ember_signals_open(&run->signals);
	if (!err)
		err = ember_threads_write(run);
	if (!err && !r->quiet)
		ember_threads_summary(run);
	return err;
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

	run.session = EMBER_SESSION(&run.request);
	run.session.watch = &run.watch;
	run.snapshot.session = &run.session;
	run.request.unwind_wait = EMBER_THREADS_PATIENCE;
	run.request.events[0] =
		(struct ember_event){ .type = EMBER_EVENT_THREADS, .period = 1 };
	run.request.nr_events = 1;
	err = ember_threads_parse(&run, argc, argv);
	if (err < 0)
		return ember_threads_help();
	if (err)
		return err;
	ember_signals_take(&run.signals);
	run.symbols = ember_symbols_new();
	ember_symbols_remote(run.symbols, run.request.remote_files);
	ember_session_symbols(&run.session, &run.request, run.symbols);
	run.session.keep = run.symbols;
	ember_dates_look(&run.session.loader.dates);
	err = ember_threads_run(&run);
	ember_watch_close(&run.watch);
	ember_session_free(&run.session);
	ember_symbols_free(run.symbols);
	ember_tally_free(&run.tally);
	return err;
}
