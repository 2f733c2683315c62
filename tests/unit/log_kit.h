/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random records, the log's chunks written from them, and the profiles of both. */
#ifndef TEST_LOG_KIT_H
#define TEST_LOG_KIT_H

#include "tool.h"

#include "log/reader.h"
#include "log/writer.h"
#include "model/normalize.h"
#include "export/folded.h"
#include "symbolize/naming.h"
#include "symbolize/symbols.h"

#define CPUS   2
#define RINGS  (CPUS + 1)
#define CHUNKS 4096

static uint64_t seed;

static inline uint32_t chance(uint32_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % n;
}

/* ---- a log's chunks, one by one ---- */

static struct log_chunk {
	uint8_t *bytes;
	uint32_t n;
} chunk[CHUNKS];
static uint32_t nr_chunk;

static inline void collect(void *context, const void *bytes, uint32_t n)
{
	(void)context;
	assert_true(nr_chunk < CHUNKS);
	chunk[nr_chunk].bytes = malloc(n);
	memcpy(chunk[nr_chunk].bytes, bytes, n);
	chunk[nr_chunk++].n = n;
}

static inline int drop(void **state)
{
	(void)state;
	while (nr_chunk)
		free(chunk[--nr_chunk].bytes);
	return 0;
}

/* All of them, or those of order[], in a row. */
static inline uint8_t *joined(const uint32_t *order, uint32_t nr, size_t *n)
{
	uint8_t *bytes;
	uint32_t i;

	for (*n = 0, i = 0; i < nr; i++)
		*n += chunk[order ? order[i] : i].n;
	/* Just as long as it is, so that a look past the end is seen. */
	bytes = malloc(*n ? *n : 1);
	*n = 0;
	for (i = 0; i < nr; i++) {
		uint32_t k = order ? order[i] : i;

		memcpy(bytes + *n, chunk[k].bytes, chunk[k].n);
		*n += chunk[k].n;
	}
	return bytes;
}

/* ---- random records, into a recording that counts and one that is logged ---- */

static struct ember_recording counting, logging;
static struct ember_log_writer writer;
static uint64_t marked; /* samples of stacks with gaps, so far */
static bool tidies; /* what the logging one keeps is bounded, at any time */
static bool weighs; /* there are weighted samples, too */
static bool throttles; /* samples may count for several points */
static uint32_t forgotten; /* at least so many times the writer dropped its stacks */

static inline void put(unsigned int ring, uint16_t type, void *record, uint16_t size)
{
	struct ember_record *rec = record;

	rec->type = type;
	rec->size = size;
	ember_recording_record(&counting, ring, rec);
	ember_recording_record(&logging, ring, rec);
}

static inline void put_thread(unsigned int ring, uint32_t number)
{
	struct ember_rec_thread rec = { .thread = number,
					.tid = 100 + chance(6),
					.tgid = 100 + chance(2),
					.space = chance(4),
					.comm = "thread" };

	rec.comm[5] = 'a' + chance(3);
	put(ring, EMBER_REC_THREAD, &rec, sizeof(rec));
}

static inline void put_stack(unsigned int ring, uint32_t number, uint32_t most)
{
	static const uint8_t ends[] = { EMBER_END_NONE, EMBER_END_WHOLE, EMBER_END_DEPTH,
					EMBER_END_GAPS };
	struct {
		struct ember_rec_stack s;
		uint64_t frames[EMBER_FRAMES_MAX];
	} rec = { .s = { .stack = number,
			 .end_user = ends[chance(4)],
			 .context = chance(30) / 27 } };
	unsigned int i, n;

	rec.s.nr_kernel = chance(3) ? 0 : chance(most / 2);
	rec.s.nr_user = chance(4) ? chance(most / 2) : 0;
	n = rec.s.nr_kernel + rec.s.nr_user;
	for (i = 0; i < n; i++)
		rec.frames[i] = i < rec.s.nr_kernel ? 0xffffffff81000000ull + chance(1 << 24) :
						      chance(8) * 0x100000ull + chance(0x3000);
	put(ring, EMBER_REC_STACK, &rec, sizeof(rec.s) + 8 * n);
}

static inline void put_file(uint32_t number, uint32_t path_bytes)
{
	struct {
		struct ember_rec_file f;
		char path[EMBER_PATH_MAX];
	} rec = { .f = { .file = number, .ino = number, .dev_major = 250 } };

	memset(rec.path, 'x', path_bytes);
	snprintf(rec.path, 16, "/nowhere/%u", number);
	if (path_bytes > 15)
		rec.path[strlen(rec.path)] = 'x';
	rec.f.path_bytes = strlen(rec.path);
	if (number % 3) {
		rec.f.build_id_bytes = 20;
		rec.f.build_id[0] = number;
	}
	if (number == 4)
		rec.f.flags = EMBER_FILE_ANON;
	if (number == 5)
		rec.f.flags = EMBER_FILE_VDSO;
	put(RINGS - 1, EMBER_REC_FILE, &rec, sizeof(rec.f) + (rec.f.path_bytes + 8) / 8 * 8);
}

