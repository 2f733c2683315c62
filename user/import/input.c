// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/input.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/number.h"
#include "base/option.h"
#include "log/reader.h"
#include "model/wall.h"
#include "symbolize/unsymbolized.h"
#include "workstation/report/merge.h"
#include "import/file.h"
#include "import/logs.h"
#include "symbolize/naming.h"
#include "symbolize/symbols.h"

#define ULL(x) ((unsigned long long)(x))

/* Report what the logs lack of weighted samples. */
static void ember_input_events(const char *name, const struct ember_log_events *e, bool full)
{
	if (e->downsampled.samples)
		ember_warning(
			"%s: the recorder left out %llu samples of events: more than the link carries",
			name, ULL(e->downsampled.samples));
	if (e->underway.samples || e->undefined.samples)
		ember_warning(
			"%s: %llu samples of events are in missing chunks, %llu have no event or stack%s",
			name, ULL(e->underway.samples), ULL(e->undefined.samples),
			full ? " or no room" : "");
}

/* Report what the logs lack, under the name of all of them. */
static void ember_input_account(const char *name, const struct ember_logs *logs,
				const struct ember_log_account *a, uint32_t boards)
{
	if (a->skipped_bytes || a->newer)
		ember_logs_damage(logs);
	if (a->wrong)
		ember_warning("%s: skipped invalid fields in %llu chunks",
			      ember_logs_path(logs, a->wrong_at), ULL(a->wrong));
	if (a->downsampled)
		ember_warning(
			"%s: the recorder left out %llu samples: more than the link carries",
			name, ULL(a->downsampled));
	if (a->throttled.samples)
		ember_note(
			"%s: throttled to keep the budget: for %.1f s of CPU time, %llu samples count for 2 to %u points each",
			name, a->throttled.points * a->first.period_ns / 1e9,
			ULL(a->throttled.samples), a->throttled.most);
	if (a->mixed)
		ember_note("%s: merging logs of %u boards (use --board ID for one)", name,
			   boards);
	if (a->cpus_least < a->cpus_most)
		ember_note("%s: CPUs came and went: from %u to %u were on line", name,
			   a->cpus_least, a->cpus_most);
	if (a->full)
		ember_warning(
			"%s: ignoring %llu samples: too many threads, stacks or samples for one report (select a part with --time)",
			name, ULL(a->undefined));
	if (a->gaps)
		ember_note("%s: left out %llu of %llu samples: their stacks may have gaps",
			   name, ULL(a->gaps), ULL(a->gaps + a->samples));
	ember_input_events(name, &a->events, a->full);
	if (a->missing || a->underway || (a->undefined && !a->full))
		ember_warning("%s: %llu chunks are missing: %llu samples with them, and %llu"
			      " whose stacks they defined",
			      name, ULL(a->missing), ULL(a->underway), ULL(a->undefined));
}

/* Note which board the logs are of. */
static void ember_input_board(struct ember_profile *p, const struct ember_log_account *a)
{
	if (a->mixed)
		return;
	p->origin.board = ember_profile_string(p, a->first.board);
	p->origin.kernel = ember_profile_string(p, a->first.release);
}

/* Note what all of it was read from. */
static void ember_input_origin(struct ember_profile *p, char **path, int nr)
{
	char several[32];

	snprintf(several, sizeof(several), "%d files", nr);
	p->origin.file = ember_profile_string(p, nr == 1 ? path[0] : several);
}

/* Whether logs can be read, but have nothing of what is asked for. */
static bool ember_input_empty(const struct ember_logs *logs, const struct ember_log_account *a)
{
	return !logs->all.used || (!a->samples && !a->events.samples.samples && !a->unset &&
				   !a->newer && a->streams + a->others);
}

static bool ember_input_wants_wait(const void *only, const char *kind)
{
	return ember_only_wants_wait(only, kind);
}

