/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon is to do. */
#ifndef EMBER_DAEMON_CONFIG_STATE_H
#define EMBER_DAEMON_CONFIG_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "log/only.h"
#include "record/request_state.h"

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
	struct ember_only only;		/* by their labels, such as the unit */
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

#endif
