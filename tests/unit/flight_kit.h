/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A region of the flight recorder, written by the module's own code, whose stores may end. */
#ifndef FLIGHT_KIT_H
#define FLIGHT_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../shim/kernel.h"

#define FLIGHT_CPUS	2
#define FLIGHT_SEGMENT	4096
#define FLIGHT_REGION	(2 * 4096 + 12 * FLIGHT_SEGMENT)
#define FLIGHT_BEGAN	5000000000ull
#define FLIGHT_PERIOD	10000000ull
#define FLIGHT_KERNEL	0xffffffff81000000ull

/* Bytes that are stored before the machine resets; the rest is never written. */
static uint64_t flight_stores = UINT64_MAX;

static inline void *flight_store(void *to, const void *from, size_t n)
{
	size_t some = n < flight_stores ? n : flight_stores;

	flight_stores -= flight_stores == UINT64_MAX ? 0 : some;
	return memcpy(to, from, some);
}

static inline void *flight_clear(void *to, int byte, size_t n)
{
	size_t some = n < flight_stores ? n : flight_stores;

	flight_stores -= flight_stores == UINT64_MAX ? 0 : some;
	return memset(to, byte, some);
}

static inline uint32_t ember_flight_crc(uint32_t seed, const void *bytes, uint32_t n)
{
	return crc32(seed, bytes, n);
}

#define wmb()
#undef WRITE_ONCE
#define WRITE_ONCE(x, value)                                   \
	do {                                                   \
		__typeof__(x) it = (value);                    \
		flight_store((void *)&(x), &it, sizeof(it));   \
	} while (0)
#define memcpy	flight_store
#define memset	flight_clear
#include "../../kmod/ring/segment.h"
#undef memcpy
#undef memset

struct flight {
	_Alignas(8) uint8_t region[FLIGHT_REGION];
	struct ember_flight_head head;
	struct ember_flight_ring ring[FLIGHT_CPUS + 1];
	struct {
		struct ember_ring ring;
		struct ember_ring_control control;
		struct ember_ring_head head;
		_Alignas(8) uint8_t data[4096];
	} scratch[FLIGHT_CPUS];
	uint32_t samples[FLIGHT_CPUS];	/* of which each is another thread's, with another stack */
};

static inline struct flight *flight_new(void)
{
	struct flight *f = calloc(1, sizeof(*f));
	struct ember_flight_head *h = &f->head;
	uint8_t *segment = f->region + EMBER_FLIGHT_HEAD_BYTES;
	unsigned int i;

	*h = (struct ember_flight_head){
		.magic = EMBER_FLIGHT_MAGIC,
		.version = EMBER_FLIGHT_VERSION,
		.region_bytes = FLIGHT_REGION,
		.segment_bytes = FLIGHT_SEGMENT,
		.nr_segments = 12,
		.nr_cpus = FLIGHT_CPUS,
		.cpu_segments = 4,
		.definition_segments = 4,
		.generation = 7,
		.period_ns = FLIGHT_PERIOD,
		.monotonic_ns = FLIGHT_BEGAN,
		.boottime_ns = FLIGHT_BEGAN,
		.realtime_ns = 1700000000000000000ull,
		.release = "6.1.0-test",
	};
	h->crc = ember_flight_crc(0, &h->version,
				  sizeof(*h) - offsetof(struct ember_flight_head, version));
	memcpy(f->region, h, sizeof(*h));
	memcpy(f->region + FLIGHT_REGION - EMBER_FLIGHT_HEAD_BYTES, h, sizeof(*h));
	for (i = 0; i <= FLIGHT_CPUS; i++) {
		f->ring[i] = (struct ember_flight_ring){ .segment = segment, .nr = 4,
							 .bytes = FLIGHT_SEGMENT, .ring = i,
							 .generation = h->generation };
		segment += 4 * FLIGHT_SEGMENT;
	}
	for (i = 0; i < FLIGHT_CPUS; i++) {
		f->scratch[i].ring.control = &f->scratch[i].control;
		f->scratch[i].ring.head = &f->scratch[i].head;
		f->scratch[i].ring.data = f->scratch[i].data;
		ember_ring_init(&f->scratch[i].ring, 4096, 4096);
	}
	return f;
}

/* One more sample of that CPU: its number is its thread's, its time's and its stack's. */
static inline void flight_sample(struct flight *f, unsigned int cpu, unsigned int frames)
{
	struct ember_ring *ring = &f->scratch[cpu].ring;
	uint32_t n = ++f->samples[cpu], i;
	uint64_t now = FLIGHT_BEGAN + n * FLIGHT_PERIOD;
	struct ember_rec_sample *sample;
	struct ember_rec_thread *thread;
	struct ember_rec_stack *stack;
	struct ember_rec_time *time;

	if (ember_flight_begin(&f->ring[cpu], ring, 200 + frames * 8, now)) {
		time = ember_ring_reserve(ring, EMBER_REC_TIME, sizeof(*time));
		time->time = now;
	}
	thread = ember_ring_reserve(ring, EMBER_REC_THREAD, sizeof(*thread));
	memset((char *)thread + 4, 0, sizeof(*thread) - 4);
	thread->thread = n % 16;
	thread->tid = cpu * 100000 + n;
	thread->tgid = thread->tid;
	thread->flags = EMBER_THREAD_KERNEL;
	strcpy(thread->comm, "kworker");
	stack = ember_ring_reserve(ring, EMBER_REC_STACK, sizeof(*stack) + frames * 8);
	memset((char *)stack + 4, 0, sizeof(*stack) - 4);
	stack->stack = n % 16;
	stack->nr_kernel = frames;
	for (i = 0; i < frames; i++)
		stack->frames[i] = FLIGHT_KERNEL + thread->tid * 16 + i * 0x1000000;
	sample = ember_ring_reserve(ring, EMBER_REC_SAMPLE, sizeof(*sample));
	sample->time = now;
	sample->thread = n % 16;
	sample->stack = n % 16;
	ember_ring_commit(ring);
	ember_flight_end(&f->ring[cpu], ring);
}

#endif
