/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions in a row that all do nothing of interest: the loops over them, for each set. */
#ifndef EMBER_UNWIND_RUNS_H
#define EMBER_UNWIND_RUNS_H

#include "unwind/isa.h"

/* Bytes of the instruction there, if it's of no interest; else 0. */
typedef uint32_t ember_runs_bytes(const uint8_t *code);

/* ember_isa.plain(): ahead: bytes that ember_runs_bytes() reads. */
static inline __attribute__((always_inline)) uint32_t
ember_runs_plain(ember_runs_bytes *bytes_of, unsigned int shift, uint32_t ahead,
		 const uint8_t *code, uint32_t room, struct ember_found *found)
{
	uint32_t at = 0;

	while (found->most && at + ahead <= room) {
		uint32_t bytes = bytes_of(code + at), i;
		uint16_t *here = found->at + (at >> shift);

		if (!bytes || at + bytes > found->bytes)
			break;
		for (i = 0; i < bytes >> shift; i++)
			if (here[i])
				return at;
		*here = found->number;
		for (i = 1; i < bytes >> shift; i++)
			here[i] = EMBER_FRAME_INSIDE;
		at += bytes;
		found->most--;
	}
	return at;
}

/* ember_isa.quiet() */
static inline __attribute__((always_inline)) uint32_t
ember_runs_quiet(ember_runs_bytes *bytes_of, unsigned int shift, uint32_t ahead,
		 const uint8_t *code, uint32_t room, uint32_t end, const bool *literal)
{
	uint32_t at = 0;

	while (at < end && at + ahead <= room && !literal[at >> shift]) {
		uint32_t bytes = bytes_of(code + at);

		if (!bytes || at + bytes > room)
			break;
		at += bytes;
	}
	return at;
}

#endif
