/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose log it is: a board, since it was booted. */
#ifndef EMBER_STREAM_HEADER_H
#define EMBER_STREAM_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/proto.h"

#define EMBER_BOARD_MAX		64	/* with the NUL, as the next two */
#define EMBER_BOOT_MAX		40
#define EMBER_RELEASE_MAX	66

struct ember_stream_header {
	char board[EMBER_BOARD_MAX];
	char boot[EMBER_BOOT_MAX];
	char release[EMBER_RELEASE_MAX];
	uint64_t period_ns, unit_ns;
	uint64_t budget;		/* bytes that could be written as it began; 0: unbounded */
	uint32_t session, cpus;
	uint32_t stream;		/* its number in chunks; 0: a random one */
	bool clock_off;			/* no CPU samples: the period is one for old readers */
	bool here;			/* this machine's kernel goes with it when it's put */
	bool last_boot;			/* of this machine before it was booted: its clocks are the
					 * recording's, */
	bool same_kernel;		/* the kernel was this one, */
	int64_t moved;			/* so many bytes below where it is now */
};

/* As a Hello message; what `here` adds is the host's (log/host_info.h). */
void ember_stream_header_put(struct ember_buf *to, const struct ember_stream_header *header);

enum ember_header_found {
	EMBER_HEADER_NONE,		/* no HELLO, or only parts without identity */
	EMBER_HEADER_FOUND,
	EMBER_HEADER_BAD,		/* breaks the rule below: ignore all HELLOs of it */
};
/*
 * Reads the sender's identity from a payload: board, boot and period. A HELLO that has any
 * of the three must be the first field of its payload, must be complete, and must be the only
 * one there with any of the three. Callers ignore identities in payloads that are spread over
 * several chunks. *header is undefined unless EMBER_HEADER_FOUND is returned.
 */
enum ember_header_found ember_stream_header_read(const uint8_t *plain, size_t n,
					  struct ember_stream_header *header);

#endif
