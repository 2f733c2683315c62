/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an index needs to know of a log of one stream: whose it is, its time, its threads and
 * their samples. Chunks are fed in the order of the file, in which some may be late. Stacks
 * are left out, so that memory is bounded (5 MiB) whatever a log defines.
 *
 * For a log without losses the digest says what ember_log_read() does. A sample whose stack
 * is missing is counted here, but undefined and thus lost there; the sums agree.
 */
#ifndef EMBER_LOG_DIGEST_H
#define EMBER_LOG_DIGEST_H

#include "log/chunk.h"
#include "log/stream_clock.h"
#include "log/stream_header.h"
#include "workstation/collect/parts.h"
#include "model/index.h"
#include "model/dictionary.h"

#define EMBER_DIGEST_THREADS	65536	/* that are counted separately, */
#define EMBER_DIGEST_NUMBERS	65536	/* of the stream's numbers for them, the latest, */
#define EMBER_DIGEST_WINDOW	65536	/* and chunks that may overtake each other */

/* Threads that have the same of all three are one. */
struct ember_digest_thread {
	uint32_t tgid, tid;
	char comm[EMBER_COMM_LEN];
	uint64_t samples;
};

/* The stream's clock in the first chunk that has one. */
struct ember_digest_clock {
	bool known;
	struct ember_stream_clock at;
};

struct ember_digest {			/* begins zeroed */
	struct ember_stream_header hello;	/* the stream's first; period_ns 0: none */
	uint32_t stream;
	bool any;			/* stream is known */
	bool mixed;			/* there are chunks of other streams: they're left out */
	uint64_t from_ns, to_ns;	/* since 1970, by the clocks; 0: unknown. After _end() */
	uint64_t samples, lost;		/* after _end() */
	struct ember_digest_thread *thread;
	uint32_t nr_thread, thread_size;
	uint64_t others;		/* samples of threads beyond EMBER_DIGEST_THREADS */
	bool more;			/* there are such threads */
	uint64_t work;			/* bytes of payloads that were read */

	/* its own */
	struct ember_index thread_index;
	struct ember_digest_number {
		uint64_t number;	/* + 1; 0: free */
		uint32_t thread;	/* EMBER_NO_NUMBER: not defined yet */
		uint32_t samples;	/* until then */
	} *number;			/* [EMBER_DIGEST_NUMBERS], by number */
	struct ember_digest_seen {
		uint64_t bits;		/* which of 64 chunks came */
		uint32_t word;		/* sequence / 64, + 1; 0: free */
	} seen[EMBER_DIGEST_WINDOW / 64];	/* by that */
	struct ember_parts parts;
	struct ember_buf room;
	uint64_t first_hello, first_chunk, first_note;	/* sequences + 1; 0: none */
	uint64_t sent, sent_before, got, undefined;
	uint64_t left_out[5];		/* by field of Losses */
	uint64_t until_ns;
	struct ember_digest_clock begin, set, note;
};

void ember_digest_chunk(struct ember_digest *digest, const struct ember_chunk *chunk);
/* Settles times and sums. Returns false if the log is none, lacks HELLO, or is mixed. */
bool ember_digest_end(struct ember_digest *digest);
void ember_digest_free(struct ember_digest *digest);

#endif
