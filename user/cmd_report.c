// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof report: a profile in another form. */
#include <getopt.h>
#include <stdio.h>

#include "base/error.h"
#include "cmd.h"
#include "sink/sink.h"
#include "source/file.h"

#define EMBER_REPORT_USAGE                                                                   \
	"usage: emberprof report [options] FILE\n"                                           \
	"  -o, --output OUT     .pb.gz, .pb, .folded, .svg, .json or .txt; - is stdout\n"    \
	"      --format FORM    pprof, folded, svg, json or table, whatever OUT is called\n" \
	"  -h, --help\n"                                                                     \
	"FILE is a pprof profile or folded stacks, gzipped or not; - is stdin. Without\n"    \
	"options it's told as a table.\n"

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
	err = ember_sink_check(output, format);
	if (err)
		return err;
	profile = ember_source_file(argv[optind]);
	if (!profile)
		return 1;
	err = ember_sink_write(profile, output, format);
	ember_profile_free(profile);
	return err;
}
