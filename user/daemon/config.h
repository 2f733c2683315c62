/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon is to do: emberprof.conf, and the options of the command line in its place. */
#ifndef EMBER_DAEMON_CONFIG_H
#define EMBER_DAEMON_CONFIG_H

#include <stddef.h>

#include "daemon/config_state.h"

#define EMBER_CONFIG_FILE		"/etc/emberprof.conf"
#define EMBER_CONFIG_MOST		(64u << 10)	/* bytes of a file */
#define EMBER_CONFIG_LINE		1024		/* and of a line */

/* A key that the command line gives: by its place in the table of keys. */
struct ember_config_option {
	unsigned int key;
	const char *value;
};

/* What a configuration is made of, each time that it is read. */
struct ember_config_source {
	const char *file;		/* NULL: options alone */
	const struct ember_config_option *option;
	uint32_t nr_options;
};

/*
 * Read the file and apply the options. Returns 0, or 2 (said: FILE:LINE: key: value: why
 * (what is accepted)); then *config holds nothing.
 */
int ember_config_load(struct ember_daemon_config *config,
		      const struct ember_config_source *source);
/* The same of n bytes that a file of that name has, without options. */
int ember_config_parse(struct ember_daemon_config *config, const char *name, const char *text,
		       size_t n);
/* Returns whether two configurations ask the module for the same session. */
bool ember_config_same_session(const struct ember_daemon_config *a,
			       const struct ember_daemon_config *b);
void ember_config_free(struct ember_daemon_config *config);

#endif
