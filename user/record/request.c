// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "base/number.h"
#include "base/option.h"
#include "base/address.h"
#include "record/cgroups.h"
#include "record/request_event.h"

enum {
	EMBER_LONG = 256,
	EMBER_DURATION,
	EMBER_USER,
	EMBER_KERNEL,
	EMBER_FORMAT,
	EMBER_EVEN,
	EMBER_BYTES,
	EMBER_GRAPH,
	EMBER_DEBUG,
	EMBER_REMOTE,
	EMBER_CACHE,
	EMBER_WAIT,
	EMBER_FLUSH,
	EMBER_KEEP,
	EMBER_PER_DAY,
	EMBER_KEY,
	EMBER_RESEND,
	EMBER_RATE,
	EMBER_BOARD,
	EMBER_ADOPT,
	EMBER_BUDGET,
	EMBER_ONLY,
	EMBER_BLOCK_RATE,
	EMBER_MUTEX_RATE,
	EMBER_WALL_TIME
};

/* perf's -c and --mmap-pages are known, so that they get an answer of their own. */
static const struct ember_option ember_request_options[] = {
	{ "freq", "HZ", "samples per second and CPU (99); max: the module's cap",
	  .letter = 'F' },
	{ "event", "EVENT[:N]",
	  "cpu (the default: by the clock); growth: who makes memory grow, a sample for each N "
	  "bytes (64K); block: who waits, preempt: who loses the CPU, mutex: who holds what others "
	  "wait for, a sample for each N of time (10ms); cycles, instructions, cache-misses, "
	  "branch-misses: hardware counters, read with each sample of cpu; several with commas, or "
	  "by an -e of their own",
	  .letter = 'e' },
	{ "block-rate", "TIME", "N of block and preempt: 10ms, 100us", .c = EMBER_BLOCK_RATE },
	{ "mutex-rate", "TIME", "N of mutex: 10ms, 100us", .c = EMBER_MUTEX_RATE },
	{ "wall", NULL,
	  "cpu, block and preempt, with equal periods, and their sum: all time of each thread",
	  .c = EMBER_WALL_TIME },
	{ "count", "N", NULL, .letter = 'c' },
	{ "all-cpus", NULL, "everything, even with a COMMAND", .letter = 'a' },
	{ "budget", "PERCENT",
	  "of each CPU's time for sampling, at most: 0.5%; beyond it fewer samples are taken, "
	  "which count for more",
	  .c = EMBER_BUDGET },
	{ "cpu", "LIST", "only on these CPUs: 0-3,5", .letter = 'C' },
	{ "pid", "PID[,PID..]", "these processes, until the last one ends", .letter = 'p' },
	{ "tid", "TID[,TID..]", "these threads", .letter = 't' },
	{ "only", "KEY=VALUE",
	  "cgroup=PATH (as in /proc/PID/cgroup) or unit=NAME (of systemd): only what is there or below "
	  "at the time of a sample; may be repeated",
	  .c = EMBER_ONLY },
	{ "adopt", NULL, "go on with the session that the module began at boot",
	  .c = EMBER_ADOPT },
	{ "output", "OUT",
	  "emberprof.pb.gz; its ending chooses: .pb.gz .pb .folded .svg .json .txt .ember (a log, "
	  "written meanwhile and named by report); - is stdout; DIR/: logs, one after the other; "
	  "udp://ADDR:PORT, tcp://ADDR:PORT or serial:DEVICE,BAUD[,console]: to emberprof collect, "
	  "and to a log or DIR/ as well if there's another -o; several profiles, each by an -o of "
	  "its own",
	  .letter = 'o' },
	{ "format", "FORMAT",
	  "pprof, folded, svg, json, table or ember, whatever OUT is called",
	  .c = EMBER_FORMAT },
	{ "flush", "SEC", "a log goes to the disk at least as often (60)", .c = EMBER_FLUSH },
	{ "keep", "SIZE", "of DIR's logs: the oldest go (16M)", .c = EMBER_KEEP },
	{ "resend", "SIZE", "what a link keeps that may have to be sent again (128K)",
	  .c = EMBER_RESEND },
	{ "rate", "SIZE", "no more a second over a link (256K, or what the line can)",
	  .c = EMBER_RATE },
	{ "per-day", "SIZE", "no more is written to DIR in 24 hours", .c = EMBER_PER_DAY },
	{ "key", "FILE", "what goes over a link is sealed by this key (WITH_CRYPTO=1)",
	  .c = EMBER_KEY },
	{ "board", "NAME", "what a log calls this machine (its serial number or the like)",
	  .c = EMBER_BOARD },
	{ "duration", "SEC", "stop by itself: 10, 0.5, 500ms, 5m", .c = EMBER_DURATION },
	{ "all-user", NULL, "only what runs in user mode", .c = EMBER_USER },
	{ "all-kernel", NULL, "only what runs in kernel mode", .c = EMBER_KERNEL },
	{ "no-jitter", NULL, "at even times; work in step with them is seen wrongly",
	  .c = EMBER_EVEN },
	{ "ring-bytes", "SIZE", "of each CPU's ring: 256K, 1M; -m without a letter: pages",
	  .c = EMBER_BYTES, .letter = 'm' },
	{ "mmap-pages", "PAGES", NULL, .c = 'm', .alias = true },
	{ "call-graph", "HOW",
	  "tables: made of what programs carry to be unwound, or of their code (what is done "
	  "without it); fp: frame pointers",
	  .c = EMBER_GRAPH, .letter = 'g', .bare = true },
	{ "unwind-cache", "DIR", "keep tables there for next time, 16 MiB of them at most",
	  .c = EMBER_CACHE },
	{ "unwind-wait", "SEC",
	  "compile tables for so long at most before sampling begins (2; before a COMMAND: 10); 0: "
	  "not at all",
	  .c = EMBER_WAIT },
	{ "debug-dir", "DIR", "debug files are there, too: DIR/.build-id/ab/cdef.debug",
	  .c = EMBER_DEBUG },
	{ "remote-files", NULL, "read programs on NFS, FUSE and the like, which may hang",
	  .c = EMBER_REMOTE },
	{ "quiet", NULL, "no progress, no summary", .letter = 'q' },
	{ "verbose", NULL, "more about the session, and all causes of cut stacks",
	  .letter = 'v' },
	{},
};
static const struct ember_option *const ember_request_tables[] = { ember_request_options,
								   NULL };

