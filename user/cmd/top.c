// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof top: what is sampled now, as a table that is made again and again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/number.h"
#include "base/option.h"
#include "cmd/cmd.h"
#include "export/table.h"
#include "record/prepare.h"
#include "record/request_event.h"
#include "top/keyed.h"
#include "top/live.h"
#include "top/terminal.h"

#define EMBER_TOP_HZ	   49
#define EMBER_TOP_SECONDS  3
#define EMBER_TOP_SHARE	   20 /* one part in so many of a CPU's time is ours at most */
#define EMBER_TOP_HEAD	   6 /* rows above and below the table's */
#define EMBER_TOP_LINE	   256
#define EMBER_TOP_PATIENCE 2 /* seconds that unwind tables may take before it begins */

enum { EMBER_TOP_ONLY = 256, EMBER_TOP_BY, EMBER_TOP_SORT, EMBER_TOP_RATE, EMBER_TOP_DEBUG };

static const struct ember_option ember_top_options[] = {
	{ "event", "EVENT[:N]",
	  "cpu (the default), block, growth, ... as record has them; of several the first is shown",
	  .letter = 'e' },
	{ "freq", "HZ", "CPU samples per second and CPU (49)", .letter = 'F' },
	{ "block-rate", "TIME", "N of block and preempt: 10ms, 100us", .c = EMBER_TOP_RATE },
	{ "delay", "SEC", "seconds between two tables (3)", .letter = 'd' },
	{ "iterations", "N", "end after so many tables", .letter = 'n' },
	{ "batch", NULL, "plain text, all rows, for files and pipes", .letter = 'b' },
	{ "rows", "N", "no more than so many rows", .letter = 'r' },
	{ "pid", "PID[,PID..]", "these processes, until the last one ends", .letter = 'p' },
	{ "tid", "TID[,TID..]", "these threads", .letter = 't' },
	{ "only", "KEY=VALUE", "cgroup=PATH or unit=NAME, as record has it; may be repeated",
	  .c = EMBER_TOP_ONLY },
	{ "by", "KEY", "rows are functions (function), or thread, process or cgroup",
	  .c = EMBER_TOP_BY },
	{ "sort", "BY", "self, or total (with what a function calls)", .c = EMBER_TOP_SORT },
	{ "debug-dir", "DIR", "debug files are there, too", .c = EMBER_TOP_DEBUG },
	{},
};
static const struct ember_option *const ember_top_tables[] = { ember_top_options, NULL };

struct ember_top {
	struct ember_request request;
	struct ember_signals signals;
	struct ember_watch watch;
	struct ember_record_session session;
	struct ember_live live;
	double seconds; /* between two tables */
	uint32_t iterations, shown; /* 0: no end; tables so far */
	uint32_t rows; /* 0: all */
	bool batch, by_total, done;
	enum ember_key key;
	uint32_t event; /* the clock's, if it runs, is 0; the others follow */
	const char *first; /* of -e; NULL: it is not given */
	char said[EMBER_TOP_LINE]; /* the last message, while the terminal is taken */
};

static int ember_top_help(void)
{
	fputs("usage: emberprof top [options]\n"
	      "What is sampled now, as a table that is made again every few seconds. Keys: q ends,\n"
	      "e shows the next event, k the next kind of rows, s sorts by self or total, space does not wait.\n",
	      stdout);
	ember_options_usage(stdout, ember_top_tables);
	return 0;
}

/* ---- options ---- */

static int ember_top_by(struct ember_top *top, const char *text)
{
	for (top->key = 0; top->key < EMBER_KEYS; top->key++)
		if (!strcmp(text, ember_key_names[top->key]))
			return 0;
	return ember_request_wrong("--by", text, "function, thread, process or cgroup");
}

static int ember_top_option(struct ember_top *top, int c)
{
	struct ember_request *r = &top->request;

	switch (c) {
	case 'e':
		top->first = top->first ? top->first : optarg;
		return ember_request_events(r, optarg);
	case 'F': return ember_request_rate(r, optarg);
	case EMBER_TOP_RATE: return ember_request_time(&r->block_rate, "--block-rate", optarg);
	case 'd':
		if (!ember_number_seconds(optarg, &top->seconds) || top->seconds < 0.1 ||
		    top->seconds > 3600)
			return ember_request_wrong("-d", optarg, "seconds, 0.1 to 3600");
		return 0;
	case 'n':
		if (!ember_number(optarg, &top->iterations) || !top->iterations)
			return ember_request_wrong("-n", optarg, "a number, 1 at least");
		return 0;
	case 'r':
		if (!ember_number(optarg, &top->rows) || !top->rows)
			return ember_request_wrong("-r", optarg, "a number, 1 at least");
		return 0;
	case 'b': top->batch = true; return 0;
	case 'p':
	case 't': return ember_request_ids(r, c, optarg);
	case EMBER_TOP_ONLY: return ember_request_only(r, optarg);
	case EMBER_TOP_BY: return ember_top_by(top, optarg);
	case EMBER_TOP_DEBUG: return ember_request_debug(r, optarg);
	default:
		top->by_total = !strcmp(optarg, "total");
		if (!top->by_total && strcmp(optarg, "self"))
			return ember_request_wrong("--sort", optarg, "self or total");
		return 0;
	}
}

