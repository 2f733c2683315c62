/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session of the module's, open and mapped. */
#ifndef EMBER_DEVICE_H
#define EMBER_DEVICE_H

#include <emberprof.h>
#include <stdbool.h>
#include <stdint.h>

struct ember_device {
	int fd;
	struct ember_query query;
	struct ember_config config;
	struct ember_ring_control **control;	/* [nr_rings] */
	const struct ember_ring_head **head;	/* [nr_rings] */
	uint32_t *end;				/* [nr_rings] of the read in progress */
	uint64_t nonsense;			/* rings' contents thrown away */
};

/* One record of ring `ring`; it goes away with the call's return. */
typedef void (*ember_record_fn)(void *context, unsigned int ring,
				const struct ember_record *record);

/*
 * Each returns 0, or says what failed and returns 1. open() fills in `query`;
 * configure() takes what CONFIG takes, and maps the rings; it returns -1 without a
 * word if one of the ids isn't there, and may then be called again. Closing a device that
 * wasn't opened, or wasn't opened whole, is right.
 */
int ember_device_open(struct ember_device *device);
int ember_device_configure(struct ember_device *device, const struct ember_config *config);
/* In place of configure() and start(): the module's boot session, of which `config` then has what
 * it was made with.
 */
int ember_device_adopt(struct ember_device *device, struct ember_adopt *adopt);
/* Return whether a boot session waits to be adopted. */
bool ember_device_boot_waits(const struct ember_device *device);
int ember_device_start(struct ember_device *device);
int ember_device_stop(struct ember_device *device);
/* Bounds what the session costs: so many millionths of each CPU's time. */
int ember_device_budget(struct ember_device *device, uint32_t ppm);
int ember_device_status(struct ember_device *device, struct ember_status *status);
void ember_device_close(struct ember_device *device);

/*
 * Everything that waits when the call begins: definitions of mappings first, then
 * the CPUs' rings. A ring is given back bit by bit, so the module can go on writing.
 */
void ember_device_read(struct ember_device *device, ember_record_fn record, void *context);

#endif
