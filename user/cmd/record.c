// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof record: sample now. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/signals.h"
#include "cmd/cmd.h"
#include "model/normalize.h"
#include "model/wall.h"
#include "record/prepare.h"
#include "output/log.h"
#include "export/export.h"
#include "record/command.h"
#include "record/session.h"
#include "record/summary.h"
#include "symbolize/naming.h"
#include "symbolize/symbols.h"

/* A board under load must not starve the one who looks at the load. */
#define EMBER_NICE -5

/* How long a command that was asked to end may take, s. */
#define EMBER_PATIENCE 2

/* Tables that were compiled ahead and that no sample has asked for are kept so long, s. */
#define EMBER_READY_SECONDS 60

struct ember_run {
	struct ember_request request;
	struct ember_signals signals;
	struct ember_command command;
	struct ember_watch watch;
	struct ember_record_session session;
	struct ember_tally tally;
	bool logs; /* into a log, while it runs; else a profile, at the end */
	struct ember_log_output log;
	struct ember_symbols *symbols;
	bool sampled; /* there is something to write, whatever failed then */
	bool overtime; /* --duration ended it */
	int nice, reading_nice; /* ours, and while we read rings */
};

static double ember_seconds(void)
{
	return ember_clock_ns(CLOCK_MONOTONIC) / 1e9;
}

/* What is due of the log; seconds until more is, or -1. */
static double ember_run_log(struct ember_run *run)
{
	if (ember_log_output_due(&run->log)) {
		ember_session_read(&run->session);
		ember_log_output_flush(&run->log);
	}
	return ember_log_output_turn(&run->log);
}

/*
 * Until the command or the last of the processes ends, the time is over, or a signal
 * says so. Nothing here looks again and again: an idle system stays asleep.
 */
static int ember_run_sample(struct ember_run *run)
{
	bool progress = !run->request.quiet && ember_progress_wanted(), more = false;
	double start = ember_seconds(), shown = start, now = start;
	double end = run->request.seconds ? start + run->request.seconds : 0;
	struct ember_loop loop = EMBER_LOOP(&run->signals);
	uint32_t device;
	int err = 0;

	while (!ember_signals_end() && !ember_command_reap(&run->command) &&
	       !(run->watch.nr && !ember_watch_look(&run->watch))) {
		now = ember_seconds();
		run->overtime = end && now >= end;
		if (run->overtime)
			break;
		if (progress && now - shown >= 1) {
			ember_progress_show(&run->session.device, now - start);
			shown = now;
		}
		ember_loop_begin(&loop);
		device = ember_loop_fd(&loop, run->session.device.fd, POLLIN);
		ember_watch_wait(&run->watch, &loop);
		if (run->logs)
			ember_log_output_wait(&run->log, &loop);
		if (progress)
			ember_loop_within(&loop, 1);
		if (end)
			ember_loop_within(&loop, end - now);
		if (more)
			ember_loop_within(&loop, 0);
		err = ember_loop_wait(&loop);
		if (err)
			break;
		if (ember_loop_ready(&loop, device))
			ember_session_read(&run->session);
		ember_recording_look(&run->session.recording);
		if (run->logs)
			ember_loop_within(&loop, ember_run_log(run));
		if (now - start >= EMBER_READY_SECONDS)
			ember_loader_forget(&run->session.loader);
		/* A slice at a time: all else goes on between. */
		more = ember_session_compile(&run->session);
	}
	ember_loop_free(&loop);
	if (progress)
		ember_progress_clear();
	return err;
}

