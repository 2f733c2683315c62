/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks that have an mm but no user registers: io_uring's workers were
 * PF_IO_WORKER until PF_USER_WORKER came with 6.4.
 */
#ifndef EMBER_COMPAT_SCHED_H
#define EMBER_COMPAT_SCHED_H

#include <linux/sched.h>

#ifdef PF_USER_WORKER
#define EMBER_PF_NO_USER	(PF_KTHREAD | PF_USER_WORKER)
#elif defined(PF_IO_WORKER)
#define EMBER_PF_NO_USER	(PF_KTHREAD | PF_IO_WORKER)
#else
#define EMBER_PF_NO_USER	PF_KTHREAD
#endif

#endif