void ember_request_usage(FILE *out)
{
	fputs("usage: emberprof record [options] [--] [COMMAND [ARGS]]\n"
	      "Samples everything until Ctrl-C, or COMMAND and what it starts until it ends.\n",
	      out);
	ember_options_usage(out, ember_request_tables);
}

int ember_request_rate(struct ember_request *r, const char *text)
{
	if (!strcmp(text, "max"))
		r->hz = EMBER_HZ_MAX;
	else if (!ember_number(text, &r->hz) || !r->hz || r->hz == EMBER_HZ_MAX)
		return ember_request_wrong("rate", text,
					   "whole samples per second, 1 at least, or max");
	return 0;
}

static int ember_request_folder(const char *option, const char *path)
{
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return 0;
	return ember_request_wrong(option, path, "a folder that is there");
}

int ember_request_debug(struct ember_request *r, const char *path)
{
	if (ember_request_folder("--debug-dir", path))
		return 2;
	if (r->nr_debug_dirs == EMBER_DEBUG_DIRS_MAX)
		return ember_request_wrong("--debug-dir", path, "no more than 16 of them");
	r->debug_dirs[r->nr_debug_dirs++] = path;
	return 0;
}

int ember_request_ids(struct ember_request *r, int option, const char *text)
{
	uint32_t filter = option == 'p' ? EMBER_FILTER_PROCESSES : EMBER_FILTER_THREADS;

	if (r->filter && r->filter != filter) {
		ember_error(r->only.nr ? "--only excludes -p and -t" :
					 "-p and -t exclude each other");
		return 2;
	}
	r->filter = filter;
	if (!ember_number_list(text, r->ids, &r->nr_ids, EMBER_IDS_MAX))
		return ember_request_wrong(option == 'p' ? "-p" : "-t", text,
					   r->nr_ids == EMBER_IDS_MAX ?
						   "256 at most" :
						   "numbers, with commas between them");
	return 0;
}

