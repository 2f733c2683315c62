// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof check: what this system has and lacks, and what brings it. */
#include <stdbool.h>
#include <stdio.h>

#include "base/message.h"
#include "base/json.h"
#include "base/option.h"
#include "cmd/cmd.h"
#include "doctor/coverage.h"
#include "doctor/system.h"

static const char ember_check_usage[] =
	"usage: emberprof check [options]\n"
	"       emberprof check --unwind [options] FILE...\n"
	"What this kernel and system have and lack, with a remedy for what is missing. The\n"
	"module needn't be loaded. Exit status: 0 if one can record now, else 1.\n";

static const struct ember_option ember_check_options[] = {
	{ "unwind", NULL,
	  "how much of a program's or library's code can be unwound without frame pointers, by "
	  "the file's contents, and the size of its unwind table",
	  .c = 'u' },
	{ "rows", NULL, "with --unwind: each row of the table", .c = 'r' },
	{ "json", NULL, "for programs", .c = 'j' },
	{},
};

static const char *const ember_state_names[] = { "ok", "missing", "unknown" };

static void ember_check_json(const struct ember_findings *s)
{
	unsigned int i;

	printf("{\"usable\": %s, \"module_loaded\": %s, \"checks\": [",
	       ember_findings_lacks(s) ? "false" : "true", s->loaded ? "true" : "false");
	for (i = 0; i < s->nr; i++) {
		const struct ember_finding *f = &s->finding[i];

		printf("%s\n{\"what\": ", i ? "," : "");
		ember_json_string(stdout, f->what);
		printf(", \"state\": \"%s\", \"needed\": %s, \"found\": ",
		       ember_state_names[f->state], f->needed ? "true" : "false");
		ember_json_string(stdout, f->found);
		fputs(", \"remedy\": ", stdout);
		ember_json_string(stdout, f->remedy);
		putchar('}');
	}
	puts("\n]}");
}

static void ember_check_table(const struct ember_findings *s)
{
	unsigned int i, lacks = ember_findings_lacks(s);

	for (i = 0; i < s->nr; i++) {
		const struct ember_finding *f = &s->finding[i];

		printf("%-8s %-34s %s%s\n", ember_state_names[f->state], f->what, f->found,
		       f->needed && f->state == EMBER_MISSING ? " (needed)" : "");
		if (f->remedy[0])
			printf("%-8s %-34s -> %s\n", "", "", f->remedy);
	}
	if (lacks)
		printf("not usable: %u needed thing%s missing\n", lacks,
		       lacks > 1 ? "s are" : " is");
	else
		puts("usable");
}

int ember_cmd_check(int argc, char **argv)
{
	static const struct ember_option *const tables[] = { ember_check_options, NULL };
	static struct ember_findings survey;
	struct ember_options options;
	bool json = false, rows = false, unwind = false;
	int c;

	ember_options_begin(&options, tables, "+");
	while ((c = getopt_long(argc, argv, options.letters, options.all, NULL)) != -1)
		switch (c) {
		case 'j': json = true; break;
		case 'r': rows = true; break;
		case 'u': unwind = true; break;
		case 'h':
			fputs(ember_check_usage, stdout);
			ember_options_usage(stdout, tables);
			return 0;
		default: return ember_option_unknown(c, argv, options.all);
		}
	if (unwind) {
		if (optind == argc) {
			ember_error("check --unwind: FILE missing (see emberprof help check)");
			return 2;
		}
		return ember_coverage_print(argv + optind, rows ? EMBER_COVERAGE_ROWS :
							   json ? EMBER_COVERAGE_JSON :
								  EMBER_COVERAGE_TABLE);
	}
	if (optind < argc) {
		ember_error("check takes no %s: see emberprof help check", argv[optind]);
		return 2;
	}
	ember_findings_take(&survey);
	if (json)
		ember_check_json(&survey);
	else
		ember_check_table(&survey);
	return ember_findings_lacks(&survey) ? 1 : 0;
}