struct ember_profile *ember_input_logs(const struct ember_input *in, const char *name,
				       const struct ember_logs *logs)
{
	struct ember_log_account account = {};
	struct ember_profile *profile = NULL;
	struct ember_symbols *symbols;
	struct ember_tally tally = { .timed = in->timed };
	const char *why;
	uint32_t i;

	if (!ember_log_read(logs->all.bytes, logs->all.used, &in->filter, &tally, &account,
			    &why) &&
	    !(in->may_be_empty && ember_input_empty(logs, &account))) {
		ember_error("%s: %s", name, why);
	} else {
		if (in->only)
			ember_tally_only(&tally, in->only);
		if (ember_only_waits(&in->filter.only)) {
			ember_tally_unclocked(&tally);
			tally.wants_wait = ember_input_wants_wait;
			tally.wants_context = &in->filter.only;
		}
		ember_input_account(name, logs, &account, tally.dict.nr_board);
		symbols = ember_symbols_new();
		if (!in->no_inlines || !in->no_lines)
			ember_symbols_lines(symbols, !in->no_inlines);
		ember_symbols_symfs(symbols, in->symfs);
		ember_symbols_vmlinux(symbols, in->vmlinux);
		for (i = 0; i < in->nr_debug_dirs; i++)
			ember_symbols_debug_dir(symbols, in->debug_dirs[i]);
		profile = ember_naming_profile(&tally, symbols);
		ember_input_board(profile, &account);
		if (profile->shortened)
			ember_warning(
				"%s: keeping the innermost frame alone of %u stacks: too many for one report (select a part with --time)",
				name, profile->shortened);
		if (!tally.here || in->symfs || in->nr_debug_dirs)
			ember_unsymbolized_print(profile, in->verbose);
		ember_symbols_free(symbols);
	}
	ember_tally_free(&tally);
	if (profile)
		ember_profile_by_time(profile);
	return profile;
}

static bool ember_input_filters(const struct ember_log_filter *f)
{
	return f->from.given || f->to.given || f->nr_pid || f->nr_tid || f->comm || f->board ||
	       f->only.nr;
}

/* What the command line names: all logs together are the first profile. */
struct ember_input_profiles {
	const char *logs; /* what they are called; NULL: there are none */
	struct ember_named_profile *item;
	int nr;
};

static bool ember_input_file(const struct ember_input *in, const char *path,
			     const struct ember_buf *bytes, struct ember_input_profiles *p)
{
	struct ember_profile *profile;
	const char *why;

	if (in->filter.no_gaps) {
		ember_error("%s: is no log: only logs mark stacks that may have gaps", path);
		return false;
	}
	if (ember_input_filters(&in->filter)) {
		ember_error("%s: is no log, and only logs can be looked at in part", path);
		return false;
	}
	profile = ember_import_bytes(bytes->bytes, bytes->used, &why);
	if (profile)
		p->item[p->nr++] = (struct ember_named_profile){ path, profile };
	else
		ember_error("%s: %s", path, why);
	return profile;
}

/* Read all files. Returns false if one can't be read (said). */
static bool ember_input_files(const struct ember_input *in, char **path, int nr,
			      struct ember_logs *logs, struct ember_input_profiles *p)
{
	bool good = true;
	int i;

	for (i = 0; good && i < nr; i++) {
		struct ember_buf other = {};

		good = ember_logs_add(logs, path[i], &in->filter, &other);
		if (other.bytes)
			good = ember_input_file(in, path[i], &other, p);
		else
			p->logs = p->logs ? "logs" : path[i];
		free(other.bytes);
	}
	return good;
}

struct ember_profile *ember_input_read(const struct ember_input *in, char **path, int nr)
{
	struct ember_input_profiles p = {};
	struct ember_profile *profile = NULL;
	struct ember_logs logs = {};
	bool good;

