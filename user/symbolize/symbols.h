/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for what was sampled. A cache: each file's symbols are read once, for the
 * addresses that were wanted, and nothing else of them is kept. First say all that
 * will be asked (_want_), then ask: what is asked without having been wanted is
 * answered too, but reads its file again.
 *
 * What can't be named for certain isn't named: a file that isn't the one that was
 * mapped (by its build-id; without one, by device, inode and time of change), an
 * address past a function's end.
 */
#ifndef EMBER_SYMBOLS_H
#define EMBER_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

struct ember_file;
struct ember_symbols;

/*
 * Make it before the recording starts: a file without a build-id that changed
 * since then isn't believed. Doesn't return without memory.
 */
struct ember_symbols *ember_symbols_new(void);
void ember_symbols_free(struct ember_symbols *symbols);

struct ember_dates;
/* Of samples that are older: since when files mustn't have changed, and the dates then. */
void ember_symbols_since(struct ember_symbols *symbols, const struct ember_dates *dates);
struct ember_spaces;
/* While the recording runs, from time to time: what would be gone at its end is kept. */
void ember_symbols_keep(struct ember_symbols *symbols, const struct ember_spaces *spaces);
/* A process that was sampled and is there still: what it maps can be had from it. */
void ember_symbols_process(struct ember_symbols *symbols, uint32_t tgid);

/* A folder to look into for debug files, before /usr/lib/debug; may be repeated. */
void ember_symbols_debug_dir(struct ember_symbols *symbols, const char *path);
struct ember_debug_dirs;
/* Folders where a board's files are, before all others; they have to last as long. */
struct ember_symfs;
void ember_symbols_symfs(struct ember_symbols *symbols, struct ember_symfs *symfs);
/* A kernel of another machine's: its vmlinux, or System.map. Without it, by build-id. */
void ember_symbols_vmlinux(struct ember_symbols *symbols, const char *path);
const struct ember_debug_dirs *ember_symbols_debug_dirs(const struct ember_symbols *symbols);

/*
 * Files on a file system with a server behind it (NFS, FUSE, ...) count as unnamed,
 * since that may never answer, unless our own root is on it. True: read them all the
 * same. Before the first name is asked for.
 */
void ember_symbols_remote(struct ember_symbols *symbols, bool remote_too);

/* Resolve source lines, too, and inlined functions if @inlined, from debug information. */
void ember_symbols_lines(struct ember_symbols *symbols, bool inlined);

struct ember_name {
	const char *name;	/* owned by symbols until free; NULL: not to be named */
	const char *linkage;	/* as the symbol table spells it (mangled) */
	bool found;		/* the file was there */
	bool made;		/* by the process: its code is at pc, whatever the file */
	const char *module;	/* of a kernel symbol; NULL: the kernel itself, or user */
	const struct ember_call *call;	/* source lines, the innermost inlined first; until */
	uint32_t nr_call;	/* the next question. 0: none are known */
	uint64_t address;	/* of pc in the ELF file's own addresses, 0 unknown;
				 * of a kernel symbol, pc itself */
	uint64_t begin;		/* of its function, likewise, where that has no name; 0 unknown */
};

struct ember_place {			/* where a pc lies: a user's, or in another kernel */
	const struct ember_file *file;	/* must live as long as symbols */
	uint32_t file_number;		/* the cache's key */
	uint64_t map_start, map_end, map_offset;	/* what pc is within */
	uint32_t tgid;			/* its process of this machine; 0: it isn't known, */
	uint64_t began_ns;		/* by CLOCK_BOOTTIME; 0: unknown */
	uint64_t pc;
	bool caller;			/* a return address: look before it */
};

void ember_symbols_want_user(struct ember_symbols *symbols, const struct ember_place *place);
void ember_symbols_want_kernel(struct ember_symbols *symbols, uint64_t pc, bool caller);

void ember_symbols_user(struct ember_symbols *symbols, const struct ember_place *place,
			struct ember_name *out);
void ember_symbols_kernel(struct ember_symbols *symbols, uint64_t pc, bool caller,
			  struct ember_name *out);

/*
 * Asked before anything is read: if it says so, that is left unread and unnamed, and
 * counted.
 */
void ember_symbols_cancel(struct ember_symbols *symbols, bool (*hurry)(void));
uint32_t ember_symbols_unread(const struct ember_symbols *symbols);

/* kptr_restrict (or a missing capability) hides the kernel's addresses from us. */
bool ember_symbols_kernel_hidden(struct ember_symbols *symbols);

#endif
