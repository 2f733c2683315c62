/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A key of emberprof.conf. */
#ifndef EMBER_DAEMON_KEY_H
#define EMBER_DAEMON_KEY_H

#include "daemon/config_state.h"

enum ember_section {
	EMBER_SECTION_DAEMON,		/* before the first section */
	EMBER_SECTION_DESTINATION,	/* [link] and [destination NAME] */
	EMBER_SECTION_HTTP,
	EMBER_SECTION_RELAY,
	EMBER_SECTIONS
};

struct ember_config_key;

/* Set the field to what the text says. Returns NULL, or why not. */
typedef const char *ember_key_set(struct ember_daemon_config *config, void *field,
				  const struct ember_config_key *key, const char *text);

struct ember_config_key {
	enum ember_section section;
	const char *name, *value;	/* value: its name, such as DIR */
	ember_key_set *set;
	size_t at;			/* of the field, in its section's struct */
	uint64_t least, most;
	const char *accepts;
	const char *help;
	const char *option;		/* of the command line; NULL: none */
	bool list;			/* may be there several times */
};

#endif
