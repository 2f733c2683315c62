/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recording is to do. */
#ifndef EMBER_REQUEST_STATE_H
#define EMBER_REQUEST_STATE_H

#include <emberprof.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cpus.h"
#include "base/output.h"
#include "log/only.h"
#include "symbolize/debugfile.h"

#define EMBER_BOARD_LEN		63
#define EMBER_KEEP_LEAST	(512u << 10)	/* bytes: what a folder of logs must have, */
#define EMBER_RESEND_LEAST	(8u << 10)	/* and what a link may have to send again, */
#define EMBER_RATE_LEAST	100		/* bytes a second */
#define EMBER_RESEND_MOST	(1u << 30)	/* at most */
#define EMBER_HZ_DEFAULT	99
#define EMBER_HZ_MAX		UINT32_MAX	/* -F max: as fast as the module lets us */

struct ember_request {
	uint32_t hz;			/* 0: no CPU samples */
	struct ember_event events[EMBER_EVENTS_MAX];	/* besides the clock */
	uint32_t nr_events;
	uint64_t block_rate, mutex_rate;	/* ns; 0: --block-rate, --mutex-rate isn't given */
	bool cpu;			/* -e cpu */
	bool wall;			/* --wall: cpu, block and preempt as one */
	uint32_t flags;			/* EMBER_CONFIG_* */
	uint32_t filter;		/* EMBER_FILTER_*; TREE: of the command */
	uint32_t ids[EMBER_IDS_MAX];
	uint32_t nr_ids;
	struct ember_only only;		/* FILTER_CGROUP: of these */
	uint8_t cpus[EMBER_CPUS_BYTES];
	bool some_cpus;			/* else all of them */
	uint32_t budget_ppm;		/* of each CPU's time; 0: no bound */
	bool adopt;			/* the boot session, which has all of these already */
	uint32_t highest_cpu;
	uint64_t ring_bytes;		/* 0: chosen by the rate, */
	uint64_t rings_bytes;		/* with so many for bursts of events, of all rings; 0: any */
	struct ember_outputs outputs;
	const char *output;		/* the first of them; NULL: over a link alone */
	const char *format;		/* NULL: by the output's name */
	double seconds;			/* 0: no end of its own */
	const char *debug_dirs[EMBER_DEBUG_DIRS_MAX];
	uint32_t nr_debug_dirs;
	bool remote_files;
	bool frame_pointers;		/* and no unwind tables */
	const char *unwind_cache;	/* a folder, or NULL */
	double unwind_wait;		/* seconds to compile tables for before sampling; -1: default */
	const char *board;		/* what a log calls this machine; NULL: found out */
	uint64_t keep, per_day;		/* bytes of a folder's logs, and of a day's; 0: default, none */
	const char *link;		/* an address that a log goes to; NULL: none */
	const char *key;		/* the file of one, that a link's chunks are sealed by */
	uint64_t resend, rate;		/* bytes that a link keeps, and sends a second; 0: default */
	uint64_t flush_ns;		/* of a log: to the disk at least as often; 0: default */
	bool quiet, verbose;
	char **command;			/* NULL: none */
};

#endif
