// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A region of the flight recorder: the input's first bytes are the head, the others the
 * segments, of which all CRCs are made right so that what they protect is reached.
 */
#include "fuzz.h"

#include <emberprof_flight.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/proto.h"
#include "import/flight.h"
#include "log/reader.h"

#define PAGES 14

static void frames(uint8_t *segment, uint32_t bytes, uint32_t seed)
{
	uint32_t at = sizeof(struct ember_flight_segment);
	struct ember_flight_frame *frame;

	for (; bytes - at >= sizeof(*frame); at += sizeof(*frame) + frame->bytes) {
		frame = (void *)(segment + at);
		frame->bytes &= ~7u;
		if (!frame->bytes || frame->bytes > bytes - at - sizeof(*frame))
			break;
		frame->crc = crc32(crc32(seed, (void *)&frame->bytes, 4), (void *)(frame + 1),
				   frame->bytes);
	}
}

static void segments(uint8_t *region, const struct ember_flight_head *h)
{
	const size_t checked = offsetof(struct ember_flight_segment, generation);
	struct ember_flight_segment *s;
	uint32_t i;

	for (i = 0; i < PAGES - 2; i++) {
		s = (void *)(region + (1 + i) * 4096);
		s->magic = EMBER_FLIGHT_SEGMENT_MAGIC;
		s->generation = h->generation;
		s->ring %= h->nr_cpus + 1;
		s->crc = crc32(0, (uint8_t *)s + checked, sizeof(*s) - checked);
		frames((uint8_t *)s, 4096, s->crc);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ember_log_account account = {};
	struct ember_tally tally = { .timed = true };
	struct ember_flight_head *head;
	struct ember_buf log = {};
	const char *why;
	uint8_t *region;

	if (n < sizeof(*head) || n > PAGES * 4096)
		return 0;
	region = calloc(PAGES, 4096);
	memcpy(region, data, n);
	head = (void *)region;
	head->magic = EMBER_FLIGHT_MAGIC;
	head->version = EMBER_FLIGHT_VERSION;
	head->flags &= ~EMBER_FLIGHT_SAME_KERNEL;
	/* Half of the inputs have a layout that fits. */
	if (head->generation % 2) {
		head->region_bytes = PAGES * 4096;
		head->segment_bytes = 4096;
		head->nr_segments = PAGES - 2;
		head->nr_cpus = 1 + head->nr_cpus % 2;
		head->cpu_segments = 4;
		head->definition_segments = 4;
	}
	head->crc = crc32(0, (void *)&head->version,
			  sizeof(*head) - offsetof(struct ember_flight_head, version));
	if (head->nr_cpus && head->nr_cpus < 64)
		segments(region, head);
	why = ember_flight_log("region", region, PAGES * 4096, &log);
	if (!why && !ember_log_read(log.bytes, log.used, NULL, &tally, &account, &why))
		abort();
	if (account.wrong)
		abort();
	ember_tally_free(&tally);
	free(log.bytes);
	free(region);
	return 0;
}
