/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --once and --follow have in common. */
#ifndef EMBER_RELAY_H
#define EMBER_RELAY_H

#include "base/signals.h"
#include "relay/cut.h"
#include "relay/request.h"
#include "relay/sender.h"

struct ember_input;

struct ember_relay_board {		/* by its name */
	char name[EMBER_BOARD_MAX];
	uint64_t last_ns;		/* the latest time of its profiles, since 1970 */
	bool held;			/* its next interval isn't complete */
};

struct ember_relay {
	const struct ember_input *input;	/* where names come from */
	struct ember_signals *signals;
	struct ember_request_maker maker;
	struct ember_relay_rules rules;
	struct ember_relay_sender sender;
	struct ember_relay_board *board;
	uint32_t nr_board, board_size;
	uint64_t interval_ns;
	uint64_t unplaced;		/* samples whose time no clock ever said, with --once */
	const char *status;		/* where the counts go; NULL: nowhere */
	char *status_text;		/* as they were written last */
	bool quiet;
};

/* Return the board of that name, new or as it was; valid until another one is new. */
struct ember_relay_board *ember_relay_board(struct ember_relay *relay, const char *name);
/*
 * Cut the feed's interval, and make its requests, which go to maker.take. Returns false if that
 * failed.
 */
bool ember_relay_cut(struct ember_relay *relay, struct ember_feed *feed,
		     const struct ember_cut *cut);

/* All of the logs in memory, and no spool. Returns the exit status (said). */
int ember_once_run(struct ember_relay *relay, char **path, int nr);

#endif