/* 0, or the exit status (said); -1: help was asked for. */
static int ember_top_parse(struct ember_top *top, int argc, char **argv)
{
	struct ember_request *r = &top->request;
	struct ember_options options;
	int c, err = 0;

	ember_options_begin(&options, ember_top_tables, "+:");
	while (!err &&
	       (c = getopt_long(argc, argv, options.letters, options.all, NULL)) != -1) {
		if (c == 'h')
			return -1;
		err = c == '?' || c == ':' ? ember_option_unknown(c, argv, options.all) :
					     ember_top_option(top, c);
	}
	if (!err && optind < argc) {
		ember_error("top takes no %s: see emberprof help top", argv[optind]);
		return 2;
	}
	if (!err)
		err = ember_request_rates(r);
	if (!err && r->nr_events && !r->cpu && r->hz) {
		ember_error("-F: no cpu event has a rate: add -e cpu");
		return 2;
	}
	if (!r->hz && (r->cpu || !r->nr_events))
		r->hz = EMBER_TOP_HZ;
	/* Of several events the first that was named is shown first. */
	top->event = r->hz && top->first && strncmp(top->first, "cpu", 3);
	return err;
}

/* ---- a table ---- */

static const char *ember_top_event(const struct ember_top *top, char name[EMBER_EVENT_NAME])
{
	uint32_t clock = top->request.hz > 0;

	if (top->event < clock)
		return "cpu";
	ember_event_name(top->request.events[top->event - clock].type, name);
	return name;
}

/* In hundredths of a percent. */
static uint64_t ember_top_share(uint64_t part, uint64_t whole)
{
	return whole ? part * 10000 / whole : 0;
}

static void ember_top_head(const struct ember_top *top, const struct ember_profile *p,
			   unsigned int columns, FILE *out)
{
	const struct ember_live *l = &top->live;
	uint64_t module = ember_top_share(l->took.module, l->length_ns * l->cpus),
		 self = ember_top_share(l->took.self, l->length_ns), busy = 0;
	char line[EMBER_TOP_LINE], name[EMBER_EVENT_NAME];
	uint32_t now = ember_clock_ns(CLOCK_REALTIME) / 1000000000 % 86400, i;
	int n;

	for (i = 0; i < p->nr_sample && !top->event && top->request.hz; i++)
		busy += p->value[(uint64_t)i * p->nr_type + 1];
	n = snprintf(line, sizeof(line), "top %02u:%02u:%02uZ, %s by %s", now / 3600,
		     now / 60 % 60, now % 60, ember_top_event(top, name),
		     ember_key_names[top->key]);
	if (!top->event && top->request.hz) {
		busy = ember_top_share(busy, l->length_ns * l->cpus);
		n += snprintf(line + n, sizeof(line) - n, " at %u Hz; CPUs %u.%u %%",
			      top->request.hz, (unsigned int)busy / 100,
			      (unsigned int)busy / 10 % 10);
	}
	/* All of it in 80 columns, but for longer names of events. */
	snprintf(line + n, sizeof(line) - n, "%s module %u.%02u %%, top %u.%02u %%",
		 !top->event && top->request.hz ? "," : ";", (unsigned int)module / 100,
		 (unsigned int)module % 100, (unsigned int)self / 100,
		 (unsigned int)self % 100);
	fprintf(out, "%.*s\n", (int)columns, line);
	if (*top->said)
		fprintf(out, "%.*s\n", (int)columns, top->said);
}

static void ember_top_put(struct ember_top *top, struct ember_profile *p, FILE *out,
			  unsigned int columns, unsigned int rows)
{
	char name[EMBER_EVENT_NAME];
	const char *event = ember_top_event(top, name);

	ember_top_head(top, p, columns ? columns : EMBER_TOP_LINE, out);
	p->by_total = top->by_total;
	/* There are none of an event before its first sample. */
	if (!ember_profile_show(p, event))
		fprintf(out, "no samples of %s\n", event);
	else
		ember_export_table(out, p, columns, rows);
}

static void ember_top_screen(struct ember_top *top, struct ember_profile *p)
{
	unsigned int columns, rows, most;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		ember_memory_end();
	ember_terminal_size(&columns, &rows);
	most = rows > EMBER_TOP_HEAD + 2 ? rows - EMBER_TOP_HEAD : 2;
	ember_top_put(top, p, out, columns, top->rows && top->rows < most ? top->rows : most);
	if (fclose(out))
		ember_memory_end();
	ember_terminal_show(text, n, rows);
	free(text);
}

