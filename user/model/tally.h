/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many samples there are of what: threads, and stacks by file and offset, wherever
 * files were mapped. Made of a recording (model/placing.h) or of a log (log/reader.h);
 * what is named (symbols/naming.h) is this.
 */
#ifndef EMBER_TALLY_H
#define EMBER_TALLY_H

#include <emberprof.h>

#include "base/dates.h"
#include "model/event_set.h"
#include "model/frames.h"
#include "model/sample_set.h"
#include "model/timestamp.h"

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
	uint16_t board;			/* a tally's; 0: unknown */
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

/* Bounds of what a log's reader adds, besides EMBER_FRAME_NODES frames and stacks. */
#define EMBER_TALLY_FILES	(1u << 18)
#define EMBER_TALLY_EXTENTS	(1u << 22)
#define EMBER_TALLY_THREADS	(1u << 22)
#define EMBER_TALLY_COUNTS	(1u << 24)
#define EMBER_TALLY_MOMENTS	(1u << 27)
/* A sample takes 2 to 5 bytes of a log; a log of the same sample again and again, fewer. */
#define EMBER_TALLY_MOMENTS_BYTE	32	/* moments for each byte of log, */
#define EMBER_TALLY_MOMENTS_LEAST	(1u << 20)	/* and so many for any log */

struct ember_tally {			/* begins zeroed */
	uint64_t period_ns;
	uint64_t time_ns;		/* CLOCK_REALTIME at its begin; 0: no clock was set */
	uint64_t duration_ns;
	uint64_t lost, skipped;
	bool here;			/* of this machine, since it was booted */
	struct ember_dates dates;	/* then: since it began */
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
	struct ember_frame_tree frames;
	struct ember_stacked *stack;
	uint32_t nr_stack, stack_size;
	struct ember_index stack_index;
	uint64_t depth;			/* frames of all stacks, each for itself */
	bool full;			/* it found no room for something */
	struct ember_sample_set counts;	/* by CPU */
	bool timed;			/* of logs: moments are wanted, too */
	struct ember_timestamp *moment;
	uint32_t nr_moment, moment_size;
	uint32_t most_moments;		/* that a reader adds */
	bool clocked;			/* the clock ran: there are CPU samples, or could be */
	struct ember_event_set events;	/* weighted samples, by CPU */
};

/* Each returns the number of what is now there, new or as it was. The path is copied. */
uint32_t ember_tally_file(struct ember_tally *tally, const struct ember_file *file);
uint32_t ember_tally_extent(struct ember_tally *tally, const struct ember_extent *extent);
/* Its space is left out: it's of no use any more. */
uint32_t ember_tally_thread(struct ember_tally *tally, const struct ember_thread *thread);
/* EMBER_NO_NUMBER: there's no room for more. */
uint32_t ember_tally_stack(struct ember_tally *tally, const struct ember_normalized *placed);
/*
 * The same of a stack whose outermost `shared` frames are those of stack `base`: placed has
 * the others, and the counts of all. The work is in proportion to the frames that the two
 * don't share. EMBER_NO_NUMBER is returned, too, if the base has no such frames.
 */
uint32_t ember_tally_stack_on(struct ember_tally *tally, uint32_t base, unsigned int shared,
			      const struct ember_normalized *placed);

void ember_tally_normalized(const struct ember_tally *tally, uint32_t stack,
			struct ember_normalized *placed);
uint16_t ember_tally_board(struct ember_tally *tally, const char *name);	/* copied */
void ember_tally_timestamp(struct ember_tally *tally, const struct ember_timestamp *moment);
void ember_tally_free(struct ember_tally *tally);

#endif
