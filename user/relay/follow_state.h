/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The logs that a relay follows, and how far it has come with them, as lines of a spool's state. */
#ifndef EMBER_RELAY_FOLLOW_STATE_H
#define EMBER_RELAY_FOLLOW_STATE_H

#include "relay/relay.h"
#include "relay/followed.h"
#include "relay/spool.h"

struct ember_follow_boot {		/* a boot whose clock is known */
	char boot[EMBER_BOOT_MAX];
	int64_t real_ns;		/* CLOCK_REALTIME less CLOCK_BOOTTIME */
};

struct ember_follow {			/* begins zeroed, but for the first three */
	struct ember_relay *relay;
	const char *folder, *spool_path;
	uint64_t spool_bytes;
	struct ember_spool spool;
	struct ember_followed *source;	/* by path */
	uint32_t nr_source, source_size;
	struct ember_follow_boot *boot;
	uint32_t nr_boot, boot_size;
	uint64_t unplaced;		/* samples whose time no clock ever said */
	uint64_t undefined;		/* samples whose stack or thread is missing */
	bool failing;			/* the folder can't be read, which was said */
};

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
