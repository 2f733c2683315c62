/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of emberprof.conf, in one table: the parser, the options and the manual are made of it. */
#ifndef EMBER_DAEMON_KEYS_H
#define EMBER_DAEMON_KEYS_H

#include <stdio.h>

#include "base/option.h"
#include "daemon/key.h"

extern const struct ember_config_key ember_keys[];
extern const unsigned int ember_nr_keys;

/* Returns the section's part of a configuration; of a destination: the last one. */
void *ember_section_of(struct ember_daemon_config *config, enum ember_section section);
/* Make the options of the keys that have one; getopt_long() returns 256 + the key's number. */
void ember_key_options(struct ember_option options[EMBER_OPTIONS_MAX]);
/* Print every key, by section. */
void ember_keys_usage(FILE *out);

#endif