int ember_request_only(struct ember_request *r, const char *text)
{
	const char *why = ember_only_add(&r->only, text);

	if (!why)
		why = ember_cgroups_wrong(&r->only.rule[r->only.nr - 1]);
	if (why)
		return ember_request_wrong("--only", text, why);
	if (r->filter && r->filter != EMBER_FILTER_CGROUP) {
		ember_error("--only excludes -p and -t");
		return 2;
	}
	r->filter = EMBER_FILTER_CGROUP;
	return 0;
}

/* Rings are powers of two: what was asked for is rounded up. */
static int ember_request_ring(struct ember_request *r, const char *text, uint64_t unit)
{
	uint64_t bytes, page = sysconf(_SC_PAGESIZE);

	if (!ember_number_bytes(text, unit, &bytes) || !bytes || bytes > 1u << 31)
		return ember_request_wrong("ring size", text, "a size such as 256K or 1M");
	for (r->ring_bytes = page; r->ring_bytes < bytes; r->ring_bytes *= 2)
		;
	return 0;
}

/* perf's dwarf is the same to who asks for it. */
static int ember_request_graph(struct ember_request *r, const char *how)
{
	r->frame_pointers = !strcmp(how, "fp");
	if (!r->frame_pointers && strcmp(how, "tables") && strcmp(how, "dwarf"))
		return ember_request_wrong("--call-graph", how, "tables or fp");
	return 0;
}

static int ember_request_option(struct ember_request *r, int c)
{
	double seconds;

	switch (c) {
	case 'F': return ember_request_rate(r, optarg);
	case 'C':
		r->some_cpus = true;
		if (!ember_number_cpus(optarg, r->cpus, sizeof(r->cpus), &r->highest_cpu))
			return ember_request_wrong("-C", optarg, "CPUs such as 0-3,5");
		return 0;
	case 'p':
	case 't': return ember_request_ids(r, c, optarg);
	case 'o':
		if (!ember_address_is(optarg))
			return ember_outputs_add(&r->outputs, optarg);
		if (r->link)
			return ember_request_wrong("-o", optarg, "there is a link already");
		r->link = optarg;
		return 0;
	case EMBER_FORMAT: r->format = optarg; return 0;
	case EMBER_DURATION:
		if (!ember_number_seconds(optarg, &r->seconds))
			return ember_request_wrong("--duration", optarg,
						   "seconds above 0, or 500ms, 5m, 1h");
		return 0;
	case EMBER_USER: r->flags |= EMBER_CONFIG_NO_KERNEL; return 0;
	case EMBER_KERNEL: r->flags |= EMBER_CONFIG_NO_USER; return 0;
	case EMBER_EVEN: r->flags |= EMBER_CONFIG_NO_JITTER; return 0;
	case 'm': return ember_request_ring(r, optarg, sysconf(_SC_PAGESIZE));
	case EMBER_BYTES: return ember_request_ring(r, optarg, 1);
	case EMBER_GRAPH: return ember_request_graph(r, optarg);
	case 'e': return ember_request_events(r, optarg);
	case EMBER_WALL_TIME: r->wall = true; return 0;
	case EMBER_BLOCK_RATE:
		return ember_request_time(&r->block_rate, "--block-rate", optarg);
	case EMBER_MUTEX_RATE:
		return ember_request_time(&r->mutex_rate, "--mutex-rate", optarg);
	case 'c':
		return ember_request_wrong(
			"-c", optarg,
			"CPU samples are taken by time: -F HZ; others: -e EVENT:N");
	case EMBER_DEBUG: return ember_request_debug(r, optarg);
	case EMBER_REMOTE: r->remote_files = true; return 0;
	case EMBER_FLUSH:
		if (!ember_number_seconds(optarg, &seconds))
			return ember_request_wrong("--flush", optarg,
						   "seconds above 0, or 5m, 1h");
		r->flush_ns = seconds * 1e9;
		return 0;
	case EMBER_KEEP:
		if (!ember_number_bytes(optarg, 1, &r->keep) || r->keep < EMBER_KEEP_LEAST)
			return ember_request_wrong("--keep", optarg,
						   "a size of 512K at least");
		return 0;
	case EMBER_KEY:
		r->key = optarg;
		return access(optarg, R_OK) ? ember_error("%s: %s", optarg, strerror(errno)) :
					      0;
	case EMBER_RESEND:
		if (!ember_number_bytes(optarg, 1, &r->resend) ||
		    r->resend < EMBER_RESEND_LEAST || r->resend > EMBER_RESEND_MOST)
			return ember_request_wrong("--resend", optarg,
						   "a size of 8K at least");
		return 0;
	case EMBER_RATE:
		if (!ember_number_bytes(optarg, 1, &r->rate) || r->rate < EMBER_RATE_LEAST ||
		    r->rate > EMBER_RESEND_MOST)
			return ember_request_wrong("--rate", optarg,
						   "bytes a second, 100 at least");
		return 0;
	case EMBER_PER_DAY:
		if (!ember_number_bytes(optarg, 1, &r->per_day) ||
		    r->per_day < EMBER_KEEP_LEAST)
			return ember_request_wrong("--per-day", optarg,
						   "a size of 512K at least");
		return 0;
	case EMBER_BOARD:
		r->board = optarg;
		if (!*optarg || strlen(optarg) > EMBER_BOARD_LEN)
			return ember_request_wrong("--board", optarg,
						   "a name of 1 to 63 bytes");
		return 0;
	case EMBER_CACHE:
		r->unwind_cache = optarg;
		return ember_request_folder("--unwind-cache", optarg);
	case EMBER_WAIT:
		r->unwind_wait = 0;
		if (strcmp(optarg, "0") && !ember_number_seconds(optarg, &r->unwind_wait))
			return ember_request_wrong("--unwind-wait", optarg,
						   "seconds, or 500ms, 5m");
		return 0;
	case EMBER_ADOPT: r->adopt = true; return 0;
	case EMBER_BUDGET:
		if (!ember_number_share(optarg, &r->budget_ppm) ||
		    r->budget_ppm < EMBER_BUDGET_PPM_LEAST)
			return ember_request_wrong(
				"--budget", optarg,
				"percent of a CPU, 0.01 to 100, such as 0.5%");
		return 0;
	case EMBER_ONLY: return ember_request_only(r, optarg);
	case 'q': r->quiet = true; return 0;
	case 'v': r->verbose = true; return 0;
	}
	return 0;
}

