/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of emberprof.conf, in one table: the parser, the options and the manual are made of it. */
#ifndef EMBER_DAEMON_KEYS_H
#define EMBER_DAEMON_KEYS_H

#include <stdio.h>

#include "base/option.h"
#include "daemon/config.h"

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

extern const struct ember_config_key ember_keys[];
extern const unsigned int ember_nr_keys;

/* Returns the section's part of a configuration; of a destination: the last one. */
void *ember_section_of(struct ember_daemon_config *config, enum ember_section section);
/* Make the options of the keys that have one; getopt_long() returns 256 + the key's number. */
void ember_key_options(struct ember_option options[EMBER_OPTIONS_MAX]);
/* Print every key, by section. */
void ember_keys_usage(FILE *out);

#endif
