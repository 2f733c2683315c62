// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/flight.h"

#include <emberprof_flight.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/message.h"
#include "log/host_info.h"
#include "log/writer.h"
#include "model/recording.h"

#define EMBER_FLIGHT_CPUS_MAX 4096

/* A segment whose head is whole. */
struct ember_flight_place {
	uint64_t sequence;
	uint32_t ring;
	const uint8_t *bytes;
};

/* A region, and its head, which is checked. */
struct ember_flight {
	const uint8_t *bytes;
	struct ember_flight_head head;
	struct ember_recording recording;
	struct ember_flight_place *place;
	uint32_t nr; /* places */
	uint32_t damaged; /* segments */
	uint64_t first_ns; /* CLOCK_MONOTONIC of the oldest segment of a CPU; 0: there's none */
};

static uint32_t ember_flight_crc(uint32_t seed, const void *bytes, size_t n)
{
	return crc32(seed, bytes, n);
}

static bool ember_flight_head_sane(const struct ember_flight_head *h, size_t n)
{
	uint64_t room = n - 2 * EMBER_FLIGHT_HEAD_BYTES;

	return h->region_bytes == n && h->segment_bytes >= EMBER_FLIGHT_SEGMENT_LEAST &&
	       h->segment_bytes <= EMBER_FLIGHT_SEGMENT_MOST && h->segment_bytes % 8 == 0 &&
	       (uint64_t)h->nr_segments * h->segment_bytes <= room && h->nr_cpus &&
	       h->nr_cpus <= EMBER_FLIGHT_CPUS_MAX &&
	       (uint64_t)h->nr_cpus * h->cpu_segments + h->definition_segments <=
		       h->nr_segments;
}

/* The first that is whole of the region's two heads. */
static const char *ember_flight_head(struct ember_flight *f, size_t n)
{
	const char *why = "both heads of the region are damaged";
	struct ember_flight_head *h = &f->head;
	unsigned int i;

	if (n < 2 * EMBER_FLIGHT_HEAD_BYTES)
		return "is cut short";
	for (i = 0; i < 2; i++) {
		memcpy(h, f->bytes + (i ? n - EMBER_FLIGHT_HEAD_BYTES : 0), sizeof(*h));
		if (h->magic != EMBER_FLIGHT_MAGIC ||
		    h->crc != ember_flight_crc(0, &h->version,
					       sizeof(*h) - offsetof(struct ember_flight_head,
								     version)))
			continue;
		if (h->version != EMBER_FLIGHT_VERSION)
			why = "is of another version of the module";
		else if (!ember_flight_head_sane(h, n))
			why = "its head makes no sense, or it's cut short";
		else
			return NULL;
	}
	return why;
}

/* Whether it's the ring's, and whole. */
static bool ember_flight_whole(const struct ember_flight *f, const uint8_t *bytes,
			       uint32_t ring, struct ember_flight_segment *s)
{
	const size_t from = offsetof(struct ember_flight_segment, generation);

	memcpy(s, bytes, sizeof(*s));
	return s->magic == EMBER_FLIGHT_SEGMENT_MAGIC &&
	       s->crc == ember_flight_crc(0, bytes + from, sizeof(*s) - from) &&
	       s->generation == f->head.generation && s->ring == ring;
}

