/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The logs that a relay follows, and how far it has come with them, as lines of a spool's state. */
#ifndef EMBER_RELAY_FOLLOW_STATE_H
#define EMBER_RELAY_FOLLOW_STATE_H

#include "relay/follow.h"

/* Return the log of that path below the folder; NULL: it is not known. In sorted logs alone. */
struct ember_followed *ember_follow_find(struct ember_follow *follow, const char *path);
/* Add a log, behind the others. */
struct ember_followed *ember_follow_new(struct ember_follow *follow, const char *path);
void ember_follow_sort(struct ember_follow *follow);

/* An ember_spool_line: a log, a cursor of the last one, or a board's latest time. */
bool ember_follow_line(void *follow, const char *line);
/* An ember_spool_lines. */
void ember_follow_lines(void *follow, FILE *out);

#endif
