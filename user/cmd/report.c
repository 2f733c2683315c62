// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof report: a profile in another form. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/output.h"
#include "base/screen.h"
#include "cmd/cmd.h"
#include "import/input.h"
#include "export/export.h"
#include "import/file.h"
#include "import/flight.h"
#include "cmd/view.h"

static const struct ember_option ember_report_options[] = {
	{ "output", "OUT",
	  ".pb.gz, .pb, .folded, .svg, .json, .perf (logs only: each sample, as perf script prints "
	  "it), .html (a page to look around in, WITH_WORKSTATION=1) or .txt; - is stdout; may be "
	  "repeated",
	  .letter = 'o' },
	{ "format", "FORM",
	  "pprof, folded, svg, json, perf, html, table, tree or timeline (logs only: what ran on each "
	  "CPU in each second), whatever OUT is called",
	  .c = 'F' },
	{ "top", NULL, "functions by self time; --format table (the default)", .c = 'p' },
	{ "event", "NAME",
	  "what is shown: cpu (the default), growth, block, preempt, mutex, wall (cpu and waits as one), or another type of values that FILE has",
	  .letter = 'e' },
	{ "sort", "BY", "of tables: self, or total (with what a function calls)", .c = 'y' },
	{ "mark-inlined", NULL,
	  "show functions apart where they are inlined, with _[i] behind their names",
	  .c = 'i' },
	{ "tree", NULL, "callers and what they call; --format tree", .c = 'R' },
	{ "last-boot", "[=IMAGE]",
	  "what the module's flight recorder kept of the boot before this one, or a copy of it; "
	  "--format timeline is the default",
	  .c = 'B' },
	{},
};
static const struct ember_option *const ember_report_tables[] = {
	ember_report_options, ember_view_options,   ember_screen_options,
	ember_input_options,  ember_folder_options, NULL,
};

static void ember_report_usage(void)
{
	fputs("usage: emberprof report [options] FILE...\n"
	      "       emberprof report [options] --last-boot\n",
	      stdout);
	ember_options_usage(stdout, ember_report_tables);
	fputs("FILE is a log, a pprof profile or folded stacks, gzipped or not; - is stdin. Of logs\n"
	      "there may be more, and folders of them; what they hold is named by the files of this\n"
	      "machine. The default output is a table.\n",
	      stdout);
}

struct ember_report {
	struct ember_outputs outputs;
	const char *format;
	struct ember_input input;
	struct ember_view view;
	struct ember_screen screen;
	const char *event; /* NULL: the default */
	bool by_total;
	bool inlined_apart;
	const char *last_boot; /* NULL: no */
	bool text; /* for people, on stdout */
};

static const char *ember_report_format(const struct ember_report *r, const char *output)
{
	const char *text = r->last_boot ? "timeline" : "table";

	return !r->format && ember_output_is_stdout(output) ? text : r->format;
}

/* Check all outputs, before anything is read: 0, or the exit status (said). */
static int ember_report_outputs(struct ember_report *r)
{
	const char *output, *format;
	unsigned int i;
	int err = 0;

	r->input.timed = r->view.slice;
	r->input.no_lines = !r->view.lines && !r->view.list;
	for (i = 0; i < r->outputs.nr && !err; i++) {
		output = r->outputs.path[i];
		format = ember_report_format(r, output);
		if (ember_export_is_log(output, format)) {
			ember_error(
				"%s: only record writes logs: .pb.gz, .folded, .svg, .json, .perf or .txt",
				output);
			return 2;
		}
		r->input.timed |= ember_export_is_timed(output, format);
		r->input.no_lines &= !ember_export_has_lines(output, format);
		r->text |= ember_output_is_stdout(output) &&
			   (r->view.list || ember_export_is_text(output, format));
		err = ember_view_check(&r->view, output, format);
	}
	return err;
}

