/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that are mapped somewhere: numbered and told once per session. */
#ifndef EMBER_FILETABLE_H
#define EMBER_FILETABLE_H

#include <linux/types.h>

struct ember_files;
struct ember_spaces;
struct file;

struct ember_files *ember_files_new(void);
void ember_files_free(struct ember_files *files);

/*
 * Process context, spaces->lock held. The number of a file (NULL: anonymous memory,
 * or the vDSO), told in the last ring if that's new; 0 if it can't be told.
 */
u32 ember_files_number(struct ember_spaces *spaces, struct file *file, bool vdso);

#endif