/* From START to STOP; the session is gone afterwards, with what it held. */
static int ember_run_session(struct ember_run *run)
{
	int err;

	errno = 0;
	run->nice = getpriority(PRIO_PROCESS, 0);
	if (!errno && run->nice > EMBER_NICE)
		setpriority(PRIO_PROCESS, 0, EMBER_NICE);
	run->reading_nice = getpriority(PRIO_PROCESS, 0);
	if (!run->request.adopt)
		ember_prepare(&run->request, &run->signals, &run->session.loader);
	if (run->command.pid && ember_signals_end()) {
		ember_warning("%s wasn't started: its unwind tables were being compiled",
			      run->request.command[0]);
		return 128 + ember_signals_end();
	}
	ember_session_begin(&run->session);
	if (run->logs)
		ember_log_output_begin(&run->log, &run->session.recording,
				       run->session.device.config.session);
	err = ember_session_start(&run->session);
	if (!err && run->command.pid)
		err = ember_command_go(&run->command, run->request.command);
	if (err)
		return err;
	run->sampled = true;
	err = ember_run_sample(run);
	err |= ember_session_stop(&run->session);
	/* Symbols are read at leisure. */
	setpriority(PRIO_PROCESS, 0, run->nice);
	return err;
}

/* A first signal ended the recording; a second one is in a hurry. */
static bool ember_run_hurried(void)
{
	return ember_signals_ends() > 1;
}

/* *hidden: the kernel hid its symbols. */
static int ember_run_profile(struct ember_run *run, bool *hidden)
{
	const struct ember_request *r = &run->request;
	struct ember_profile *profile;
	unsigned int i;
	int err = 0;

	ember_normalize_all(&run->session.recording, &run->tally);
	profile = ember_naming_profile(&run->tally, run->symbols);
	if (r->wall && !ember_wall_show(profile))
		err = ember_error(
			"--wall: this build does not add up times: make tool WITH_THREADS=1");
	for (i = 0; i < r->outputs.nr; i++)
		err |= ember_export_write(profile, r->outputs.path[i], r->format);
	*hidden = profile->kernel_hidden;
	ember_profile_free(profile);
	return err;
}

static int ember_run_write(struct ember_run *run)
{
	const struct ember_request *r = &run->request;
	bool hidden = false;
	int err = run->logs ? ember_log_output_end(&run->log) :
			      ember_run_profile(run, &hidden);

	if (!err && !r->quiet)
		ember_summary_print(
			&(struct ember_summary){ .recording = &run->session.recording,
						 .status = &run->session.status,
						 .output = r->output ? r->output : r->link,
						 .more = run->logs ? 0 : r->outputs.nr - 1,
						 .nonsense = run->session.device.nonsense,
						 .unread = ember_symbols_unread(run->symbols),
						 .kernel_hidden = hidden,
						 .tables = run->session.loader.loaded,
						 .tables_missing = run->session.loader.missing,
						 .verbose = r->verbose,
						 .nice = run->reading_nice });
	return err;
}

/*
 * A command that still runs when the recording ends is ended with it, as by perf. The
 * terminal's Ctrl-C reached it too, and it may take its time; what was sent to us
 * alone it doesn't know of.
 */
static void ember_run_end_command(struct ember_run *run)
{
	if (!run->command.pid || ember_command_reap(&run->command))
		return;
	if (ember_signals_end() == SIGHUP || ember_signals_end() == SIGTERM)
		kill(run->command.pid, ember_signals_end());
	else if (run->overtime || ember_signals_sender())
		kill(run->command.pid, SIGTERM);
}

/* The exit status that stands for the command, once it has ended. */
static int ember_run_command_status(struct ember_run *run)
{
	bool asked = run->overtime || ember_signals_sender();
	struct timespec patience = { .tv_sec = EMBER_PATIENCE };
	unsigned int ends = ember_signals_ends();

	while (!ember_command_reap(&run->command)) {
		int n = ember_signals_poll(&run->signals, NULL, 0, asked ? &patience : NULL);

		if (ember_signals_ends() > ends)
			return 128 + ember_signals_end();
		if (!n && !ember_command_reap(&run->command)) {
			ember_warning("%s didn't end when it was asked to, and still runs",
				      run->request.command[0]);
			return run->overtime ? 0 : 128 + ember_signals_end();
		}
	}
	if (run->overtime && ember_command_status(&run->command) == 128 + SIGTERM)
		return 0;
	return ember_command_status(&run->command);
}

