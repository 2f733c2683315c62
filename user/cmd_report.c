// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof report: a profile in another form. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/path.h"
#include "base/request.h"
#include "cmd.h"
#include "log/reader.h"
#include "missing.h"
#include "sink/sink.h"
#include "source/file.h"
#include "source/logs.h"
#include "symbols/naming.h"
#include "symbols/symbols.h"
#include "symbols/symfs.h"

#define EMBER_REPORT_USAGE                                                                       \
	"usage: emberprof report [options] FILE...\n"                                            \
	"  -o, --output OUT     .pb.gz, .pb, .folded, .svg, .json or .txt; - is stdout\n"        \
	"      --format FORM    pprof, folded, svg, json or table, whatever OUT is called\n"     \
	"      --time FROM,TO   of logs, only between: 2026-11-28T10:15 (UTC), or +90, +5m\n"    \
	"                       since a log's begin; one of them may be left out\n"              \
	"      --pid PID[,PID..], --tid TID[,TID..], --comm NAME, --board ID   only of these\n"  \
	"      --symfs DIR      files of the board are below DIR: by build-id, wherever they\n"  \
	"                       are, or by path; may be repeated (WITH_WORKSTATION=1)\n"         \
	"      --debug-dir DIR  look there for debug files, too; may be repeated\n"              \
	"      --vmlinux FILE   the kernel that was sampled, or its System.map; without it,\n"   \
	"                       and modules, by build-id below --symfs and --debug-dir\n"        \
	"      --no-inlines     don't tell what was inlined\n"                                   \
	"  -h, --help\n"                                                                         \
	"FILE is a log, a pprof profile or folded stacks, gzipped or not; - is stdin. Of logs\n" \
	"there may be more, and folders of them; what they hold is named by the files of this\n" \
	"machine. Without options it's told as a table.\n"

#define ULL(x) ((unsigned long long)(x))

struct ember_report {
	const char *output, *format;
	const char *vmlinux; /* NULL: not given */
	struct ember_log_filter filter;
	struct ember_symfs *symfs; /* NULL: no folders are given */
	const char *debug_dirs[EMBER_DEBUG_DIRS_MAX];
	uint32_t nr_debug_dirs;
	bool no_inlines;
};

static void ember_report_tell(const char *path, const struct ember_log_account *a)
{
	if (a->torn_bytes)
		ember_error("%s: the last %llu bytes are torn, and left out", path,
			    ULL(a->torn_bytes));
	if (a->skipped_bytes > a->torn_bytes)
		ember_error("%s: %llu bytes in between are damaged, and left out", path,
			    ULL(a->skipped_bytes - a->torn_bytes));
	if (a->newer)
		ember_error("%s: %llu chunks are of a later version, and left out", path,
			    ULL(a->newer));
	if (a->wrong)
		ember_error("%s: %llu chunks make no sense in part", path, ULL(a->wrong));
	if (a->thinned)
		ember_error("%s: %llu samples were more than the link carried, and left out",
			    path, ULL(a->thinned));
	if (a->cpus_least < a->cpus_most)
		ember_error("%s: CPUs came and went: from %u to %u were on line", path,
			    a->cpus_least, a->cpus_most);
	if (a->missing || a->underway || a->undefined)
		ember_error(
			"%s: %llu chunks are missing: %llu samples with them, and %llu whose stacks they told of",
			path, ULL(a->missing), ULL(a->underway), ULL(a->undefined));
}

/* Named by what this machine and the folders have; NULL: it can't be read (said). */
static struct ember_profile *ember_report_log(const struct ember_report *r, const char *path,
					      const uint8_t *bytes, size_t n)
{
	struct ember_log_account account = {};
	struct ember_profile *profile = NULL;
	struct ember_symbols *symbols;
	struct ember_tally tally = {};
	const char *why;
	uint32_t i;

	if (!ember_log_read(bytes, n, &r->filter, &tally, &account, &why)) {
		ember_error("%s: %s", path, why);
	} else {
		ember_report_tell(path, &account);
		symbols = ember_symbols_new();
		ember_symbols_since(symbols, tally.time_ns);
		ember_symbols_lines(symbols, !r->no_inlines);
		ember_symbols_symfs(symbols, r->symfs);
		ember_symbols_vmlinux(symbols, r->vmlinux);
		for (i = 0; i < r->nr_debug_dirs; i++)
			ember_symbols_debug_dir(symbols, r->debug_dirs[i]);
		profile = ember_naming_profile(&tally, symbols);
		if (!tally.here || r->symfs || r->nr_debug_dirs)
			ember_missing_tell(profile);
		ember_symbols_free(symbols);
	}
	ember_tally_free(&tally);
	return profile;
}

static bool ember_report_filters(const struct ember_log_filter *f)
{
	return f->from.given || f->to.given || f->nr_pid || f->nr_tid || f->comm || f->board;
}

