/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From streams into their boards' logs, a batch at a time; chunks are acknowledged when the
 * disk has them.
 */
#ifndef EMBER_FILING_H
#define EMBER_FILING_H

#include "workstation/collect/disk.h"
#include "workstation/collect/receiver.h"

/* New logs that one batch may begin, and of them those of streams with a single chunk. */
#define EMBER_FILING_LOGS	1024
#define EMBER_FILING_FIRST	256

/* Fills an empty batch with what waits; false: there is nothing for the disk to do. */
bool ember_filing_gather(struct ember_receiver *inbox, struct ember_disk_batch *batch);
/* The batch is done: acknowledges what is safe, and takes back what is not. */
void ember_filing_settle(struct ember_receiver *inbox, struct ember_disk_batch *batch);

#endif
