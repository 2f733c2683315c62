/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From 6.17 on a queue has to say whether it is of each CPU: a warning at the first use
 * otherwise. Kbuild looks that up.
 */
#ifndef EMBER_COMPAT_WORKQUEUE_H
#define EMBER_COMPAT_WORKQUEUE_H

#include <linux/workqueue.h>

#ifdef EMBER_HAVE_WQ_PERCPU
#define EMBER_WQ_PERCPU	WQ_PERCPU
#else
#define EMBER_WQ_PERCPU	0
#endif

#endif
