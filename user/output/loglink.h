/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A log that goes out over a link while it's made. */
#ifndef EMBER_LOGLINK_H
#define EMBER_LOGLINK_H

#include "base/loop.h"
#include "link/uplink.h"
#include "link/sender.h"
#include "log/writer.h"

struct ember_loglink {
	struct ember_uplink port;
	struct ember_seal seal;		/* if there's a key */
	struct ember_sender sender;
	uint32_t sequence;		/* of the writer, at the last look */
	uint64_t chunk_ns;		/* CLOCK_MONOTONIC: the last chunk was made, */
	uint64_t resync_ns;		/* and the last resync */
	uint64_t patience_ns;		/* of ember_loglink_close(); 0: default */
};

/*
 * keep: bytes that may have to be sent again, rate: bytes a second; 0: default. key: the
 * file of one, or NULL. 0, or 1 (said).
 */
int ember_loglink_open(struct ember_loglink *link, const char *address, uint32_t keep,
		       uint32_t rate, const char *key);
/* Behind ember_log_begin(), which was given the port's size of chunks. */
void ember_loglink_begin(struct ember_loglink *link, struct ember_log_writer *writer);
/* Queue a chunk, and make the writer downsample if the queue grows too long for the link. */
void ember_loglink_chunk(struct ember_loglink *link, struct ember_log_writer *writer,
			 const void *chunk, uint32_t n);
/* Adds what there is to wait for. */
void ember_loglink_wait(const struct ember_loglink *link, struct ember_loop *loop);
/* Sends what is due, hears what comes; seconds until something will be due. */
double ember_loglink_turn(struct ember_loglink *link, struct ember_log_writer *writer);
/*
 * Once the last chunk is made: what is waiting goes out, and is acknowledged if it ever is;
 * a few seconds, or until a second signal comes. downsampled: samples that the writer left
 * out. 0, or 1: not all of it did (said).
 */
int ember_loglink_close(struct ember_loglink *link, uint64_t downsampled);

#endif
