// SPDX-License-Identifier: GPL-2.0-or-later
/* emberprof daemon: sample always, by a configuration. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/option.h"
#include "cmd/cmd.h"
#include "daemon/daemon.h"
#include "daemon/keys.h"

#define EMBER_OPTION_PAUSE  1
#define EMBER_OPTION_RESUME 2
#define EMBER_OPTION_TEST   3

static const struct ember_option ember_daemon_options[] = {
	{ "config", "FILE",
	  "what to do, see emberprof.conf(5) (/etc/emberprof.conf, if it is there)",
	  .letter = 'c' },
	{ "test", NULL, "check the configuration, and do no more", .c = EMBER_OPTION_TEST },
	{ "pause", NULL,
	  "the daemon that runs closes the device, so that the module can be replaced, and goes on "
	  "with the new one, or after 10 minutes",
	  .c = EMBER_OPTION_PAUSE },
	{ "resume", NULL, "the daemon that runs goes on now", .c = EMBER_OPTION_RESUME },
	{},
};

static int ember_daemon_help(const struct ember_option *const *tables)
{
	fputs("usage: emberprof daemon [options]\n"
	      "Samples as long as the system runs, within a budget. SIGHUP: reads the configuration again.\n",
	      stdout);
	ember_options_usage(stdout, tables);
	fputs("Keys of the configuration file:\n", stdout);
	ember_keys_usage(stdout);
	return 0;
}

/* Ask the daemon that runs. */
static int ember_daemon_ask(const char *word)
{
	int err = ember_control_ask(word, stdout);

	if (!err)
		return 0;
	return ember_error("%s: %s", EMBER_CONTROL_SOCKET,
			   err < 0 ? "no daemon runs (emberprof daemon)" : strerror(err));
}

int ember_cmd_daemon(int argc, char **argv)
{
	static struct ember_daemon daemon; /* zeroed, and too large for some stacks */
	static struct ember_option keys[EMBER_OPTIONS_MAX];
	static struct ember_config_option given[EMBER_OPTIONS_MAX];
	const struct ember_option *const tables[] = { ember_daemon_options, keys, NULL };
	struct ember_config_source source = { NULL, given, 0 };
	struct ember_daemon_config config;
	struct ember_options options;
	const char *word = NULL;
	bool test = false;
	int c, err;

	ember_key_options(keys);
	ember_options_begin(&options, tables, "+:");
	while ((c = getopt_long(argc, argv, options.letters, options.all, NULL)) != -1) {
		if (c == 'h')
			return ember_daemon_help(tables);
		if (c == 'c') {
			source.file = optarg;
		} else if (c == EMBER_OPTION_TEST) {
			test = true;
		} else if (c == EMBER_OPTION_PAUSE) {
			word = "pause";
		} else if (c == EMBER_OPTION_RESUME) {
			word = "resume";
		} else if (c < 256) {
			return ember_option_unknown(c, argv, options.all);
		} else if (source.nr_options == EMBER_OPTIONS_MAX) {
			ember_error("options: there are more than 48");
			return 2;
		} else {
			given[source.nr_options++] =
				(struct ember_config_option){ c - 256, optarg };
		}
	}
	if (optind < argc) {
		ember_error("daemon takes no %s: see emberprof help daemon", argv[optind]);
		return 2;
	}
	if (word)
		return ember_daemon_ask(word);
	if (!source.file && !access(EMBER_CONFIG_FILE, F_OK))
		source.file = EMBER_CONFIG_FILE;
	if (!test)
		return ember_daemon_run(&daemon, &source, argv);
	err = ember_config_load(&config, &source);
	if (!err)
		ember_config_free(&config);
	return err;
}
