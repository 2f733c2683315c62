/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon keeps. */
#ifndef EMBER_DAEMON_STATE_H
#define EMBER_DAEMON_STATE_H

#include "daemon/budget.h"
#include "daemon/config.h"
#include "daemon/control.h"
#include "daemon/destinations.h"
#include "daemon/relayed.h"
#include "http/server.h"
#include "record/session.h"

/* Over HTTP. */
#define EMBER_SERVED_ADDRESS	96

struct ember_served {			/* begins zeroed */
	struct ember_http *http;	/* NULL: nothing listens */
	struct ember_http_backend backend;
	char address[EMBER_SERVED_ADDRESS];
	bool token;			/* requests need one */
};

enum ember_daemon_state {
	EMBER_DAEMON_WAITING,		/* for the module */
	EMBER_DAEMON_SAMPLING,
	EMBER_DAEMON_PAUSED,		/* the device is closed, as it was asked to be */
};

/* What has been sampled by sessions that have ended. */
struct ember_daemon_sums {
	uint64_t sessions, samples, lost, skipped;
};

struct ember_daemon {
	const struct ember_config_source *source;
	struct ember_daemon_config config;
	struct ember_signals signals;
	enum ember_daemon_state state;
	uint64_t since_ns;		/* CLOCK_MONOTONIC: it has this state, */
	uint64_t begun_ns;		/* and runs */
	struct ember_request request;	/* the session's */
	struct ember_record_session session;
	struct ember_symbols *symbols;	/* knows where debug files are */
	bool fresh;			/* the session began in this window */
	bool more;			/* tables are to be compiled */
	uint64_t retry_ns, backoff_ns;	/* CLOCK_MONOTONIC: when to look for the module */
	uint64_t paused_ns;		/* the same: when the pause ends */
	bool gone;			/* the module was removed in the pause */
	struct ember_destinations to;
	struct ember_daemon_budget budget;
	uint32_t compacted;		/* the recording's, as memory was last given back */
	uint64_t shrunk_ns;		/* CLOCK_MONOTONIC: the last time that memory was let go of */
	struct ember_daemon_sums sums;
	struct ember_control control;
	struct ember_served served;	/* over HTTP */
	struct ember_relayed relayed;	/* to a server */
	char **command;			/* argv */
	uint64_t watchdog_ns, alive_ns;	/* how often the service manager hears; when it did */
	char error[256];		/* the last one, */
	uint64_t error_ns;		/* CLOCK_MONOTONIC; 0: none */
};

#endif
