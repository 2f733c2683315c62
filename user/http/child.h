/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request's process: it reads, names and encodes into a file in memory, within limits. What
 * it takes goes back with it, and what it breaks is that request alone.
 */
#ifndef EMBER_HTTP_CHILD_H
#define EMBER_HTTP_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ember_http_child {
	pid_t pid;
	int alive;			/* a descriptor that hangs up when it ends */
	int out;			/* what it has written to stdout, or the line of an error */
};

struct ember_http_limits {
	uint64_t bytes;			/* of address space; of what it writes, a quarter */
	uint32_t cpu_seconds;
};

/* Returns the exit status; what it writes to stdout is the answer. */
typedef int ember_http_child_fn(void *context);

/* 0, or an errno: it can't be started. */
int ember_http_child_start(struct ember_http_child *child,
			   const struct ember_http_limits *limits, ember_http_child_fn *fn,
			   void *context);
/* Wait for one that has ended, or is to be killed: its wait status; *cpu_ns: what it took. */
int ember_http_child_end(struct ember_http_child *child, bool kill, uint64_t *cpu_ns);

#endif
