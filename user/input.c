// SPDX-License-Identifier: GPL-2.0-or-later
#include "input.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/path.h"
#include "log/reader.h"
#include "missing.h"
#include "model/merge.h"
#include "source/file.h"
#include "source/logs.h"
#include "symbols/naming.h"
#include "symbols/symbols.h"
#include "symbols/symfs.h"

#define ULL(x) ((unsigned long long)(x))

static void ember_input_tell(const char *path, const struct ember_log_account *a)
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
	if (a->mixed)
		ember_error("%s: has several boards' logs, told together: --board tells one",
			    path);
	if (a->cpus_least < a->cpus_most)
		ember_error("%s: CPUs came and went: from %u to %u were on line", path,
			    a->cpus_least, a->cpus_most);
	if (a->full)
		ember_error(
			"%s: %llu samples ignored: too many threads, stacks or samples for one report (select a part with --time)",
			path, ULL(a->undefined));
	if (a->missing || a->underway || (a->undefined && !a->full))
		ember_error(
			"%s: %llu chunks are missing: %llu samples with them, and %llu whose stacks they told of",
			path, ULL(a->missing), ULL(a->underway), ULL(a->undefined));
}

/* Named by what this machine and the folders have; NULL: it can't be read (said). */
static struct ember_profile *ember_input_log(const struct ember_input *in, const char *path,
					     const uint8_t *bytes, size_t n)
{
	struct ember_log_account account = {};
	struct ember_profile *profile = NULL;
	struct ember_symbols *symbols;
	struct ember_tally tally = { .timed = in->timed };
	const char *why;
	uint32_t i;

	if (!ember_log_read(bytes, n, &in->filter, &tally, &account, &why)) {
		ember_error("%s: %s", path, why);
	} else {
		ember_input_tell(path, &account);
		symbols = ember_symbols_new();
		ember_symbols_since(symbols, tally.time_ns);
		if (!in->no_inlines || !in->no_lines)
			ember_symbols_lines(symbols, !in->no_inlines);
		ember_symbols_symfs(symbols, in->symfs);
		ember_symbols_vmlinux(symbols, in->vmlinux);
		for (i = 0; i < in->nr_debug_dirs; i++)
			ember_symbols_debug_dir(symbols, in->debug_dirs[i]);
		profile = ember_naming_profile(&tally, symbols);
		if (!tally.here || in->symfs || in->nr_debug_dirs)
			ember_missing_tell(profile);
		ember_symbols_free(symbols);
	}
	ember_tally_free(&tally);
	if (profile)
		ember_profile_by_time(profile);
	return profile;
}

static bool ember_input_filters(const struct ember_log_filter *f)
{
	return f->from.given || f->to.given || f->nr_pid || f->nr_tid || f->comm || f->board;
}

#ifdef WITH_WORKSTATION
/* All of them in one; NULL: one can't be read, or doesn't go with the others (said). */
static struct ember_profile *ember_input_merge(const struct ember_input *in, char **path,
					       int nr)
{
	struct ember_profile *whole = NULL, *one;
	int i;

	for (i = 0; i < nr; i++) {
		one = ember_input_read(in, path + i, 1);
		if (one && !whole) {
			whole = one;
			continue;
		}
		if (!one || !ember_merge_sum(whole, one)) {
			if (one)
				ember_error("%s: counts other things than %s", path[i],
					    path[0]);
			ember_profile_free(whole);
			ember_profile_free(one);
			return NULL;
		}
		ember_profile_free(one);
	}
	return whole;
}
#else
static struct ember_profile *ember_input_merge(const struct ember_input *in, char **path,
					       int nr)
{
	(void)in;
	(void)nr;
	ember_error("%s: only logs can be read together, without WITH_WORKSTATION=1", path[0]);
	return NULL;
}
#endif

struct ember_profile *ember_input_read(const struct ember_input *in, char **path, int nr)
{
	const struct ember_log_filter *filter = &in->filter;
	struct ember_profile *profile = NULL;
	struct ember_proto all = {};
	const char *why;
	bool good = true, logs;
	int i;

	for (i = 0; good && i < nr; i++)
		good = ember_logs_add(&all, path[i], filter);
	logs = good && ember_log_is(all.bytes, all.used);
	if (logs) {
		profile = ember_input_log(in, path[0], all.bytes, all.used);
	} else if (good && ember_input_filters(filter)) {
		ember_error("%s: is no log, and only logs can be looked at in part", path[0]);
	} else if (good && nr == 1) {
		profile = ember_source_bytes(all.bytes, all.used, &why);
		if (!profile)
			ember_error("%s: %s", path[0], why);
	}
	free(all.bytes);
	if (good && !logs && nr > 1 && !ember_input_filters(filter))
		profile = ember_input_merge(in, path, nr);
	return profile;
}

#ifdef WITH_WORKSTATION
static struct ember_symfs *ember_input_symfs(struct ember_input *in)
{
	if (!in->symfs) {
		char *cache = ember_path_cache("build-ids.db");

		in->symfs = ember_symfs_new(cache);
		free(cache);
	}
	return in->symfs;
}

static int ember_input_folder(struct ember_input *in, const char *folder, bool root)
{
	return !ember_symfs_add(ember_input_symfs(in), folder, root);
}

static int ember_input_online(struct ember_input *in)
{
	return ember_symfs_online(ember_input_symfs(in)) ? 0 : 2;
}
#else
static int ember_input_lacks(const char *option)
{
	ember_error("%s: needs a tool built with WITH_WORKSTATION=1", option);
	return 2;
}

static int ember_input_folder(struct ember_input *in, const char *folder, bool root)
{
	(void)in;
	(void)folder;
	return root ? ember_input_lacks("--symfs") : 0;
}

static int ember_input_online(struct ember_input *in)
{
	(void)in;
	return ember_input_lacks("--debuginfod");
}
#endif

static int ember_input_debug_dir(struct ember_input *in, const char *folder)
{
	if (in->nr_debug_dirs == EMBER_DEBUG_DIRS_MAX) {
		ember_error("--debug-dir: at most %d", EMBER_DEBUG_DIRS_MAX);
		return 2;
	}
	in->debug_dirs[in->nr_debug_dirs++] = folder;
	return ember_input_folder(in, folder, false);
}

int ember_input_time(struct ember_log_filter *filter, const char *text)
{
	if (ember_log_filter_time(filter, text))
		return 0;
	ember_error(
		"%s: FROM,TO such as 2026-11-28T10:15,2026-11-28T10:20, +0,+5m or boot+90,",
		text);
	return 2;
}

int ember_input_option(struct ember_input *in, int c, char **argv)
{
	struct ember_log_filter *f = &in->filter;
	const char *wrong = NULL;

	switch (c) {
	case 'T': return ember_input_time(f, optarg);
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
	case 's': return ember_input_folder(in, optarg, true);
	case 'd': return ember_input_debug_dir(in, optarg);
	case 'k': in->vmlinux = optarg; break;
	case 'O': return ember_input_online(in);
	case 'I': in->no_inlines = true; break;
	default:
		ember_error("%s %s: see emberprof %s -h",
			    c == ':' ? "no value for" : "unknown option", argv[optind - 1],
			    argv[0]);
		return 2;
	}
	if (wrong)
		ember_error("%s: %s", optarg, wrong);
	return wrong ? 2 : 0;
}

void ember_input_free(struct ember_input *in)
{
#ifdef WITH_WORKSTATION
	ember_symfs_free(in->symfs);
#endif
	in->symfs = NULL;
}