static void ember_top_show(struct ember_top *top, bool again)
{
	struct ember_profile *p = again ? ember_live_again(&top->live) :
					  ember_live_take(&top->live);

	ember_keyed(p, top->key);
	if (top->batch) {
		ember_top_put(top, p, stdout, 0, top->rows);
		putchar('\n');
		fflush(stdout);
	} else {
		ember_top_screen(top, p);
	}
	ember_profile_free(p);
	top->shown += !again;
	top->done |= top->shown == top->iterations && !again;
}

/* ---- the session ---- */

/* Sets *due if the next table is not to be waited for. */
static void ember_top_key(struct ember_top *top, int key, bool *due)
{
	uint32_t events = top->request.nr_events + (top->request.hz > 0);

	switch (key) {
	case 'q':
	case -1: top->done = true; return;
	case 'e': top->event = (top->event + 1) % events; break;
	case 'k': top->key = (top->key + 1) % EMBER_KEYS; break;
	case 's': top->by_total = !top->by_total; break;
	case ' ': *due = true; return;
	default: return;
	}
	ember_top_show(top, true);
}

/* Our own time stays a small part: where names take long, tables are rarer. */
static uint64_t ember_top_next(const struct ember_top *top, uint64_t begun, uint64_t before)
{
	uint64_t pause = top->seconds * 1e9,
		 took = ember_clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;

	return begun + (took * EMBER_TOP_SHARE > pause ? took * EMBER_TOP_SHARE : pause);
}

static bool ember_top_ends(struct ember_top *top)
{
	return top->done || ember_signals_end() ||
	       (top->watch.nr && !ember_watch_look(&top->watch));
}

static int ember_top_loop(struct ember_top *top)
{
	struct ember_loop loop = EMBER_LOOP(&top->signals);
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC), next = now + top->seconds * 1e9, cpu;
	uint32_t device, keys;
	bool more = false, due = false;
	int err = 0;

	while (!err && !ember_top_ends(top)) {
		ember_loop_begin(&loop);
		device = ember_loop_fd(&loop, top->session.device.fd, POLLIN);
		keys = ember_loop_fd(&loop, top->batch ? -1 : STDIN_FILENO, POLLIN);
		ember_watch_wait(&top->watch, &loop);
		ember_loop_due(&loop, next);
		if (more)
			ember_loop_within(&loop, 0);
		err = ember_loop_wait(&loop);
		if (ember_loop_ready(&loop, device))
			ember_session_read(&top->session);
		if (ember_loop_ready(&loop, keys))
			ember_top_key(top, ember_terminal_key(), &due);
		more = ember_session_compile(&top->session);
		now = ember_clock_ns(CLOCK_MONOTONIC);
		if (top->done || (now < next && !due))
			continue;
		cpu = ember_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		ember_top_show(top, false);
		next = ember_top_next(top, now, cpu);
		due = false;
	}
	ember_loop_free(&loop);
	return err;
}

/* An ember_message_sink, while the terminal is taken. */
static void ember_top_said(void *context, enum ember_message_level level, const char *line)
{
	struct ember_top *top = context;

	(void)level;
	snprintf(top->said, sizeof(top->said), "%s", line);
}

static int ember_top_sample(struct ember_top *top)
{
	int err;

	ember_prepare(&top->request, &top->signals, &top->session.loader);
	ember_session_begin(&top->session);
	err = ember_session_start(&top->session);
	ember_live_restart(&top->live);
	if (!err && !top->batch) {
		err = ember_terminal_open();
		ember_message_set(EMBER_LEVEL_WARNING, ember_top_said, top);
	}
	if (!err)
		err = ember_top_loop(top);
	ember_terminal_close();
	ember_message_set(EMBER_LEVEL_NOTE, NULL, NULL);
	if (*top->said)
		ember_warning("%s", top->said);
	return err;
}

static int ember_top_run(struct ember_top *top)
{
	struct ember_request *r = &top->request;
	int err;

	err = ember_watch_open(&top->watch, r->ids, r->nr_ids,
			       r->filter == EMBER_FILTER_THREADS);
	if (!err)
		err = ember_session_open(&top->session);
	if (!err)
		err = ember_session_configure(&top->session, 0);
	if (!err)
		err = ember_top_sample(top);
	ember_session_close(&top->session);
	return err;
}

int ember_cmd_top(int argc, char **argv)
{
	static struct ember_top top; /* zeroed, and too large for some stacks */
	int err;

	top.seconds = EMBER_TOP_SECONDS;
	top.request.unwind_wait = EMBER_TOP_PATIENCE;
	top.request.quiet = true;
	top.session = EMBER_SESSION(&top.request);
	top.session.watch = &top.watch;
	err = ember_top_parse(&top, argc, argv);
	if (err < 0)
		return ember_top_help();
	if (!err && !top.batch && !ember_terminal_is())
		err = ember_error(
			"top: stdin or stdout is no terminal: add -b for plain text");
	if (err)
		return err;
	ember_signals_take(&top.signals);
	ember_live_begin(&top.live, &top.session);
	ember_dates_look(&top.session.loader.dates);
	err = ember_top_run(&top);
	ember_watch_close(&top.watch);
	ember_session_free(&top.session);
	ember_live_free(&top.live);
	return err;
}
