/* SPDX-License-Identifier: GPL-2.0-only */
/* del_timer_sync() is timer_delete_sync() since 6.2, and nothing else since 6.15. */
#ifndef EMBER_COMPAT_TIMER_H
#define EMBER_COMPAT_TIMER_H

#include <linux/timer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define ember_timer_delete_sync(timer)	timer_delete_sync(timer)
#else
#define ember_timer_delete_sync(timer)	del_timer_sync(timer)
#endif

#endif
