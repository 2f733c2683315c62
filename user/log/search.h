/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A search for chunks or packets in bytes that anybody may have written. Its work is linear
 * in the bytes: each byte is scanned for a magic once, a chunk that is found is skipped as a
 * whole, and checksums that do not match are charged to a budget. A candidate that would
 * cost more than is left of the budget is skipped without computing its checksum.
 */
#ifndef EMBER_SEARCH_H
#define EMBER_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMBER_SEARCH_FIRST	0xe5		/* first byte of each magic */
#define EMBER_SEARCH_CREDIT	16		/* bytes of failed checksums for each byte passed, */
#define EMBER_SEARCH_START	(1u << 20)	/* and so many for the whole search */

struct ember_search {
	const uint8_t *bytes;
	size_t n, at;
	bool more;			/* bytes may follow: stop at an incomplete candidate */
	uint64_t budget;		/* bytes that may still be summed in vain */
	uint64_t skipped;		/* bytes before the chunk found last, or at the end */
	uint64_t summed;		/* bytes of candidates that were looked at */
};

/*
 * Return the size in bytes of the candidate at bytes[0], or of its header if n bytes are too
 * few to say. Return 0 if none begins there.
 */
typedef uint32_t ember_search_bytes(const void *bytes, size_t n);
/* Fills in *found; returns false if the candidate turns out to be none. */
typedef bool ember_search_at(const void *bytes, size_t n, void *found);

void ember_search_begin(struct ember_search *search, const void *bytes, size_t n);
/* Goes on in bytes[n], which begins with what was behind `at`. */
void ember_search_on(struct ember_search *search, const void *bytes, size_t n);
/*
 * Finds the next candidate that is one and moves behind it. Returns false at the end.
 * ember_chunk_next() and ember_packet_next() call this.
 */
bool ember_search_next(struct ember_search *search, ember_search_bytes *bytes,
		       ember_search_at *at, void *found);

#endif