/* 0, or 2 (said): it's no such option, or makes no sense. */
static int ember_report_filter(struct ember_log_filter *f, int c, char **argv)
{
	const char *wrong = NULL;

	switch (c) {
	case 'T':
		if (!ember_log_filter_time(f, optarg))
			wrong = "FROM,TO such as 2026-11-28T10:15,2026-11-28T10:20 or +0,+5m";
		break;
	case 'P':
		if (!ember_number_list(optarg, f->pid, &f->nr_pid, EMBER_FILTER_IDS))
			wrong = "numbers, with commas between them";
		break;
	case 't':
		if (!ember_number_list(optarg, f->tid, &f->nr_tid, EMBER_FILTER_IDS))
			wrong = "numbers, with commas between them";
		break;
	case 'c': f->comm = optarg; break;
	case 'b': f->board = optarg; break;
	default:
		ember_error("%s %s: see emberprof report -h",
			    c == ':' ? "no value for" : "unknown option", argv[optind - 1]);
		return 2;
	}
	if (wrong)
		ember_error("%s: %s", optarg, wrong);
	return wrong ? 2 : 0;
}

/* Logs, of files and folders, all together; or one profile. NULL: it can't be read (said). */
static struct ember_profile *ember_report_read(const struct ember_report *r, char **path,
					       int nr)
{
	const struct ember_log_filter *filter = &r->filter;
	struct ember_profile *profile = NULL;
	struct ember_proto all = {};
	const char *why;
	bool good = true;
	int i;

	for (i = 0; good && i < nr; i++)
		good = ember_logs_add(&all, path[i], filter);
	if (good && ember_log_is(all.bytes, all.used)) {
		profile = ember_report_log(r, path[0], all.bytes, all.used);
	} else if (good && ember_report_filters(filter)) {
		ember_error("%s: is no log, and only logs can be looked at in part", path[0]);
	} else if (good && nr > 1) {
		ember_error("%s: only logs can be read together", path[0]);
	} else if (good) {
		profile = ember_source_bytes(all.bytes, all.used, &why);
		if (!profile)
			ember_error("%s: %s", path[0], why);
	}
	free(all.bytes);
	return profile;
}

static const struct option ember_report_options[] = {
	{ "output", 1, NULL, 'o' },
	{ "format", 1, NULL, 'F' },
	{ "time", 1, NULL, 'T' },
	{ "pid", 1, NULL, 'P' },
	{ "tid", 1, NULL, 't' },
	{ "comm", 1, NULL, 'c' },
	{ "board", 1, NULL, 'b' },
	{ "symfs", 1, NULL, 's' },
	{ "debug-dir", 1, NULL, 'd' },
	{ "no-inlines", 0, NULL, 'I' },
	{ "vmlinux", 1, NULL, 'k' },
	{ "help", 0, NULL, 'h' },
	{},
};

#ifdef WITH_WORKSTATION
static int ember_report_folder(struct ember_report *r, const char *folder, bool root)
{
	if (!r->symfs) {
		char *cache = ember_path_cache("build-ids.db");

		r->symfs = ember_symfs_new(cache);
		free(cache);
	}
	return !ember_symfs_add(r->symfs, folder, root);
}
#else
static int ember_report_folder(struct ember_report *r, const char *folder, bool root)
{
	(void)r;
	if (!root)
		return 0;
	ember_error("--symfs %s: needs a tool built with WITH_WORKSTATION=1", folder);
	return 2;
}
#endif

static int ember_report_debug_dir(struct ember_report *r, const char *folder)
{
	if (r->nr_debug_dirs == EMBER_DEBUG_DIRS_MAX) {
		ember_error("--debug-dir: at most %d", EMBER_DEBUG_DIRS_MAX);
		return 2;
	}
	r->debug_dirs[r->nr_debug_dirs++] = folder;
	return ember_report_folder(r, folder, false);
}

/* 0, or the exit status; -1: help was asked for, and given. */
static int ember_report_parse(struct ember_report *r, int argc, char **argv)
{
	int c, err = 0;

	opterr = 0;
	while (!err &&
	       (c = getopt_long(argc, argv, ":o:h", ember_report_options, NULL)) != -1) {
		switch (c) {
		case 'o': r->output = optarg; break;
		case 'F': r->format = optarg; break;
		case 's': err = ember_report_folder(r, optarg, true); break;
		case 'd': err = ember_report_debug_dir(r, optarg); break;
		case 'k': r->vmlinux = optarg; break;
		case 'I': r->no_inlines = true; break;
		case 'h': fputs(EMBER_REPORT_USAGE, stdout); return -1;
		default: err = ember_report_filter(&r->filter, c, argv);
		}
	}
	if (err)
		return err;
	if (optind == argc) {
		ember_error("no FILE: see emberprof report -h");
		return 2;
	}
	if (!r->format && r->output[0] == '-' && !r->output[1])
		r->format = "table";
	if (ember_sink_is_log(r->output, r->format)) {
		ember_error(
			"%s: only record writes logs: .pb.gz, .folded, .svg, .json or .txt",
			r->output);
		return 2;
	}
	return ember_sink_check(r->output, r->format);
}

int ember_cmd_report(int argc, char **argv)
{
	struct ember_report r = { .output = "-" };
	struct ember_profile *profile = NULL;
	int err = ember_report_parse(&r, argc, argv);

	if (!err) {
		profile = ember_report_read(&r, argv + optind, argc - optind);
		err = !profile || ember_sink_write(profile, r.output, r.format);
	}
	if (profile)
		ember_profile_free(profile);
#ifdef WITH_WORKSTATION
	ember_symfs_free(r.symfs);
#endif
	return err < 0 ? 0 : err;
}
