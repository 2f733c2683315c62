// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof collect: what boards send, into logs on this machine. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/number.h"
#include "base/signals.h"
#include "cmd.h"
#include "collect/catalog.h"
#include "collect/inbox.h"
#include "summary.h"

#define EMBER_COLLECT_USAGE                                                                         \
	"usage: emberprof collect [options] -o DIR ADDRESS...\n"                                    \
	"Receives what boards send (emberprof record -o ADDRESS) until Ctrl-C, into a folder\n"     \
	"for each board. ADDRESS is udp://ADDR:PORT or tcp://ADDR:PORT to listen at (0.0.0.0\n"     \
	"or [::] for all of this machine), or serial:DEVICE,BAUD[,console].\n"                      \
	"  -o, --output DIR     where logs go; emberprof report DIR reads them\n"                   \
	"      --keep SIZE      of all logs: the oldest go (1G)\n"                                  \
	"      --keys FILE      lines of a key, and of whose alone it is; all else is refused\n"    \
	"      --names FILE     lines of a board's id and its folder's name\n"                      \
	"      --pty            a shared line's console on a terminal of its own, else stdout\n"    \
	"      --reindex        make DIR's index anew of its logs, and end if there's no ADDRESS\n" \
	"  -q, --quiet          no progress, no summary\n"                                          \
	"  -h, --help\n"

#define EMBER_COLLECT_KEEP     (1ull << 30)
#define EMBER_COLLECT_LEAST    (1u << 20)
#define EMBER_COLLECT_FLUSH_NS 1000000000ull
#define EMBER_COLLECT_INDEX_NS 300000000000ull /* logs that grow are looked at as often */

#define ULL(x) ((unsigned long long)(x))

struct ember_collect {
	const char *folder, *names_file, *keys_file;
	uint64_t keep;
	bool reindex, quiet;
	struct ember_signals signals;
	struct ember_names names;
	struct ember_keys keys;
	struct ember_store store;
	struct ember_sources sources;
	struct ember_inbox inbox;
	struct ember_catalog *catalog;
};

/* An ember_inbox_filed. */
static void ember_collect_filed(void *context, uint32_t shelf)
{
	struct ember_collect *c = context;

	ember_catalog_put(c->catalog, c->store.shelf[shelf].name);
}

static void ember_collect_index(struct ember_collect *c)
{
	bool progress = c->reindex && !c->quiet && ember_progress_wanted();
	uint32_t i;

	ember_catalog_begin(c->catalog);
	for (i = 0; i < c->store.nr && ember_signals_ends() < 2; i++) {
		if (c->store.shelf[i].gone || !c->store.shelf[i].bytes)
			continue;
		ember_catalog_put(c->catalog, c->store.shelf[i].name);
		if (progress)
			fprintf(stderr, "\remberprof: log %u of %u\033[K", i + 1, c->store.nr);
	}
	if (progress)
		ember_progress_clear();
	ember_catalog_tidy(c->catalog);
	ember_catalog_end(c->catalog);
}

static void ember_collect_show(const struct ember_collect *c, uint64_t samples, uint64_t bytes,
			       double seconds)
{
	fprintf(stderr,
		"\remberprof: %u boards, %.0f samples/s, %.1f KB/s, %llu in %u logs\033[K",
		ember_inbox_boards(&c->inbox), (c->inbox.samples - samples) / seconds,
		(c->sources.bytes - bytes) / seconds / 1000, ULL(c->inbox.samples),
		c->store.nr);
}

/* Until a signal says so. */
static int ember_collect_run(struct ember_collect *c)
{
	bool progress = !c->quiet && ember_progress_wanted();
	uint64_t now = ember_clock_ns(CLOCK_MONOTONIC), flushed = now, shown = now,
		 indexed = now;
	uint64_t samples = 0, bytes = 0;
	int n, err = 0;

	while (!err && !ember_signals_end()) {
		uint32_t nr;
		struct pollfd *fds = ember_sources_fds(&c->sources, &nr);
		struct timespec wait = { .tv_nsec = 999999999 };

		now = ember_clock_ns(CLOCK_MONOTONIC);
		if (flushed + EMBER_COLLECT_FLUSH_NS > now)
			wait.tv_nsec = flushed + EMBER_COLLECT_FLUSH_NS - now;
		else
			wait.tv_nsec = 0;
		if (wait.tv_nsec > 999999999)
			wait.tv_nsec = 999999999;
		n = ember_signals_poll(&c->signals, fds, nr, &wait);
		if (n < 0 && errno != EINTR)
			err = ember_error("poll: %s", strerror(errno));
		ember_sources_turn(&c->sources);
		now = ember_clock_ns(CLOCK_MONOTONIC);
		if (now - flushed < EMBER_COLLECT_FLUSH_NS)
			continue;
		ember_inbox_flush(&c->inbox);
		flushed = now;
		if (progress) {
			ember_collect_show(c, samples, bytes, (now - shown) / 1e9);
			samples = c->inbox.samples;
			bytes = c->sources.bytes;
			shown = now;
		}
		if (now - indexed >= EMBER_COLLECT_INDEX_NS) {
			ember_collect_index(c);
			indexed = now;
		}
	}
	if (progress)
		ember_progress_clear();
	if (!ember_inbox_flush(&c->inbox))
		err = ember_error("%s: not all of it could be written", c->folder);
	return err;
}

