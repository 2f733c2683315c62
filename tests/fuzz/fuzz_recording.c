// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records as rings hold them: a block begins with 8 bytes (ring, length in words of 8
 * bytes) and goes on with records.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "model/recording.h"

#define RINGS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ember_recording recording;
	size_t at = 0;

	ember_recording_init(&recording, RINGS, 1000000);
	ember_recording_start(&recording);
	while (n - at >= 8) {
		unsigned int ring = data[at] % RINGS;
		size_t bytes = (data[at + 1] | data[at + 2] << 8) * 8ul;
		uint64_t *block;

		at += 8;
		if (bytes > n - at)
			bytes = (n - at) & ~7ul;
		/* Just as long as it is, so that a look past the end is seen. */
		block = malloc(bytes ? bytes : 1);
		memcpy(block, data + at, bytes);
		ember_recording_bytes(&recording, ring, block, bytes);
		free(block);
		at += bytes;
	}
	ember_recording_stop(&recording);
	for (at = 0; at < recording.events.nr_count; at++) {
		const struct ember_weighted *w = &recording.events.count[at];

		if (w->event >= recording.events.nr_event ||
		    w->thread >= recording.nr_thread || w->stack >= recording.stacks.nr)
			abort();
	}
	ember_recording_free(&recording);
	return 0;
}