/* Definitions first, as they may be later than the samples that need them; then by CPU. */
static int ember_flight_order(const void *a, const void *b)
{
	const struct ember_flight_place *x = a, *y = b;

	if (x->ring != y->ring)
		return x->ring > y->ring ? -1 : 1;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* One that nothing was ever written to. */
static bool ember_flight_unused(const uint8_t *bytes)
{
	static const struct ember_flight_segment none;

	return !memcmp(bytes, &none, sizeof(none));
}

/* Find all whole segments, in the order in which they are to be read. */
static void ember_flight_find(struct ember_flight *f)
{
	const struct ember_flight_head *h = &f->head;
	uint32_t nr = h->nr_cpus * h->cpu_segments + h->definition_segments, i, ring;
	struct ember_flight_segment s;

	f->place = ember_xrealloc(NULL, nr + 1, sizeof(*f->place));
	for (i = 0; i < nr; i++) {
		const uint8_t *bytes =
			f->bytes + EMBER_FLIGHT_HEAD_BYTES + (size_t)i * h->segment_bytes;

		ring = h->cpu_segments ? i / h->cpu_segments : h->nr_cpus;
		if (ring > h->nr_cpus)
			ring = h->nr_cpus;
		if (!ember_flight_whole(f, bytes, ring, &s)) {
			f->damaged += !ember_flight_unused(bytes);
			continue;
		}
		f->place[f->nr++] = (struct ember_flight_place){ s.sequence, ring, bytes };
		if (ring < h->nr_cpus && (!f->first_ns || s.time < f->first_ns))
			f->first_ns = s.time;
	}
	qsort(f->place, f->nr, sizeof(*f->place), ember_flight_order);
}

/* Feed the frames to the recording, up to the first that isn't whole. */
static void ember_flight_read(struct ember_flight *f, const struct ember_flight_place *place)
{
	const struct ember_flight_segment *s = (const void *)place->bytes;
	uint32_t at = sizeof(*s), end = f->head.segment_bytes;
	struct ember_flight_frame frame;

	for (; end - at >= sizeof(frame); at += frame.bytes) {
		memcpy(&frame, place->bytes + at, sizeof(frame));
		at += sizeof(frame);
		if (!frame.bytes)
			break;
		if (frame.bytes % 8 || frame.bytes > end - at ||
		    frame.crc != ember_flight_crc(ember_flight_crc(s->crc, &frame.bytes,
								   sizeof(frame.bytes)),
						  place->bytes + at, frame.bytes)) {
			f->damaged++;
			break;
		}
		ember_recording_bytes(&f->recording, place->ring, place->bytes + at,
				      frame.bytes);
	}
}

/* An ember_log_emit. */
static void ember_flight_emit(void *context, const void *chunk, uint32_t n)
{
	ember_proto_copy(context, chunk, n);
}

static void ember_flight_hello(const struct ember_flight *f, struct ember_stream_header *hello)
{
	const struct ember_flight_head *h = &f->head;

	ember_host_info(hello, NULL);
	hello->here = false;
	hello->last_boot = true;
	hello->same_kernel = h->flags & EMBER_FLIGHT_SAME_KERNEL;
	hello->moved = h->moved;
	snprintf(hello->boot, sizeof(hello->boot), "flight recorder %u", h->generation);
	snprintf(hello->release, sizeof(hello->release), "%.*s",
		 (int)sizeof(hello->release) - 1, h->release);
	hello->cpus = h->nr_cpus;
	hello->period_ns = h->period_ns;
}

/* The clocks of the boot that it's from, which began to record before its oldest segment. */
static void ember_flight_clocks(struct ember_flight *f)
{
	const struct ember_flight_head *h = &f->head;
	struct ember_recording *r = &f->recording;

	r->started_ns = f->first_ns;
	r->spaces.ahead_ns = h->boottime_ns - h->monotonic_ns;
	if (h->realtime_ns >= EMBER_CLOCK_SET)
		r->time_ns = h->realtime_ns + (f->first_ns - h->monotonic_ns);
}

static void ember_flight_write(struct ember_flight *f, struct ember_buf *log)
{
	struct ember_recording *r = &f->recording;
	struct ember_log_writer writer;
	struct ember_stream_header hello;
	uint64_t last = f->first_ns;
	uint32_t i;

	ember_recording_init(r, f->head.nr_cpus + 1, f->head.period_ns);
	ember_flight_clocks(f);
	ember_flight_hello(f, &hello);
	ember_log_begin(&writer, r, &hello, 0, 0, ember_flight_emit, log);
	for (i = 0; i < f->nr; i++)
		ember_flight_read(f, &f->place[i]);
	ember_recording_resolve(r, UINT64_MAX);
	for (i = 0; i < r->nr_rings; i++)
		if (r->ring[i].time > last)
			last = r->ring[i].time;
	r->duration_ns = last - f->first_ns + r->period_ns;
	ember_log_end(&writer);
	ember_log_free(&writer);
	ember_recording_free(r);
}

bool ember_flight_is(const void *bytes, size_t n)
{
	const char *last = (const char *)bytes + n - EMBER_FLIGHT_HEAD_BYTES;
	const uint32_t magic = EMBER_FLIGHT_MAGIC;

	if (n >= sizeof(magic) && !memcmp(bytes, &magic, sizeof(magic)))
		return true;
	return n >= 2 * EMBER_FLIGHT_HEAD_BYTES && !memcmp(last, &magic, sizeof(magic));
}

const char *ember_flight_log(const char *name, const void *bytes, size_t n,
			     struct ember_buf *log)
{
	struct ember_flight f = { .bytes = bytes };
	const char *why = ember_flight_head(&f, n);

	if (why)
		return why;
	ember_flight_find(&f);
	if (f.first_ns)
		ember_flight_write(&f, log);
	else
		why = "the flight recorder has no sample that is whole";
	if (f.damaged)
		ember_warning("%s: left out %u damaged segments, or the ends of some", name,
			      f.damaged);
	free(f.place);
	return why;
}
