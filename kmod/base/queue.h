/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's two work queues. */
#ifndef EMBER_QUEUE_H
#define EMBER_QUEUE_H

#include <linux/workqueue.h>

extern struct workqueue_struct *ember_mms_queue;	/* on the CPU that queues */
extern struct workqueue_struct *ember_away_queue;	/* on any */

int ember_queues_init(void);	/* 0 or -ENOMEM */
/* Wait for all work, and destroy them. */
void ember_queues_exit(void);

#endif
