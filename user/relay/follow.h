/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows a folder of logs: a recorder's, or a collector's with boards below. */
#ifndef EMBER_RELAY_FOLLOW_H
#define EMBER_RELAY_FOLLOW_H

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

/* Follow until a signal ends it. Returns the exit status (said). */
int ember_follow_run(struct ember_follow *follow);

#endif