int ember_request_parse(struct ember_request *r, int argc, char **argv)
{
	struct ember_options options;
	bool all = false;
	int c, err;

	memset(r, 0, sizeof(*r));
	r->unwind_wait = -1;
	ember_options_begin(&options, ember_request_tables, "+:");
	while ((c = getopt_long(argc, argv, options.letters, options.all, NULL)) != -1) {
		if (c == 'h')
			return -1;
		if (c == ':' || c == '?')
			return ember_option_unknown(c, argv, options.all);
		all |= c == 'a';
		err = ember_request_option(r, c);
		if (err)
			return err;
	}
	if (optind < argc)
		r->command = argv + optind;
	if (r->flags & EMBER_CONFIG_NO_KERNEL && r->flags & EMBER_CONFIG_NO_USER) {
		ember_error("--all-user and --all-kernel exclude each other");
		return 2;
	}
	if (r->adopt && (r->hz || r->cpu || r->nr_events || r->block_rate || r->mutex_rate ||
			 r->wall || r->some_cpus || r->filter || r->flags || r->ring_bytes)) {
		ember_error(
			"--adopt excludes -F, -e, --wall, -C, -p, -t, --only, -m and the like: the boot session has its own");
		return 2;
	}
	if (r->wall)
		ember_request_wall(r);
	if (ember_request_rates(r))
		return 2;
	if (r->nr_events && !r->cpu) {
		if (r->hz) {
			ember_error("-F: no cpu event has a rate: add -e cpu");
			return 2;
		}
	} else if (!r->hz && !r->adopt) {
		r->hz = EMBER_HZ_DEFAULT;
	}
	if (r->filter && (r->command || all)) {
		ember_error("%s excludes %s",
			    r->only.nr				? "--only" :
			    r->filter == EMBER_FILTER_PROCESSES ? "-p" :
								  "-t",
			    r->command ? "a command" : "-a");
		return 2;
	}
	if (r->command && !all && !r->adopt)
		r->filter = EMBER_FILTER_TREE;
	/* Over a link alone, unless something else was asked for too. */
	if (!r->outputs.nr && !r->link)
		ember_outputs_add(&r->outputs, "emberprof.pb.gz");
	r->output = r->outputs.path[0];
	return 0;
}
