// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof report: a profile in another form. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "cmd.h"
#include "log/reader.h"
#include "sink/sink.h"
#include "source/file.h"
#include "symbols/naming.h"
#include "symbols/symbols.h"

#define EMBER_REPORT_USAGE                                                                       \
	"usage: emberprof report [options] FILE...\n"                                            \
	"  -o, --output OUT     .pb.gz, .pb, .folded, .svg, .json or .txt; - is stdout\n"        \
	"      --format FORM    pprof, folded, svg, json or table, whatever OUT is called\n"     \
	"  -h, --help\n"                                                                         \
	"FILE is a log, a pprof profile or folded stacks, gzipped or not; - is stdin. Of logs\n" \
	"there may be more, and folders of them; what they hold is named by the files of this\n" \
	"machine. Without options it's told as a table.\n"

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

static int ember_report_is_log(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && !strcmp(end, ".ember");
}

static bool ember_report_is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static bool ember_report_empty(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !st.st_size;
}

/* Behind what is there; false: it can't be read (said). */
static bool ember_report_add(struct ember_proto *all, const char *path)
{
	size_t n;
	uint8_t *bytes = ember_source_slurp(path, &n);

	if (!bytes)
		return false;
	if (n > EMBER_SOURCE_MAX - all->used) {
		ember_error("%s: too much: all logs together may have 256 MiB", path);
		free(bytes);
		return false;
	}
	memcpy(ember_proto_room(all, n), bytes, n);
	all->used += n;
	free(bytes);
	return true;
}

static bool ember_report_folder(struct ember_proto *all, const char *path)
{
	struct dirent **entry;
	int i, nr = scandir(path, &entry, ember_report_is_log, alphasort);
	bool good = nr > 0;

	if (nr < 0)
		ember_error("%s: %s", path, strerror(errno));
	else if (!nr)
		ember_error("%s: holds no .ember logs", path);
	for (i = 0; i < nr; i++) {
		char *name = ember_grow(NULL, strlen(path) + strlen(entry[i]->d_name) + 2, 1);

		sprintf(name, "%s/%s", path, entry[i]->d_name);
		/* One that was begun when the power went may be empty. */
		good = good && (ember_report_empty(name) || ember_report_add(all, name));
		free(name);
		free(entry[i]);
	}
	if (nr >= 0)
		free(entry);
	return good;
}

/* Logs, of files and folders, all together; or one profile. NULL: it can't be read (said). */
static struct ember_profile *ember_report_read(char **path, int nr)
{
	struct ember_profile *profile = NULL;
	struct ember_proto all = {};
	const char *why;
	bool good = true;
	int i;

	for (i = 0; good && i < nr; i++)
		good = ember_report_is_folder(path[i]) ? ember_report_folder(&all, path[i]) :
							 ember_report_add(&all, path[i]);
	if (good && ember_log_is(all.bytes, all.used)) {
		profile = ember_report_log(path[0], all.bytes, all.used);
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
	if (optind == argc) {
		ember_error("no FILE: see emberprof report -h");
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
	profile = ember_report_read(argv + optind, argc - optind);
	if (!profile)
		return 1;
	err = ember_sink_write(profile, output, format);
	ember_profile_free(profile);
	return err;
}
