/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For test programs that count: a session by hand (reader.h) whose samples are handed
 * over with their definitions. What doesn't parse, or names what wasn't defined, is
 * counted in `bad`.
 */
#ifndef TEST_TALLY_H
#define TEST_TALLY_H

#include <stdbool.h>

#include "reader.h"

#define TALLY_NUMBERS	(1 << 16)	/* stacks and threads of a ring, at most */

struct tally;
typedef void tally_sample(struct tally *t, unsigned int cpu,
			  const struct ember_rec_thread *thread,
			  const struct ember_rec_stack *stack);

/* Of a further event: `event` and `detail` are in the record, its definition beside it. */
typedef void tally_weighted(struct tally *t, const struct ember_rec_weighted *weighted,
			    const struct ember_rec_event *event,
			    const struct ember_rec_thread *thread,
			    const struct ember_rec_stack *stack);

struct tally_ring {
	struct ember_rec_stack **stack;		/* copies, by number */
	struct ember_rec_thread **thread;
	struct ember_rec_event event[EMBER_EVENTS_MAX];
	uint64_t samples, lost, skipped;
};

struct tally {
	struct reader reader;
	struct tally_ring ring[READER_RINGS];
	tally_sample *sample;
	tally_weighted *weighted;
	uint64_t event_samples, event_weight, event_lost, event_lost_weight;
	uint64_t bad;
};

/* Of these events, and the clock unless hz is 0: of that process, or, without one, everything. */
static inline struct ember_config tally_config(unsigned int hz, const uint32_t *id,
					       unsigned int ring_bytes,
					       const struct ember_event *events, uint32_t nr)
{
	return (struct ember_config){
		.hz = hz,
		.ring_bytes = ring_bytes,
		.filter = id ? EMBER_FILTER_PROCESSES : EMBER_FILTER_NONE,
		.ids = (uintptr_t)id,
		.nr_ids = !!id,
		.events = (uintptr_t)events,
		.nr_events = nr,
	};
}

static inline void tally_open(struct tally *t, const struct ember_config *config,
			      tally_sample *sample)
{
	uint32_t i;

	memset(t, 0, sizeof(*t));
	t->sample = sample;
	reader_open(&t->reader, config);
	for (i = 0; i < t->reader.config.nr_rings && i < READER_RINGS; i++) {
		t->ring[i].stack = calloc(TALLY_NUMBERS, sizeof(*t->ring[i].stack));
		t->ring[i].thread = calloc(TALLY_NUMBERS, sizeof(*t->ring[i].thread));
		if (!t->ring[i].stack || !t->ring[i].thread)
			reader_die("memory");
	}
}

/* Keeps a copy of a definition; a later one of the same number takes its place. */
static inline bool tally_define(void **at, const struct ember_record *record)
{
	*at = realloc(*at, record->size);
	if (!*at)
		reader_die("memory");
	memcpy(*at, record, record->size);
	return true;
}

