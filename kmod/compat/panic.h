/* SPDX-License-Identifier: GPL-2.0-only */
/* The chain of what is called at a panic; it had no header of its own before 5.14. */
#ifndef EMBER_COMPAT_PANIC_H
#define EMBER_COMPAT_PANIC_H

#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
#include <linux/panic_notifier.h>
#endif

#endif
