// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof collect: what boards send, into logs on this machine. */
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/number.h"
#include "base/option.h"
#include "import/input.h"
#include "workstation/collect/collector.h"
#include "workstation/cmd/commands.h"

static const char ember_collect_usage[] =
	"usage: emberprof collect [options] -o DIR ADDRESS...\n"
	"Receives what boards send (emberprof record -o ADDRESS) until Ctrl-C, into DIR/boards,\n"
	"a folder for each. ADDRESS is udp://ADDR:PORT or tcp://ADDR:PORT to listen at (0.0.0.0\n"
	"or [::] for all of this machine), or serial:DEVICE,BAUD[,console].\n";

enum { EMBER_COLLECT_HTTP = 256, EMBER_COLLECT_TOKEN };

static const struct ember_option ember_collect_rows[] = {
	{ "output", "DIR", "where logs go; report DIR reads them, status DIR counts",
	  .letter = 'o' },
	{ "keep", "SIZE", "of all logs: the oldest go (1G)", .c = 'b' },
	{ "keys", "FILE", "lines of a key, and of whose alone it is; all else is refused",
	  .c = 'K' },
	{ "names", "FILE", "lines of a board's id and its folder's name", .c = 'n' },
	{ "pty", NULL, "a shared line's console on a terminal of its own, else stdout",
	  .c = 'p' },
	{ "reindex", NULL, "rebuild DIR's index from its logs; exit if there's no ADDRESS",
	  .c = 'r' },
	{ "user", "NAME", "what root becomes: the owner of DIR, or emberprof, or nobody",
	  .c = 'u' },
	{ "http", "ADDR:PORT",
	  "serve profiles of all boards, as Go's net/http/pprof does, and a start page "
	  "(WITH_HTTP=1); other addresses than 127.0.0.1 need --http-token, or ,insecure behind",
	  .c = EMBER_COLLECT_HTTP },
	{ "http-token", "FILE", "its one line is what clients are to show",
	  .c = EMBER_COLLECT_TOKEN },
	{ "quiet", NULL, "no progress, no summary", .letter = 'q' },
	{},
};
static const struct ember_option *const ember_collect_tables[] = {
	ember_collect_rows,
	ember_folder_options,
	NULL,
};

#define EMBER_COLLECT_KEEP  (1ull << 30)
#define EMBER_COLLECT_LEAST (1u << 20)

#define ULL(x) ((unsigned long long)(x))

static void ember_collect_print(const struct ember_collector *c)
{
	const struct ember_receiver *in = &c->inbox;
	unsigned int i;

	ember_note("%llu samples of %u boards in %llu chunks, %llu bytes: %s",
		   ULL(in->samples), ember_receiver_boards(in, UINT64_MAX),
		   ULL(in->chunks - in->twice), ULL(c->sources.bytes), c->folder);
	if (in->twice)
		ember_note("%llu chunks came more than once", ULL(in->twice));
	for (i = 0; i < EMBER_FAULTS; i++)
		if (c->faults.count[i])
			ember_note("%llu %s", ULL(c->faults.count[i]), ember_fault_words(i));
	if (c->store.removed)
		ember_note("removed %llu logs to stay within --keep (raise it to retain more)",
			   ULL(c->store.removed));
}

/* What names a board's files, which each request's process opens for itself. */
static int ember_collect_folder(struct ember_front *f, int option)
{
	if (f->nr_folder == EMBER_FRONT_FOLDERS)
		return ember_error("--symfs, --debug-dir: at most %d", EMBER_FRONT_FOLDERS);
	f->folder[f->nr_folder].option = option;
	f->folder[f->nr_folder++].value = optarg;
	return 0;
}

/* 0, or 2 (said), or -1: help was asked for. */
static int ember_collect_options(struct ember_collector *c, int argc, char **argv)
{
	struct ember_options options;
	struct ember_address address;
	const char *why;
	int o, i;

	ember_options_begin(&options, ember_collect_tables, ":");
	while ((o = getopt_long(argc, argv, options.letters, options.all, NULL)) != -1) {
		switch (o) {
		case 'o': c->folder = optarg; break;
		case 'b':
			if (ember_number_bytes(optarg, 1, &c->keep) &&
			    c->keep >= EMBER_COLLECT_LEAST)
				break;
			ember_error("--keep %s: a size of 1M at least", optarg);
			return 2;
		case 'n': c->names_file = optarg; break;
		case 'K': c->keys_file = optarg; break;
		case 'p': c->sources.pty = true; break;
		case 'u': c->user = optarg; break;
		case 'r': c->reindex = true; break;
		case 'q': c->quiet = true; break;
		case EMBER_COLLECT_HTTP: c->front.address = optarg; break;
		case EMBER_COLLECT_TOKEN: c->front.token_file = optarg; break;
		case 's':
		case 'd':
		case 'k':
		case 'O':
		case 'I':
			if (ember_collect_folder(&c->front, o))
				return 2;
			break;
		case 'h': return -1;
		default: return ember_option_unknown(o, argv, options.all);
		}
	}
	for (i = optind; i < argc; i++) {
		why = ember_address_is(argv[i]) ? ember_address_parse(&address, argv[i]) :
						  "udp://, tcp:// or serial: is missing";
		if (why)
			ember_error("%s: %s", argv[i], why);
		if (why)
			return 2;
	}
	if (c->folder && *c->folder && (optind < argc || c->reindex))
		return 0;
	ember_error("%s: see emberprof collect -h", c->folder && *c->folder ?
							    "no ADDRESS to listen at" :
							    "no -o DIR for the logs");
	return 2;
}

int ember_cmd_collect(int argc, char **argv)
{
	static struct ember_collector c = { .keep = EMBER_COLLECT_KEEP,
					    .store.lock = -1,
					    .front.fd = -1 };
	int err = ember_collect_options(&c, argc, argv);

	if (err < 0) {
		fputs(ember_collect_usage, stdout);
		ember_options_usage(stdout, ember_collect_tables);
		return 0;
	}
	if (err)
		return err;
	c.front.command = argv;
	err = ember_collector_open(&c, argv + optind, argc - optind);
	if (!err && optind < argc) {
		err = ember_collector_run(&c);
		if (!c.quiet)
			ember_collect_print(&c);
	}
	ember_collector_close(&c);
	return err;
}