/* 0, or the exit status; -1: help was asked for, and given. */
static int ember_report_parse(struct ember_report *r, int argc, char **argv)
{
	struct ember_options options;
	int c, err = 0;

	ember_options_begin(&options, ember_report_tables, ":");
	while (!err &&
	       (c = getopt_long(argc, argv, options.letters, options.all, NULL)) != -1) {
		switch (c) {
		case 'o': err = ember_outputs_add(&r->outputs, optarg); break;
		case 'F': r->format = optarg; break;
		case 'h': ember_report_usage(); return -1;
		case 'p': r->format = "table"; break;
		case 'R': r->format = "tree"; break;
		case 'B': r->last_boot = optarg ? optarg : EMBER_FLIGHT_DEVICE; break;
		case 'e': r->event = optarg; break;
		case 'i': r->inlined_apart = true; break;
		case 'y':
			r->by_total = !strcmp(optarg, "total");
			if (!r->by_total && strcmp(optarg, "self")) {
				ember_error("--sort %s: self or total", optarg);
				err = 2;
			}
			break;
		default:
			if (!ember_view_option(&r->view, c, &err) &&
			    !ember_screen_option(&r->screen, c, &err))
				err = ember_input_option(&r->input, c, argv, options.all);
		}
	}
	if (err)
		return err;
	if (r->last_boot && optind < argc) {
		ember_error("--last-boot: takes no FILE beside it (--last-boot=%s)",
			    argv[optind]);
		return 2;
	}
	if (!r->last_boot && optind == argc) {
		ember_error("no FILE: see emberprof help %s", argv[0]);
		return 2;
	}
	if (!r->outputs.nr)
		ember_outputs_add(&r->outputs, "-");
	return ember_report_outputs(r);
}

static void ember_report_write(const struct ember_report *r, struct ember_profile *profile,
			       int *err)
{
	const char *output, *format;
	unsigned int i;

	ember_view_apply(&r->view, profile);
	for (i = 0; i < r->outputs.nr; i++) {
		int failed = 0;

		output = r->outputs.path[i];
		format = ember_report_format(r, output);
		if (!ember_view_write(&r->view, profile, r->input.symfs, output, format,
				      &failed))
			failed = ember_export_write(profile, output, format);
		*err |= failed;
	}
}

/* 0, or 1 (said): it's something else, or can't be read. */
static int ember_report_is_flight(const char *path)
{
	size_t n;
	uint8_t *bytes = ember_import_slurp(path, &n);
	bool is = bytes && ember_flight_is(bytes, n);

	free(bytes);
	if (bytes && !is)
		return ember_error("%s: is no copy of %s", path, EMBER_FLIGHT_DEVICE);
	return !is;
}

/* 0, or 1 (said): the flight recorder has nothing of the last boot. */
static int ember_report_last_boot(struct ember_report *r)
{
	/* Its kernel's functions are named by this one's, where it was the same. */
	if (!r->input.vmlinux)
		r->input.vmlinux = "/proc/kallsyms";
	if (!access(r->last_boot, R_OK))
		return ember_report_is_flight(r->last_boot);
	if (errno != ENOENT || strcmp(r->last_boot, EMBER_FLIGHT_DEVICE))
		return ember_error("%s: %s", r->last_boot, strerror(errno));
	return ember_error(
		"--last-boot: nothing is left of it (load the module with flight_address= and flight_bytes= in each boot)");
}

int ember_cmd_report(int argc, char **argv)
{
	struct ember_report r = {};
	struct ember_profile *profile = NULL;
	int err = ember_report_parse(&r, argc, argv);
	char *last_boot[] = { (char *)r.last_boot };
	char **path = r.last_boot ? last_boot : argv + optind;

	if (!err && r.last_boot)
		err = ember_report_last_boot(&r);
	if (!err) {
		profile = ember_input_read(&r.input, path, r.last_boot ? 1 : argc - optind);
		err = !profile;
		if (profile && ember_profile_is_pair(profile))
			ember_note("%s: showing the second of two counts", *path);
		err |= profile && ember_input_show(profile, r.event, *path);
		if (!err) {
			profile->by_total = r.by_total;
			profile->inlined_apart = r.inlined_apart;
			if (r.text)
				ember_screen_open(&r.screen);
			ember_report_write(&r, profile, &err);
		}
	}
	ember_screen_close();
	ember_profile_free(profile);
	ember_input_free(&r.input);
	return err < 0 ? 0 : err;
}
