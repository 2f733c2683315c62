/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scan the executable mappings of an address space in three steps: list them (mm_users held,
 * under the mmap lock), identify their files, write the records.
 */
#ifndef EMBER_MM_SCAN_H
#define EMBER_MM_SCAN_H

#include <linux/types.h>

struct ember_budget;
struct ember_mm_scan;
struct ember_mm;
struct ember_mms;
struct mm_struct;

/* Scratch for one worker; what more a scan needs is charged, and freed after it. NULL:
 * no memory.
 */
struct ember_mm_scan *ember_mm_scan_new(struct ember_budget *budget);
void ember_mm_scan_free(struct ember_mm_scan *scan);
size_t ember_mm_scan_memory(void);

/*
 * List the executable mappings of @mm, with references to their files, and save in @space
 * exec_vm, map_count and the lock's sequence number, whose change shows that mappings have
 * changed. Process context, mm_users held. Return 0; -EAGAIN if the mmap lock is taken (try
 * again); -ENOMEM if there is no memory for so many mappings (counted).
 */
int ember_mm_scan_list(struct ember_mm_scan *scan, struct ember_mm *space,
			struct mm_struct *mm);

/*
 * Process context, after ember_mm_scan_list(), mm_users no longer needed: gives the
 * files back and writes a new generation if the mappings differ from the last one's.
 * False: it couldn't be written (counted).
 */
bool ember_mm_scan_emit(struct ember_mm_scan *scan, struct ember_mms *spaces,
			 struct ember_mm *space);

#endif