static inline void put_generation(uint32_t space, uint32_t generation, uint64_t time, uint32_t files)
{
	struct ember_rec_space rec = { /* A process that is there, so what it maps is kept. */
				       .space = space,
				       .generation = generation,
				       .tgid = getpid(),
				       .time = time
	};
	struct ember_rec_space_end end = { .space = space, .generation = generation };
	unsigned int i;

	put(RINGS - 1, EMBER_REC_SPACE, &rec, sizeof(rec));
	for (i = 0; i < 8; i++) {
		struct ember_rec_map map = { .space = space,
					     .start = i * 0x100000,
					     .end = i * 0x100000 + 0x1000 * (1 + chance(3)),
					     .offset = 0x1000 * chance(3),
					     .file = 1 + chance(files) };

		if (!chance(4))
			continue;
		put(RINGS - 1, EMBER_REC_MAP, &map, sizeof(map));
		end.maps++;
	}
	put(RINGS - 1, EMBER_REC_SPACE_END, &end, sizeof(end));
}

/* Events 0 and 1 of a ring: growth, and one of a type that nobody knows. */
static inline void put_event(unsigned int ring, uint32_t event, uint64_t period)
{
	struct ember_rec_event rec = { .event = event,
				       .type = event ? 77 : EMBER_EVENT_GROWTH,
				       .unit = event ? EMBER_UNIT_COUNT : EMBER_UNIT_BYTES,
				       .period = period };

	put(ring, EMBER_REC_EVENT, &rec, sizeof(rec));
}

static inline void put_weighted(unsigned int ring, uint64_t time)
{
	struct ember_rec_weighted rec = { .time = time,
					  .thread = chance(8),
					  .stack = chance(40),
					  .event = chance(4) == 3,
					  .detail = chance(3),
					  .weight = 65536 + chance(1 << 20) };
	struct ember_rec_event_lost lost = { .event = chance(2), .lost = 2, .weight = 200000 };

	put(ring, EMBER_REC_WEIGHTED, &rec, sizeof(rec));
	if (!chance(50))
		put(ring, EMBER_REC_EVENT_LOST, &lost, sizeof(lost));
}

static inline void put_rate(unsigned int ring, uint32_t shift, uint64_t time)
{
	struct ember_rec_rate rec = { .shift = shift, .time = time };

	put(ring, EMBER_REC_RATE, &rec, sizeof(rec));
}

static inline void begin_as(const struct ember_stream_header *hello, uint32_t most)
{
	ember_recording_init(&counting, RINGS, hello->period_ns);
	ember_recording_init(&logging, RINGS, hello->period_ns);
	ember_recording_start(&counting);
	logging.time_ns = counting.time_ns;
	logging.started_ns = counting.started_ns;
	ember_log_begin(&writer, &logging, hello, 0, most, collect, NULL);
}

static inline void begin(uint32_t most)
{
	begin_as(&(struct ember_stream_header){ .board = "bench", .boot = "another one",
					.period_ns = 1000000, .cpus = CPUS }, most);
}

static inline void end(void)
{
	ember_recording_stop(&counting);
	ember_recording_stop(&logging);
	logging.duration_ns = counting.duration_ns;
	ember_log_end(&writer);
	forgotten = writer.stacks.base / (writer.stacks.emitted + 1);
	ember_log_free(&writer);
}

static inline void run(uint64_t number, uint32_t records, uint32_t most, uint32_t frames)
{
	uint64_t time[CPUS] = { 5000000000ull, 5000000000ull };
	uint32_t i, generations = 0, cpu;

	seed = number;
	begin(most);
	for (i = 1; i < 7; i++)
		put_file(i, 0);
	for (cpu = 0; cpu < CPUS; cpu++) {
		struct ember_rec_time rec = { .time = time[cpu] };

		put(cpu, EMBER_REC_TIME, &rec, sizeof(rec));
		if (weighs) {
			put_event(cpu, 0, 65536);
			put_event(cpu, 1, 1000);
		}
	}
	for (i = 0; i < records; i++) {
		struct ember_rec_sample sample = { .thread = chance(8), .stack = chance(40) };
		struct ember_rec_lost lost = { .lost = chance(3), .skipped = 1 };

		cpu = chance(CPUS);
		switch (chance(32)) {
		case 0: put_thread(cpu, chance(8)); break;
		case 1:
		case 2: put_stack(cpu, chance(40), frames); break;
		case 3:
			put_generation(1 + chance(3), ++generations,
				       time[cpu] - chance(9000000), 6);
			break;
		case 4: put(cpu, EMBER_REC_LOST, &lost, sizeof(lost)); break;
		case 5:
			if (!chance(20))
				ember_log_resync(&writer);
			if (tidies && !chance(10)) {
				writer.tidy_at = 0;
				ember_log_tidy(&writer);
			}
			break;
		default:
			time[cpu] += chance(2000000);
			sample.time = time[cpu];
			put(cpu, EMBER_REC_SAMPLE, &sample, sizeof(sample));
			if (throttles && !chance(100))
				put_rate(cpu, chance(6), time[cpu]);
			if (weighs && !chance(3))
				put_weighted(cpu, time[cpu]);
		}
	}
	end();
}

