/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a log's writer keeps: the files of log/ that fill its chunks share it. */
#ifndef EMBER_LOG_WRITER_STATE_H
#define EMBER_LOG_WRITER_STATE_H

#include "base/cpus.h"
#include "log/chunk.h"
#include "log/columns.h"
#include "log/event_writer.h"
#include "log/stream_header.h"
#include "log/stack_prefix.h"
#include "model/normalize.h"
#include "model/recording.h"

#define EMBER_LOG_UNIT	1000000	/* ns: unit of times, except on a link */
#define EMBER_LOG_NO_CLOCK	10000000	/* ns: the period where the clock doesn't run */

/* A whole chunk; it goes away with the call's return. */
typedef void ember_log_emit(void *context, const void *chunk, uint32_t n);

/* Compute the fingerprint of a file without a build-id. Return false if that fails. */
typedef bool ember_log_fingerprint(void *context, const struct ember_file *file,
			     struct ember_fingerprint *print);

/* Samples of one CPU that wait for the next chunk. */
struct ember_log_cpu {
	struct ember_buf time, thread, stack;	/* columns */
	uint64_t start;
	uint32_t points;		/* that each of them counts for */
	uint64_t last_time, last_thread, last_stack;
};

/* A stack under a generation of mappings, and its number in the dictionary. */
struct ember_log_pair {
	uint32_t stack, generation, number;
};

/* Items of a dictionary that a stream calls by their number and this. */
struct ember_log_emitted {
	uint32_t base;
	uint32_t emitted;			/* so many of them are */
};

/* What the recording has lost. */
struct ember_log_losses {
	uint64_t lost, skipped, undefined;
};

struct ember_log_writer {
	struct ember_recording *recording;
	uint32_t tidy_at;		/* bytes of its stacks, when it's to be compacted */
	uint32_t compacted;		/* how often it was, as far as `pair` and `placing` go */
	struct ember_stream_header hello;
	ember_log_emit *emit;
	void *context;			/* of emit, and of print */
	ember_log_fingerprint *print;		/* NULL: nobody looks at files */
	uint32_t sequence;
	uint32_t defined;		/* chunks up to the last one with definitions */
	uint32_t most;			/* bytes of a chunk, at most */
	uint32_t gathers;		/* bytes, plain, that are packed together */
	uint32_t parts;			/* chunks that they may become, if there's a bound */
	bool chains;			/* stacks may build on those of chunks before */
	struct ember_stack_prefix *outer;
	uint8_t flags;			/* of each chunk */
	uint32_t hellos;
	struct ember_log_losses before;	/* the log began */
	uint64_t sent, undefined;	/* samples */
	uint32_t downsample;			/* emit one in so many samples; 0, 1: all */
	uint64_t downsampled;		/* samples left out by that */
	uint64_t clock_ns;		/* CLOCK_MONOTONIC of the last CLOCK field, */
	int64_t clock_ahead_ns;		/* and CLOCK_REALTIME less CLOCK_MONOTONIC then */
	struct ember_dictionary dict;	/* since all was forgotten */
	struct ember_normalize placing;
	struct ember_log_emitted files, extents, labels, threads, stacks;
	uint64_t emitted_depth;		/* dict.depth of the stacks that are emitted */
	struct ember_log_pair *pair;
	uint32_t nr_pair, pair_size;
	struct ember_index pair_index;
	struct ember_log_cpu *cpu;	/* [nr_cpus] */
	struct ember_buf ended;		/* Samples fields that no sample is added to */
	struct ember_event_writer events;	/* weighted samples */
	uint32_t nr_cpus, bytes;	/* of columns that wait */
	struct ember_cpus cpus;		/* as last emitted */
	struct ember_packer *packer;
	struct ember_buf plain, part, item, chunk;
	struct ember_buf column[EMBER_COLUMNS];	/* by field */
	bool gaps;			/* of stacks that are put, one has some */
};

#endif
