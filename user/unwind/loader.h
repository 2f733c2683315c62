/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * While samples are taken: unwind tables of the files that turn up, compiled one after
 * the other and handed to the module.
 */
#ifndef EMBER_UNWIND_LOADER_H
#define EMBER_UNWIND_LOADER_H

#include "model/spaces.h"
#include "symbols/binary.h"
#include "symbols/debugfile.h"
#include "unwind/cache.h"
#include "unwind/compile.h"
#include "unwind/turn.h"

struct ember_loader {			/* begins zeroed */
	bool off;			/* there are to be no tables */
	struct ember_reach reach;
	const struct ember_debug_dirs *dirs;
	struct ember_dates dates;	/* since it was made */
	struct ember_table_cache cache;
	struct ember_turn turn;		/* to be taken while a file is compiled */
	bool *seen;			/* by file number */
	uint32_t nr_seen;
	uint32_t looked;		/* generations of mappings, so far, */
	uint32_t compacted;		/* since they got these numbers */
	uint32_t at;			/* mapping of the one that is looked at */
	bool full;			/* the module takes no more */
	uint32_t loaded, missing;	/* files; those that couldn't be had */
};

/*
 * The next file that has none yet: opens it, compiles its table and loads it into the
 * session of `fd`. True: there may be more to do.
 */
bool ember_loader_next(struct ember_loader *loader, const struct ember_spaces *spaces, int fd);
void ember_loader_free(struct ember_loader *loader);

#endif
