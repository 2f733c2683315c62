/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The samples of a board that isn't there: four CPUs at 99 Hz, into a recording. */
#ifndef SAMPLED_H
#define SAMPLED_H

#include <string.h>

#include "log/writer.h"

#define CPUS	4
#define HZ	99
#define THREADS 12
#define STACKS	300
#define FRAMES	14

struct sampled {
	struct ember_recording recording;
	uint64_t seed, points; /* of each CPU, so far */
	uint32_t stack[STACKS]; /* bit N: CPU N's ring has defined this stack */
};

static inline uint32_t sampled_chance(struct sampled *b, uint32_t n)
{
	b->seed = b->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (b->seed >> 33) % n;
}

static inline void sampled_put(struct sampled *b, unsigned int ring, uint16_t type,
			       void *record, uint16_t size)
{
	struct ember_record *rec = record;

	rec->type = type;
	rec->size = size;
	ember_recording_record(&b->recording, ring, rec);
}

/* Of a few programs, with ways through them that have much in common. */
static inline void sampled_stack(struct sampled *b, unsigned int cpu, uint32_t number)
{
	struct {
		struct ember_rec_stack s;
		uint64_t frames[FRAMES];
	} rec = { .s = { .stack = number } };
	uint32_t i, way = number;

	rec.s.nr_kernel = number % 3 ? 0 : 5;
	rec.s.nr_user = FRAMES - rec.s.nr_kernel;
	for (i = FRAMES; i-- > 0; way = way * 7 / 8)
		rec.frames[i] = i < rec.s.nr_kernel ?
					0xffffffff81000000ull + way * 4096 + i * 64 :
					0x400000ull + way * 256 + i * 16;
	sampled_put(b, cpu, EMBER_REC_STACK, &rec, sizeof(rec.s) + 8 * FRAMES);
	b->stack[number] |= 1u << cpu;
}

/* Defines what samples refer to. After ember_recording_start(). */
static inline void sampled_begin(struct sampled *b)
{
	uint32_t cpu, i;

	for (cpu = 0; cpu < CPUS; cpu++) {
		struct ember_rec_time time = { .time = b->recording.started_ns };

		sampled_put(b, cpu, EMBER_REC_TIME, &time, sizeof(time));
		for (i = 0; i < THREADS; i++) {
			struct ember_rec_thread thread = { .thread = i,
							   .tid = 100 + i,
							   .tgid = 100 + i / 3,
							   .comm = "program" };

			thread.comm[7] = 'a' + i / 3;
			sampled_put(b, cpu, EMBER_REC_THREAD, &thread, sizeof(thread));
		}
	}
}

/* All that was sampled up to now. */
static inline void sampled_until(struct sampled *b, uint64_t now)
{
	uint64_t period = b->recording.period_ns;

	for (; b->recording.started_ns + (b->points + 1) * period < now; b->points++) {
		unsigned int cpu;

		for (cpu = 0; cpu < CPUS; cpu++) {
			struct ember_rec_sample rec = {
				.thread = sampled_chance(b, THREADS),
				.stack = sampled_chance(b, sampled_chance(b, 2) ? 12 : STACKS),
				.time = b->recording.started_ns + b->points * period +
					sampled_chance(b, period),
			};

			if (!(b->stack[rec.stack] >> cpu & 1))
				sampled_stack(b, cpu, rec.stack);
			sampled_put(b, cpu, EMBER_REC_SAMPLE, &rec, sizeof(rec));
		}
	}
}

#endif
