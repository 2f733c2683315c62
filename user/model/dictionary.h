/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What samples are of: threads, and stacks by file and offset, wherever files were mapped.
 * Equal ones are one, and have a number.
 */
#ifndef EMBER_DICTIONARY_H
#define EMBER_DICTIONARY_H

#include <emberprof.h>

#include "model/blob_table.h"
#include "model/frames.h"
#include "model/index.h"

/* Of an ELF file: two sums (CRC-32C), of its program headers and of its code's first page. */
struct ember_fingerprint {
	uint64_t bytes;			/* of the file; 0: unknown */
	uint32_t headers, text;
};

/* flags of files that aren't the module's: a kernel of another machine, or one's module */
#define EMBER_FILE_KERNEL	(1U << 31)
#define EMBER_FILE_MODULE	(1U << 30)

struct ember_file {
	char *path;			/* NULL: unknown */
	uint64_t ino;
	uint64_t generation;		/* 0 where there is none */
	uint32_t dev_major, dev_minor;
	uint32_t flags;			/* EMBER_FILE_* */
	uint32_t machine;		/* 0: this one, since it was booted; others by their names */
	struct ember_fingerprint print;	/* where there's no build-id */
	uint64_t seen_ns;		/* CLOCK_BOOTTIME: first mapped, as it was; 0: unknown */
	uint32_t tgid;			/* then, by that process; 0: unknown */
	uint8_t build_id_bytes;		/* 0: unknown */
	uint8_t build_id[EMBER_BUILD_ID_MAX];
};

/*
 * Return true if a process may have generated the code itself, in memory or in a file for
 * that (a memfd, ...): its JIT compiler then names addresses in the process. A program that
 * runs from such a file is still named by its symbols.
 */
bool ember_file_made(const struct ember_file *file);

/* Whether it is on no file system that anybody mounts. */
bool ember_file_memfd(const struct ember_file *file);

/*
 * Code that was mapped in one piece. An address in it is an offset in the file; where no
 * file is behind it (EMBER_FILE_VDSO, ember_file_made()), what it was in the process.
 */
struct ember_extent {
	uint64_t start, end, offset;	/* start: `offset`, or the address */
	uint32_t file;
};

struct ember_thread {
	uint64_t start_time;
	uint32_t tid, tgid, space;	/* as in struct ember_rec_thread, and flags */
	uint16_t flags;
	uint16_t board;			/* a dictionary's; 0: unknown */
	uint32_t labels;		/* a set of its process's (model/labels.h), by the table of who
					 * has the thread; 0: none */
	uint32_t zero;			/* no padding: threads are compared byte by byte */
	char comm[EMBER_COMM_LEN];
};

/* Innermost first, kernel frames before user frames. */
struct ember_normalized {
	uint16_t nr_kernel, nr_user;
	uint8_t context, vector;	/* EMBER_CONTEXT_*, of a softirq */
	uint8_t cut;			/* it isn't whole */
	uint8_t gaps;			/* it may lack frames in its middle: EMBER_END_GAPS */
	uint64_t address[EMBER_FRAMES_MAX];
	uint32_t extent[EMBER_FRAMES_MAX];	/* EMBER_NO_NUMBER: in none that is known, and
						 * the address as it was; kernel frames have
						 * one if the log is another machine's */
};

/* A placed stack; equal ones are one. */
struct ember_stacked {
	uint32_t leaf;			/* the innermost frame's node; EMBER_NO_NUMBER: no frames */
	uint16_t nr_kernel, nr_user;
	uint8_t context, vector, cut, gaps;
};

struct ember_dictionary {		/* begins zeroed */
	struct ember_file *file;
	uint32_t nr_file, file_size;
	struct ember_index file_index;
	struct ember_extent *extent;
	uint32_t nr_extent, extent_size;
	struct ember_index extent_index;
	struct ember_thread *thread;
	uint32_t nr_thread, thread_size;
	struct ember_index thread_index;
	char **board;			/* what boards are called; 0 isn't one */
	uint32_t nr_board, board_size;
	struct ember_index board_index;
	struct ember_blob_table labels;	/* of threads */
	struct ember_frame_tree frames;
	struct ember_stacked *stack;
	uint32_t nr_stack, stack_size;
	struct ember_index stack_index;
	uint64_t depth;			/* frames of all stacks, each for itself */
	bool full;			/* it found no room for something */
};

/* Each returns the number of what is now there, new or as it was. The path is copied. */
uint32_t ember_dictionary_file(struct ember_dictionary *dict, const struct ember_file *file);
uint32_t ember_dictionary_extent(struct ember_dictionary *dict, const struct ember_extent *extent);
/* Its space is left out: it's of no use any more. */
uint32_t ember_dictionary_thread(struct ember_dictionary *dict, const struct ember_thread *thread);
/* EMBER_NO_NUMBER: there's no room for more. */
uint32_t ember_dictionary_stack(struct ember_dictionary *dict, const struct ember_normalized *placed);
/*
 * The same of a stack whose outermost `shared` frames are those of stack `base`: placed has
 * the others, and the counts of all. The work is in proportion to the frames that the two
 * don't share. EMBER_NO_NUMBER is returned, too, if the base has no such frames.
 */
uint32_t ember_dictionary_stack_on(struct ember_dictionary *dict, uint32_t base, unsigned int shared,
			      const struct ember_normalized *placed);

void ember_dictionary_normalized(const struct ember_dictionary *dict, uint32_t stack,
			struct ember_normalized *placed);
uint16_t ember_dictionary_board(struct ember_dictionary *dict, const char *name);	/* copied */
void ember_dictionary_free(struct ember_dictionary *dict);

#endif
