/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot session: started by a module parameter or a node of the device tree, before any
 * process can open the device. It owns itself until a file adopts it or the module goes.
 */
#ifndef EMBER_BOOT_H
#define EMBER_BOOT_H

#include <linux/types.h>

#include "../base/uapi.h"

struct ember_session;

/* What the values are called where they come from: in messages. */
struct ember_boot_names {
	const char *node;		/* in front of the others; "" for parameters */
	const char *hz, *ring_bytes, *max_frames, *events, *budget_ppm;
};

/* As in struct ember_config, but for ring_bytes: 0 means 256 KiB, or max_ring_bytes. */
struct ember_boot_request {
	struct ember_boot_names names;
	u32 hz, ring_bytes, max_frames;
	u32 budget_ppm;			/* of each CPU; 0: no bound */
	u32 nr_events;
	struct ember_event events[EMBER_EVENTS_MAX];
};

/* Add EVENT:PERIOD, several with commas. 0, or -EINVAL (said). */
int ember_boot_events(struct ember_boot_request *request, const char *text);

/* Check and start it. 0, or an error (said in one line). `begun`: since when the time that the
 * start took counts, ns.
 */
int ember_boot_start(const struct ember_boot_request *request, u64 begun);

/* End it, unless a file has adopted it: then nothing. */
void ember_boot_end(void);

/* Take it, with its reference; NULL: there's none. Undone by ember_boot_return(). */
struct ember_session *ember_boot_take(void);
void ember_boot_return(struct ember_session *s);

#endif
