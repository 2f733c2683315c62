// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof relay: logs to Pyroscope, or to who takes OTLP profiles. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/number.h"
#include "base/option.h"
#include "cmd/cmd.h"
#include "import/input.h"
#include "relay/counts.h"
#include "relay/follow.h"
#include "relay/relay.h"

static const char ember_relay_usage[] =
	"usage: emberprof relay --once --to URL [options] LOG...\n"
	"       emberprof relay --follow FOLDER --to URL --spool DIR [options]\n"
	"Sends what logs hold to Pyroscope (push.v1), a profile for each interval and series: all\n"
	"of some logs at once, or those of a folder as they grow, until Ctrl-C. URL is\n"
	"http://HOST:PORT or https://HOST, and the server's own path.\n";

static const struct ember_option ember_relay_rows[] = {
	{ "once", NULL, "send all of the logs, and end", .c = 1 },
	{ "follow", "FOLDER", "a recorder's logs (record -o FOLDER/) or a collector's",
	  .c = 2 },
	{ "to", "URL", "the server", .c = 3 },
	{ "otlp", NULL, "send OTLP profiles, which are alpha, not Pyroscope's push.v1",
	  .c = 4 },
	{ "spool", "DIR", "where requests wait until the server has them", .c = 5 },
	{ "spool-bytes", "SIZE", "of all that waits: the oldest go (64M)", .c = 6 },
	{ "interval", "TIME", "that a profile covers, 1s to 1h (15s)", .c = 7 },
	{ "user", "ID", "for Basic authentication", .c = 8 },
	{ "password-file", "FILE", "its password, in the first line", .c = 9 },
	{ "token-file", "FILE", "for Bearer authentication, in the first line", .c = 10 },
	{ "tls-ca", "FILE", "certificates that may sign the server's (the system's)",
	  .c = 11 },
	{ "timeout", "TIME", "for a request and its answer, up to 5m (30s)", .c = 12 },
	{ "label", "NAME=VALUE", "a label of each series; may be repeated", .c = 13 },
	{ "labels", "LIST", "which of unit,cgroup,comm,board are labels (all)", .c = 14 },
	{ "service", "RULE",
	  "service_name: the first of unit,cgroup,comm,board that is known, or =NAME",
	  .c = 15 },
	{ "series", "N",
	  "different ones in an hour; the others' samples are in `other` (1000)", .c = 16 },
	{ "status", "FILE", "counts, as one line of JSON", .c = 17 },
	{ "quiet", NULL, "no summary", .letter = 'q' },
	{},
};
static const struct ember_option *const ember_relay_tables[] = { ember_relay_rows,
								 ember_folder_options, NULL };

#define EMBER_RELAY_SPOOL (64ull << 20)

struct ember_relay_request_line { /* what the command line asks for */
	struct ember_relay relay;
	struct ember_input input;
	struct ember_client_config http;
	struct ember_follow follow;
	bool once;
};

static int ember_relay_wrong(const char *option, const char *value, const char *what)
{
	ember_error("%s %s: %s", option, value, what);
	return 2;
}

static int ember_relay_seconds(const char *option, const char *value, double least,
			       double most, const char *what, double *to)
{
	if (ember_number_seconds(value, to) && *to >= least && *to <= most)
		return 0;
	return ember_relay_wrong(option, value, what);
}

/* 0, or the exit status (said). */
static int ember_relay_option(struct ember_relay_request_line *l, int c, char **argv,
			      const struct option *all)
{
	struct ember_relay *r = &l->relay;
	double seconds;
	int err;

	switch (c) {
	case 1: l->once = true; break;
	case 2: l->follow.folder = optarg; break;
	case 3: l->http.url = optarg; break;
	case 4: l->http.form = EMBER_RELAY_OTLP; break;
	case 5: l->follow.spool_path = optarg; break;
	case 6:
		if (!ember_number_bytes(optarg, 1, &l->follow.spool_bytes) ||
		    l->follow.spool_bytes < EMBER_SPOOL_LEAST)
			return ember_relay_wrong("--spool-bytes", optarg,
						 "a size of 256K at least");
		break;
	case 7:
		err = ember_relay_seconds("--interval", optarg, 1, 3600, "1s to 1h", &seconds);
		if (err)
			return err;
		r->interval_ns = seconds * 1e9;
		break;
	case 8: l->http.user = optarg; break;
	case 9: l->http.password_file = optarg; break;
	case 10: l->http.token_file = optarg; break;
	case 11: l->http.ca = optarg; break;
	case 12:
		return ember_relay_seconds("--timeout", optarg, 0.1, 300, "100ms to 5m",
					   &l->http.timeout);
	case 13: return ember_relay_rules_extra(&r->rules, optarg);
	case 14: return ember_relay_rules_labels(&r->rules, optarg);
	case 15: return ember_relay_rules_service(&r->rules, optarg);
	case 16:
		if (!ember_number(optarg, &r->rules.most) || !r->rules.most ||
		    r->rules.most > 100000)
			return ember_relay_wrong("--series", optarg, "1 to 100000");
		break;
	case 17: r->status = optarg; break;
	case 'q': r->quiet = true; break;
	default: return ember_input_option(&l->input, c, argv, all);
	}
	return 0;
}

