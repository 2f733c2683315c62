/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiles unwind tables one file at a time: ahead of the samples for programs that are
 * about to run, then for the files that samples are in. The module gets each table as soon
 * as it has defined the file.
 */
#ifndef EMBER_LOADER_H
#define EMBER_LOADER_H

#include "model/spaces.h"
#include "symbolize/binary.h"
#include "symbolize/debugfile.h"
#include "unwind/cache.h"
#include "unwind/compile.h"
#include "unwind/ready.h"

struct ember_loader {			/* begins zeroed */
	bool off;			/* there are to be no tables */
	bool marks;			/* the module marks stacks that lack one (EMBER_END_GAPS) */
	struct ember_safe_open reach;
	const struct ember_debug_dirs *dirs;
	struct ember_dates dates;	/* since it was made */
	struct ember_table_cache cache;
	bool *seen;			/* by file number */
	uint32_t nr_seen;
	uint32_t looked;		/* generations of mappings, so far, */
	uint32_t compacted;		/* since they got these numbers */
	uint32_t at;			/* mapping of the one that is looked at */
	struct ember_ready_set ready;	/* compiled ahead */
	struct ember_awaited {
		uint32_t file, tgid;
		uint64_t start, end;
	} *awaited;			/* files to be compiled, in the order in which they came */
	uint32_t nr_awaited, next;
	unsigned int room;
	struct ember_loader_job {	/* the file that is compiled */
		bool on;
		struct ember_awaited awaited;	/* file 0: ahead, by `ready` */
		struct ember_ready_key ready;
		struct ember_elf elf, debug;
		void *image;
		struct ember_table_key key;	/* key.debug: `debug` is open */
		uint64_t bias;
		struct ember_compiler *compiler;	/* NULL: not begun */
	} job;
	bool full;			/* the module takes no more */
	uint32_t loaded, missing;	/* files; those that couldn't be had */
};

/*
 * Begins to compile a file's table ahead; the path is one in the root of process tgid (0: in
 * ours). Nothing happens where a file is being compiled, or has been.
 */
void ember_loader_ahead(struct ember_loader *loader, uint32_t tgid, const char *path);
/* Goes on compiling. True: there is more of it. */
bool ember_loader_step(struct ember_loader *loader, int fd);
/* Forgets the tables compiled ahead that no sample has asked for. */
void ember_loader_forget(struct ember_loader *loader);

/*
 * Notes the files that have turned up, and loads tables that are ready into the session of
 * `fd`. Goes on with the file that is compiled, or else with the next one that has turned up.
 * True: there is more to do.
 */
bool ember_loader_next(struct ember_loader *loader, const struct ember_spaces *spaces, int fd);
void ember_loader_free(struct ember_loader *loader);

#endif
