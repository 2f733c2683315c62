/* SPDX-License-Identifier: GPL-2.0-only */
/* The flight recorder's memory: whether it may be had, and as what. */
#ifndef EMBER_REGION_H
#define EMBER_REGION_H

#include <linux/types.h>

#define EMBER_FLIGHT_FRAMES	32	/* of a stack, by default */

struct resource;

/* What is asked for, and what the values are called where they come from: in messages. */
struct ember_flight_request {
	struct {
		const char *node;	/* in front of the others; "" for parameters */
		const char *address, *bytes, *hz, *max_frames;
	} names;
	u64 address;			/* physical; 0: memory that a reboot clears */
	u64 bytes;
	u32 hz, max_frames;
};

struct ember_flight_region {
	struct resource *claim;
	u8 *at;				/* NULL: none */
	u64 address;
	unsigned long bytes;
};

/* Each: 0, or an error (said in one line). map() takes what check() accepts. */
int ember_flight_check(const struct ember_flight_request *request);
int ember_flight_map(struct ember_flight_region *region,
		     const struct ember_flight_request *request);
void ember_flight_unmap(struct ember_flight_region *region);

#endif