static int ember_run(struct ember_run *run)
{
	struct ember_request *r = &run->request;
	int err;

	err = ember_watch_open(&run->watch, r->ids, r->nr_ids,
			       r->filter == EMBER_FILTER_THREADS);
	if (!err)
		err = ember_session_open(&run->session);
	if (!err && r->command)
		err = ember_command_hold(&run->command, r->command, &run->signals);
	if (!err)
		err = ember_session_configure(
			&run->session, run->logs ? ember_log_pace(r->flush_ns).write_ns : 0);
	if (!err && run->logs)
		err = ember_log_output_open(&run->log,
					    &(struct ember_log_where){ .path = r->output,
								       .link = r->link,
								       .flush_ns = r->flush_ns,
								       .keep = r->keep,
								       .per_day = r->per_day,
								       .resend = r->resend,
								       .rate = r->rate,
								       .key = r->key,
								       .board = r->board });
	if (!err)
		err = ember_run_session(run);
	ember_command_drop(&run->command);
	if (run->sampled && r->filter == EMBER_FILTER_CGROUP)
		ember_cgroups_later(&run->session.cgroups, &r->only);
	ember_session_close(&run->session);
	ember_run_end_command(run);
	ember_signals_open(&run->signals);
	if (run->sampled)
		err |= ember_run_write(run);
	return err;
}

/* Check one of the outputs: 0, or 1, or 2 for wrong usage (said). */
static int ember_run_output(const struct ember_run *run, const char *output)
{
	const struct ember_request *r = &run->request;
	const char *why = NULL;

	if (run->logs && !ember_export_is_log(output, r->format))
		why = "beside a log or a link no profile is written: report the log";
	else if (run->logs && r->outputs.nr > 1)
		why = "one log can be written at a time";
	else if (ember_export_is_timed(output, r->format))
		why = "record a log, and report it so";
	if (!why)
		return ember_export_check(output, r->format);
	ember_error("%s: %s", output, why);
	return 2;
}

/* Check that what is asked for can be done: 0, or 1, or 2 for wrong usage (said). */
static int ember_run_outputs(struct ember_run *run)
{
	const struct ember_request *r = &run->request;
	struct ember_address address;
	const char *why = r->link ? ember_address_parse(&address, r->link) : NULL;
	unsigned int i;
	int err = 0;

	if (why) {
		ember_error("%s: %s", r->link, why);
		return 2;
	}
	run->logs = r->link;
	for (i = 0; i < r->outputs.nr; i++)
		run->logs |= ember_export_is_log(r->outputs.path[i], r->format);
	for (i = 0; i < r->outputs.nr && !err; i++)
		err = ember_run_output(run, r->outputs.path[i]);
	return err;
}

int ember_cmd_record(int argc, char **argv)
{
	static struct ember_run run; /* zeroed, and too large for some stacks */
	int err;

	run.session = EMBER_SESSION(&run.request);
	run.session.watch = &run.watch;
	run.command.go = -1;
	err = ember_request_parse(&run.request, argc, argv);
	if (err < 0) {
		ember_request_usage(stdout);
		return 0;
	}
	if (!err)
		err = ember_run_outputs(&run);
	if (err)
		return err;
	ember_signals_take(&run.signals);
	run.symbols = ember_symbols_new();
	ember_symbols_cancel(run.symbols, ember_run_hurried);
	ember_symbols_remote(run.symbols, run.request.remote_files);
	ember_session_symbols(&run.session, &run.request, run.symbols);
	run.session.keep = run.logs ? NULL : run.symbols;
	ember_dates_look(&run.session.loader.dates);
	err = ember_run(&run);
	if (!err && run.command.pid)
		err = ember_run_command_status(&run);
	ember_watch_close(&run.watch);
	ember_session_free(&run.session);
	ember_symbols_free(run.symbols);
	ember_tally_free(&run.tally);
	return err;
}