static void ember_collect_tell(const struct ember_collect *c)
{
	const struct ember_inbox *in = &c->inbox;

	ember_error("%llu samples of %u boards in %llu chunks, %llu bytes: %s",
		    ULL(in->samples), in->nr_board, ULL(in->chunks - in->twice),
		    ULL(c->sources.bytes), c->folder);
	if (in->twice)
		ember_error("%llu chunks came more than once", ULL(in->twice));
	if (in->newer)
		ember_error("%llu chunks were of a later version", ULL(in->newer));
	if (in->refused)
		ember_error("%llu chunks found no room", ULL(in->refused));
	if (c->sources.nonsense)
		ember_error("%llu bytes were no chunks", ULL(c->sources.nonsense));
	if (c->keys.clear + in->sealed)
		ember_error("%llu chunks were refused: %s", ULL(c->keys.clear + in->sealed),
			    in->sealed ? "they're sealed, and no --keys were named" :
					 "they weren't sealed");
	if (c->keys.forged + c->keys.replayed + in->strangers)
		ember_error(
			"%llu chunks were sealed by no key that is known, %llu had come before, %llu were of a board or stream that isn't their key's",
			ULL(c->keys.forged), ULL(c->keys.replayed), ULL(in->strangers));
	if (in->conflicts > 2)
		ember_error("%llu times two boards had one name", ULL(in->conflicts));
	if (c->store.removed)
		ember_error("%llu logs had to go for others: a larger --keep",
			    ULL(c->store.removed));
}

static int ember_collect_go(struct ember_collect *c, char **address, int nr)
{
	int i, err = 0;

	if (c->names_file)
		err = ember_names_read(&c->names, c->names_file);
	if (!err && c->keys_file)
		err = ember_keys_read(&c->keys, c->keys_file);
	if (!err)
		err = ember_store_open(&c->store, c->folder, c->keep);
	if (!err && c->keys_file)
		err = ember_keys_open(&c->keys, c->folder);
	if (err)
		return err;
	ember_signals_take(&c->signals);
	c->inbox.sources = &c->sources;
	c->inbox.store = &c->store;
	c->inbox.names = &c->names;
	c->inbox.filed = ember_collect_filed;
	c->inbox.filed_context = c;
	c->inbox.keys = c->keys_file ? &c->keys : NULL;
	c->sources.got = ember_inbox_packet;
	c->sources.context = &c->inbox;
	for (i = 0; !err && i < nr; i++)
		err = ember_sources_add(&c->sources, address[i]);
	if (err)
		return err;
	c->catalog = ember_catalog_open(c->folder, c->reindex);
	if (!c->catalog)
		return 1;
	ember_collect_index(c);
	c->reindex = false;
	if (!nr)
		return 0;
	err = ember_collect_run(c);
	ember_collect_index(c);
	if (!c->quiet)
		ember_collect_tell(c);
	return err;
}

/* 0, or 2 (said), or -1: help was asked for. */
static int ember_collect_options(struct ember_collect *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", 1, NULL, 'o' },
		{ "keep", 1, NULL, 'k' },
		{ "names", 1, NULL, 'n' },
		{ "pty", 0, NULL, 'p' },
		{ "keys", 1, NULL, 'K' },
		{ "reindex", 0, NULL, 'r' },
		{ "quiet", 0, NULL, 'q' },
		{ "help", 0, NULL, 'h' },
		{},
	};
	struct ember_address address;
	const char *why;
	int o, i;

	opterr = 0;
	while ((o = getopt_long(argc, argv, ":o:qh", options, NULL)) != -1) {
		switch (o) {
		case 'o': c->folder = optarg; break;
		case 'k':
			if (ember_number_bytes(optarg, 1, &c->keep) &&
			    c->keep >= EMBER_COLLECT_LEAST)
				break;
			ember_error("--keep %s: a size of 1M at least", optarg);
			return 2;
		case 'n': c->names_file = optarg; break;
		case 'K': c->keys_file = optarg; break;
		case 'p': c->sources.pty = true; break;
		case 'r': c->reindex = true; break;
		case 'q': c->quiet = true; break;
		case 'h': return -1;
		default:
			ember_error("%s %s: see emberprof collect -h",
				    o == ':' ? "no value for" : "unknown option",
				    argv[optind - 1]);
			return 2;
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
	static struct ember_collect c = { .keep = EMBER_COLLECT_KEEP, .store.lock = -1 };
	int err = ember_collect_options(&c, argc, argv);

	if (err < 0) {
		fputs(EMBER_COLLECT_USAGE, stdout);
		return 0;
	}
	if (!err)
		err = ember_collect_go(&c, argv + optind, argc - optind);
	ember_catalog_close(c.catalog);
	ember_inbox_free(&c.inbox);
	ember_sources_free(&c.sources);
	ember_store_free(&c.store);
	ember_names_free(&c.names);
	ember_keys_free(&c.keys);
	return err;
}
