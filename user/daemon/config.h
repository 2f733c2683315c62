/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon is to do: emberprof.conf, and the options of the command line in its place. */
#ifndef EMBER_DAEMON_CONFIG_H
#define EMBER_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/request.h"

#define EMBER_CONFIG_FILE		"/etc/emberprof.conf"
#define EMBER_CONFIG_MOST		(64u << 10)	/* bytes of a file */
#define EMBER_CONFIG_LINE		1024		/* and of a line */
#define EMBER_DESTINATIONS_MAX		8
#define EMBER_DESTINATION_NAME		31
#define EMBER_DESTINATION_PIDS		64

/* A [destination NAME], or [link], whose name is "link". */
struct ember_destination_config {
	char name[EMBER_DESTINATION_NAME + 1];
	unsigned int line;		/* of its section */
	const char *address, *key;	/* NULL: none */
	uint64_t resend, rate;		/* bytes, bytes a second; 0: default */
	uint64_t interval_ns;		/* 0: the daemon's */
	const char *comm;		/* only threads of this name; NULL: all */
	uint32_t pid[EMBER_DESTINATION_PIDS], nr_pid;	/* only of these processes; none: all */
	bool some_events, cpu;		/* only these events, cpu being the clock's */
	struct ember_event events[EMBER_EVENTS_MAX];
	uint32_t nr_events;
};

struct ember_http_config {
	const char *listen;		/* ADDR:PORT; NULL: nothing listens */
	const char *token_file;
	bool anyone;			/* listens beyond loopback without a token */
};

struct ember_relay_config {
	const char *url;		/* NULL: none */
	const char *spool, *user, *password_file;
	uint64_t interval_ns;
};

struct ember_daemon_config {
	struct ember_request request;	/* rate, events, CPUs, rings, tables, debug files, board, flush */
	bool rate_given;
	const char *store;		/* a folder; NULL: the fallback alone */
	const char *fallback;		/* in memory, while the store cannot be written */
	uint64_t fallback_keep;
	uint64_t interval_ns;
	uint32_t budget_ppm;		/* of each CPU; 0: no bound */
	uint64_t memory;		/* bytes resident; 0: no bound */
	bool syslog;			/* messages go there, not to stderr */
	struct ember_destination_config destination[EMBER_DESTINATIONS_MAX];
	uint32_t nr_destinations;
	struct ember_http_config http;
	struct ember_relay_config relay;
	char **text;			/* what the strings above are, to be freed */
	uint32_t nr_text, text_size;
};

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