static inline void over(void)
{
	ember_recording_free(&counting);
	ember_recording_free(&logging);
}

/* ---- what reports are made of ---- */

static inline char *text_of(struct ember_tally *t, struct ember_profile **profile)
{
	struct ember_symbols *symbols = ember_symbols_new();
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	*profile = ember_naming_profile(t, symbols);
	ember_symbols_free(symbols);
	ember_export_folded(out, *profile);
	assert_int_equal(fclose(out), 0);
	return text;
}

static inline bool has_mapping(const struct ember_profile *p, const struct ember_profile *of,
			const struct ember_mapping *m)
{
	uint32_t i;

	for (i = 1; i < p->nr_mapping; i++)
		if (p->mapping[i].start == m->start && p->mapping[i].limit == m->limit &&
		    p->mapping[i].offset == m->offset &&
		    !strcmp(ember_text(p, p->mapping[i].file), ember_text(of, m->file)) &&
		    !strcmp(ember_text(p, p->mapping[i].build_id),
			    ember_text(of, m->build_id)))
			return true;
	return false;
}

/* Return the counting recording's profile as text, to compare the log's with; to be freed. */
static inline char *counted_text(struct ember_profile **profile)
{
	struct ember_tally tally = {};
	char *text;

	ember_normalize_all(&counting, &tally);
	assert_true(tally.here);
	tally.here = false; /* as the log's: this kernel's symbols are none of its */
	text = text_of(&tally, profile);
	ember_tally_free(&tally);
	return text;
}

/* Each line of `part` is one of `whole`, with as many samples at most. */
static inline void assert_within(const char *part, const char *whole)
{
	char *line = strdup(part), *at, *next;

	for (at = line; *at; at = next) {
		const char *found = whole;
		size_t n;

		next = strchr(at, '\n');
		*next++ = 0;
		n = strrchr(at, ' ') - at + 1;
		while (found && (strncmp(found, at, n) ||
				 found[n + strspn(found + n, "0123456789")] != '\n'))
			found = (found = strchr(found, '\n')) ? found + 1 : NULL;
		if (!found)
			print_error("not sampled: %s\n", at);
		assert_non_null(found);
		assert_true(strtoul(at + n, NULL, 10) <= strtoul(found + n, NULL, 10));
	}
	free(line);
}

/* A log and the recording's own profile are the same. */
static inline void assert_same(void)
{
	struct ember_log_account account = {};
	struct ember_profile *straight, *logged;
	char *direct = counted_text(&straight), *back;
	struct ember_tally tally = {};
	const char *why = NULL;
	uint8_t *bytes;
	uint32_t i;
	size_t n;

	bytes = joined(NULL, nr_chunk, &n);
	assert_true(ember_log_is(bytes, n));
	assert_true(ember_log_read(bytes, n, NULL, &tally, &account, &why));
	assert_false(tally.here);
	back = text_of(&tally, &logged);
	assert_string_equal(direct, back);
	assert_int_equal(account.chunks, nr_chunk);
	assert_int_equal(account.skipped_bytes + account.newer + account.wrong +
				 account.twice + account.missing + account.undefined +
				 account.underway + account.unfinished,
			 0);
	assert_int_equal(account.samples, counting.samples - counting.undefined);
	assert_true(logged->nr_sample >= straight->nr_sample); /* a log has the CPU, too */
	assert_int_equal(logged->nr_location, straight->nr_location);
	assert_int_equal(logged->nr_mapping, straight->nr_mapping);
	for (i = 1; i < straight->nr_mapping; i++)
		assert_true(has_mapping(logged, straight, &straight->mapping[i]));
	assert_true(logged->time_ns == straight->time_ns);
	assert_true(logged->duration_ns == straight->duration_ns);
	assert_true(logged->period == straight->period);
	assert_int_equal(logged->skipped, straight->skipped);
	/* What was never defined can't be in the log: it's lost there. */
	assert_int_equal(logged->lost, straight->lost + counting.undefined);
	assert_int_equal(logged->truncated, straight->truncated);
	assert_int_equal(logged->gaps, straight->gaps);
	marked += logged->gaps;
	ember_profile_free(logged);
	ember_profile_free(straight);
	ember_tally_free(&tally);
	free(bytes);
	free(back);
	free(direct);
}

#endif