/* false: it makes no sense. */
static inline bool tally_record(struct tally *t, unsigned int cpu,
				const struct ember_record *rec)
{
	struct tally_ring *ring = &t->ring[cpu];
	const struct ember_rec_stack *stack = (const void *)rec;
	const struct ember_rec_thread *thread = (const void *)rec;
	const struct ember_rec_sample *sample = (const void *)rec;
	const struct ember_rec_lost *lost = (const void *)rec;
	const struct ember_rec_event *event = (const void *)rec;
	const struct ember_rec_weighted *weighted = (const void *)rec;
	const struct ember_rec_event_lost *event_lost = (const void *)rec;
	bool last = cpu == t->reader.config.nr_rings - 1;

	switch (rec->type) {
	case EMBER_REC_TIME:
		return rec->size == sizeof(struct ember_rec_time);
	case EMBER_REC_STACK:
		return !last && stack->stack < TALLY_NUMBERS &&
		       rec->size == sizeof(*stack) +
				    (stack->nr_kernel + stack->nr_user) * sizeof(__u64) &&
		       tally_define((void **)&ring->stack[stack->stack], rec);
	case EMBER_REC_THREAD:
		return !last && thread->thread < TALLY_NUMBERS &&
		       rec->size == sizeof(*thread) &&
		       tally_define((void **)&ring->thread[thread->thread], rec);
	case EMBER_REC_SAMPLE:
		if (last || rec->size != sizeof(*sample) ||
		    sample->stack >= TALLY_NUMBERS || sample->thread >= TALLY_NUMBERS ||
		    !ring->stack[sample->stack] || !ring->thread[sample->thread])
			return false;
		ring->samples++;
		if (t->sample)
			t->sample(t, cpu, ring->thread[sample->thread],
				  ring->stack[sample->stack]);
		return true;
	case EMBER_REC_LOST:
		ring->lost += lost->lost;
		ring->skipped += lost->skipped;
		return rec->size == sizeof(*lost);
	case EMBER_REC_EVENT:
		if (last || rec->size != sizeof(*event) || event->event >= EMBER_EVENTS_MAX)
			return false;
		ring->event[event->event] = *event;
		return true;
	case EMBER_REC_WEIGHTED:
		if (last || rec->size != sizeof(*weighted) ||
		    weighted->event >= EMBER_EVENTS_MAX ||
		    !ring->event[weighted->event].h.size || weighted->stack >= TALLY_NUMBERS ||
		    weighted->thread >= TALLY_NUMBERS || !ring->stack[weighted->stack] ||
		    !ring->thread[weighted->thread])
			return false;
		t->event_samples++;
		t->event_weight += weighted->weight;
		if (t->weighted)
			t->weighted(t, weighted, &ring->event[weighted->event],
				    ring->thread[weighted->thread],
				    ring->stack[weighted->stack]);
		return true;
	case EMBER_REC_EVENT_LOST:
		t->event_lost += event_lost->lost;
		t->event_lost_weight += event_lost->weight;
		return !last && rec->size == sizeof(*event_lost) &&
		       event_lost->event < EMBER_EVENTS_MAX &&
		       ring->event[event_lost->event].h.size;
	case EMBER_REC_FILE:
	case EMBER_REC_SPACE:
	case EMBER_REC_MAP:
	case EMBER_REC_SPACE_END:
		return last;
	}
	return false;
}

static inline void tally_on_record(void *context, unsigned int ring,
				   const struct ember_record *record)
{
	struct tally *t = context;

	if (!tally_record(t, ring, record))
		t->bad++;
}

static inline void tally_start(struct tally *t)
{
	reader_start(&t->reader);
}

static inline void tally_read(struct tally *t)
{
	reader_read(&t->reader, tally_on_record, t);
}

static inline void tally_stop(struct tally *t)
{
	struct ember_status status;

	reader_stop(&t->reader, &status, tally_on_record, t);
}

/* Of one CPU, or of EMBER_STATUS_CPU_ALL. */
static inline void tally_status(struct tally *t, uint32_t cpu, struct ember_status *st)
{
	memset(st, 0, sizeof(*st));
	st->size = sizeof(*st);
	st->index = EMBER_STATUS_SELF;
	st->cpu = cpu;
	if (ioctl(t->reader.fd, EMBER_IOC_STATUS, st))
		reader_die("status");
}

static inline void tally_close(struct tally *t)
{
	long page = sysconf(_SC_PAGESIZE);
	uint32_t i, n;

	for (i = 0; i < t->reader.config.nr_rings && i < READER_RINGS; i++) {
		for (n = 0; n < TALLY_NUMBERS; n++) {
			free(t->ring[i].stack[n]);
			free(t->ring[i].thread[n]);
		}
		free(t->ring[i].stack);
		free(t->ring[i].thread);
		if (!t->reader.control[i])
			continue;
		munmap(t->reader.control[i], page);
		munmap(t->reader.head[i], page + t->reader.config.ring_bytes);
	}
	close(t->reader.fd);
}

/* Where a kernel symbol lies: from its address up to the next one. */
struct tally_symbol {
	uint64_t start, end;
};

static inline bool tally_kernel_symbol(const char *name, struct tally_symbol *symbol)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long long address;
	char line[512], found[256];

	symbol->start = 0;
	symbol->end = UINT64_MAX;
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %255s", &address, found) == 2 &&
		    !strcmp(found, name))
			symbol->start = address;
	rewind(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %255s", &address, found) == 2 &&
		    found[0] != '$' && address > symbol->start && address < symbol->end)
			symbol->end = address;
	fclose(f);
	return symbol->start;
}

static inline bool tally_in(const struct tally_symbol *symbol, uint64_t pc)
{
	return pc >= symbol->start && pc < symbol->end;
}

/* Keeps the CPU busy, by the clock. */
static inline void tally_spin(uint64_t until)
{
	while (reader_now() < until)
		;
}

#endif
