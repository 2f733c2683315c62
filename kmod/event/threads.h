/* SPDX-License-Identifier: GPL-2.0-only */
/* All threads' stacks at one moment: EMBER_IOC_THREADS. */
#ifndef EMBER_THREADS_H
#define EMBER_THREADS_H

#include "../base/uapi.h"

struct ember_session;

/*
 * Write a record for each thread from threads->next on, and fill in what the caller is to know.
 * Process context. Return 0, -EINVAL, -ENOMEM or -EINTR.
 */
int ember_threads_call(struct ember_session *s,
		       void (*put)(struct ember_session *s), struct ember_thread_list *threads);

#endif
