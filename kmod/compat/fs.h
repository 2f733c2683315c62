/* SPDX-License-Identifier: GPL-2.0-only */
/* kmap_local_page() came with 5.11. */
#ifndef EMBER_COMPAT_FS_H
#define EMBER_COMPAT_FS_H

#include <linux/highmem.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#define ember_kmap(page)	kmap_local_page(page)
#define ember_kunmap(address)	kunmap_local(address)
#else
#define ember_kmap(page)	kmap_atomic(page)
#define ember_kunmap(address)	kunmap_atomic(address)
#endif

#endif
