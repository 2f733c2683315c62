// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof report: a profile in another form. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "cmd.h"
#include "log/reader.h"
#include "sink/sink.h"
#include "source/file.h"
#include "symbols/naming.h"
#include "symbols/symbols.h"

#define EMBER_REPORT_USAGE                                                                      \
	"usage: emberprof report [options] FILE\n"                                              \
	"  -o, --output OUT     .pb.gz, .pb, .folded, .svg, .json or .txt; - is stdout\n"       \
	"      --format FORM    pprof, folded, svg, json or table, whatever OUT is called\n"    \
	"  -h, --help\n"                                                                        \
	"FILE is a log, a pprof profile or folded stacks, gzipped or not; - is stdin. What a\n" \
	"log holds is named by the files of this machine. Without options it's told as a\n"     \
	"table.\n"

#define ULL(x) ((unsigned long long)(x))

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
	if (a->missing || a->underway || a->undefined)
		ember_error(
			"%s: %llu chunks are missing: %llu samples with them, and %llu whose stacks they told of",
			path, ULL(a->missing), ULL(a->underway), ULL(a->undefined));
}

/* Named by what this machine has; NULL: it can't be read (said). */
static struct ember_profile *ember_report_log(const char *path, const uint8_t *bytes, size_t n)
{
	struct ember_log_account account = {};
	struct ember_profile *profile = NULL;
	struct ember_symbols *symbols;
	struct ember_tally tally = {};
	const char *why;

	if (!ember_log_read(bytes, n, &tally, &account, &why)) {
		ember_error("%s: %s", path, why);
	} else {
		ember_report_tell(path, &account);
		symbols = ember_symbols_new();
		ember_symbols_since(symbols, tally.time_ns);
		profile = ember_naming_profile(&tally, symbols);
		ember_symbols_free(symbols);
	}
	ember_tally_free(&tally);
	return profile;
}

static struct ember_profile *ember_report_read(const char *path)
{
	struct ember_profile *profile;
	const char *why;
	size_t n;
	uint8_t *bytes = ember_source_slurp(path, &n);

	if (!bytes)
		return NULL;
	if (ember_log_is(bytes, n)) {
		profile = ember_report_log(path, bytes, n);
	} else {
		profile = ember_source_bytes(bytes, n, &why);
		if (!profile)
			ember_error("%s: %s", path, why);
	}
	free(bytes);
	return profile;
}

int ember_cmd_report(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", 1, NULL, 'o' },
		{ "format", 1, NULL, 'F' },
		{ "help", 0, NULL, 'h' },
		{},
	};
	const char *output = "-", *format = NULL;
	struct ember_profile *profile;
	int c, err;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
		switch (c) {
		case 'o': output = optarg; break;
		case 'F': format = optarg; break;
		case 'h': fputs(EMBER_REPORT_USAGE, stdout); return 0;
		default:
			ember_error("%s %s: see emberprof report -h",
				    c == ':' ? "no value for" : "unknown option",
				    argv[optind - 1]);
			return 2;
		}
	}
	if (optind + 1 != argc) {
		ember_error("%s: see emberprof report -h",
			    optind == argc ? "no FILE" : "more than one FILE");
		return 2;
	}
	if (!format && output[0] == '-' && !output[1])
		format = "table";
	if (ember_sink_is_log(output, format)) {
		ember_error(
			"%s: only record writes logs: .pb.gz, .folded, .svg, .json or .txt",
			output);
		return 2;
	}
	err = ember_sink_check(output, format);
	if (err)
		return err;
	profile = ember_report_read(argv[optind]);
	if (!profile)
		return 1;
	err = ember_sink_write(profile, output, format);
	ember_profile_free(profile);
	return err;
}