/* What goes together, and what does not: 0, or 2 (said). */
static int ember_relay_check(const struct ember_relay_request_line *l, int operands)
{
	const char *why = NULL;

	if (l->once == !!l->follow.folder)
		why = "either --once or --follow FOLDER";
	else if (!l->http.url)
		why = "no --to URL";
	else if (l->once && !operands)
		why = "no LOG to send";
	else if (l->once && l->follow.spool_path)
		why = "--once has no --spool";
	else if (!l->once && operands)
		why = "--follow takes no LOG";
	else if (!l->once && !l->follow.spool_path)
		why = "no --spool DIR";
	if (!why)
		return 0;
	ember_error("relay: %s: see emberprof help relay", why);
	return 2;
}

/* 0, or the exit status (said), or -1: help was asked for. */
static int ember_relay_parse(struct ember_relay_request_line *l, int argc, char **argv)
{
	struct ember_options options;
	int c, err = 0;

	ember_options_begin(&options, ember_relay_tables, ":");
	while (!err &&
	       (c = getopt_long(argc, argv, options.letters, options.all, NULL)) != -1) {
		if (c == 'h')
			return -1;
		err = ember_relay_option(l, c, argv, options.all);
	}
	return err ? err : ember_relay_check(l, argc - optind);
}

static int ember_relay_run(struct ember_relay_request_line *l, char **path, int nr)
{
	struct ember_follow *follow = l->once ? NULL : &l->follow;
	struct ember_relay *r = &l->relay;
	struct ember_signals signals = {};
	int err = 0;

	r->sender.http = ember_client_open(&l->http, &err);
	if (err)
		return err;
	ember_signals_take(&signals);
	r->signals = &signals;
	err = follow ? ember_follow_run(follow) : ember_once_run(r, path, nr);
	if (!err || r->sender.sent.profiles || r->sender.retries)
		ember_relay_counts_print(r, follow);
	ember_relay_counts_write(r, follow);
	ember_client_close(r->sender.http);
	return err;
}

static int ember_cmd_relay(int argc, char **argv)
{
	struct ember_relay_request_line *l = &(struct ember_relay_request_line){
		.relay.interval_ns = 15000000000ull,
		.http = { .form = EMBER_RELAY_PUSH, .timeout = 30 },
		.follow.spool_bytes = EMBER_RELAY_SPOOL,
	};
	int err;

	ember_relay_rules_begin(&l->relay.rules);
	err = ember_relay_parse(l, argc, argv);
	l->relay.input = &l->input;
	l->relay.maker.rules = &l->relay.rules;
	l->relay.maker.form = l->http.form;
	l->follow.relay = &l->relay;
	if (err < 0) {
		fputs(ember_relay_usage, stdout);
		ember_options_usage(stdout, ember_relay_tables);
	} else if (!err) {
		curl_global_init(CURL_GLOBAL_ALL);
		err = ember_relay_run(l, argv + optind, argc - optind);
		curl_global_cleanup();
	}
	ember_relay_rules_free(&l->relay.rules);
	ember_input_free(&l->input);
	free(l->relay.board);
	free(l->relay.status_text);
	return err < 0 ? 0 : err;
}

const struct ember_subcommand ember_relay_commands[] = {
	{ "relay", ember_cmd_relay, "logs to Pyroscope, or to who takes OTLP profiles" },
	{ NULL, NULL, NULL },
};

bool ember_relay_lacks(const char *name)
{
	(void)name;
	return false;
}