	p.item = ember_xrealloc(NULL, nr + 1, sizeof(*p.item));
	good = ember_input_files(in, path, nr, &logs, &p);
	if (good && p.logs) {
		memmove(p.item + 1, p.item, p.nr++ * sizeof(*p.item));
		p.item[0] = (struct ember_named_profile){ p.logs, ember_input_logs(in, p.logs,
										   &logs) };
		good = p.item[0].profile;
	}
	if (good && (p.nr == 1 || ember_merge_profiles(p.item, p.nr))) {
		profile = p.item[0].profile;
		ember_input_origin(profile, path, nr);
	}
	while (p.nr--)
		if (p.item[p.nr].profile != profile)
			ember_profile_free(p.item[p.nr].profile);
	free(p.item);
	ember_logs_free(&logs);
	return profile;
}

int ember_input_show(struct ember_profile *p, const char *event, const char *name)
{
	char has[200] = "";
	size_t at = 0;
	uint32_t i;

	if (!event && ember_wall_shown(p))
		event = EMBER_WALL;
	if (!event ||
	    (strcmp(event, EMBER_WALL) ? ember_profile_show(p, event) : ember_wall_show(p)))
		return 0;
	for (i = 0; i < p->nr_type && at < sizeof(has); i++)
		at += snprintf(has + at, sizeof(has) - at, "%s%s", i ? ", " : "",
			       ember_text(p, p->type[i].name));
	return ember_error("%s: has no event %s: only %s", name, event, has);
}

static int ember_input_debug_dir(struct ember_input *in, const char *folder)
{
	if (in->nr_debug_dirs == EMBER_DEBUG_DIRS_MAX) {
		ember_error("--debug-dir: at most %d", EMBER_DEBUG_DIRS_MAX);
		return 2;
	}
	in->debug_dirs[in->nr_debug_dirs++] = folder;
	return ember_input_folder(in, folder, false);
}

const struct ember_option ember_input_options[] = {
	{ "time", "FROM,TO",
	  "of logs, only between: 2026-11-28T10:15 or 10:15:00.250 (UTC), +90 or +5m since a log's "
	  "begin, boot+90; one may be left out",
	  .c = 'T' },
	{ "pid", "PID[,PID..]", "of logs, only these processes", .c = 'P' },
	{ "tid", "TID[,TID..]", "of logs, only these threads", .c = 't' },
	{ "comm", "NAME", "of logs, only this command", .c = 'c' },
	{ "only", "KEY=VALUE",
	  "of logs, only cgroup=PATH or unit=NAME (with what is below it), comm=NAME, "
	  "label=KEY=VALUE or wait=KIND (futex, io, sleep and so on); * at the end matches any rest; may be repeated",
	  .c = 'Y' },
	{ "board", "ID", "of logs, only this board's", .c = 'b' },
	{ "no-gaps", NULL, "of logs, leave out samples whose stack may have gaps", .c = 'G' },
	{ "verbose", NULL, "list each file that lacks names, not one line for all",
	  .letter = 'v' },
	{},
};

int ember_input_time(struct ember_log_filter *filter, const char *text)
{
	if (ember_log_filter_time(filter, text))
		return 0;
	ember_error(
		"%s: FROM,TO such as 2026-11-28T10:15,2026-11-28T10:20, 10:15,10:20, +0,+5m or boot+90,",
		text);
	return 2;
}

int ember_input_option(struct ember_input *in, int c, char **argv,
		       const struct option *options)
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
	case 'Y':
		wrong = ember_only_add(&f->only, optarg);
		if (wrong)
			ember_error("--only %s: %s", optarg, wrong);
		return wrong ? 2 : 0;
	case 'b': f->board = optarg; break;
	case 'G': f->no_gaps = true; break;
	case 's': return ember_input_folder(in, optarg, true);
	case 'd': return ember_input_debug_dir(in, optarg);
	case 'k':
		in->vmlinux = optarg;
		if (access(optarg, R_OK))
			return ember_error("%s: %s", optarg, strerror(errno));
		break;
	case 'O': return ember_input_debuginfod(in);
	case 'I': in->no_inlines = true; break;
	case 'v': in->verbose = true; break;
	default: return ember_option_unknown(c, argv, options);
	}
	if (wrong)
		ember_error("%s: %s", optarg, wrong);
	return wrong ? 2 : 0;
}

void ember_input_free(struct ember_input *in)
{
	ember_input_folders_free(in);
}
