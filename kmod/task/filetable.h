/* SPDX-License-Identifier: GPL-2.0-only */
/* Mapped files: numbered over the whole session, and defined in the last ring. */
#ifndef EMBER_FILETABLE_H
#define EMBER_FILETABLE_H

#include <linux/types.h>

#include "../base/uapi.h"

struct ember_budget;
struct ember_files;
struct ember_mms;
struct file;

/* One executable mapping of a scan in the making. */
struct ember_scan_mapping {
	u64 start;
	u64 end;
	u64 offset;
	struct file *file;		/* referenced; NULL: none, it has a name */
	u32 number;			/* of the file, as in its FILE record */
	u8 build_id_bytes;
	u8 build_id[EMBER_BUILD_ID_MAX];
	char name[16];			/* [vdso], [anon], ... */
};

struct ember_files *ember_files_new(struct ember_budget *budget);
void ember_files_free(struct ember_files *files);

/* Process context: the build-id, if the page cache has it. `before`: the mapping
 * before this one, often of the same file, or NULL.
 */
void ember_mapping_look(struct ember_scan_mapping *map, const struct ember_scan_mapping *before);

/*
 * Process context, spaces->definitions.lock held: finds the file's number, and puts it among the
 * definitions if it's new or more is known of it. False if there's no room to.
 */
bool ember_files_number(struct ember_mms *spaces, struct ember_scan_mapping *map);

/* Define all files again, under their numbers, once they are met again. */
void ember_files_again(struct ember_files *files);

/*
 * End the transaction of the FILE records that were put since the last call: `committed`, or
 * else aborted. Return true if it defined files.
 */
bool ember_files_end(struct ember_files *files, bool committed);

#endif
