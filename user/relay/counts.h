/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a relay has done, for people and for a program that supervises it. */
#ifndef EMBER_RELAY_COUNTS_H
#define EMBER_RELAY_COUNTS_H

#include "relay/follow_state.h"

/* Write relay->status as one line of JSON, if it is set, and the counts have changed. */
void ember_relay_counts_write(struct ember_relay *relay, const struct ember_follow *follow);
/* Print the summary. follow: NULL with --once. */
void ember_relay_counts_print(const struct ember_relay *relay, const struct ember_follow *follow);

#endif
