// SPDX-License-Identifier: GPL-2.0-or-later
/* What goes through a log comes out as it went in, or is known to be missing. */
#include "tool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "log/crc32c.h"
#include "log/reader.h"
#include "log/writer.h"
#include "model/placing.h"
#include "sink/log.h"
#include "source/file.h"
#include "sink/folded.h"
#include "symbols/naming.h"
#include "symbols/symbols.h"

#define CPUS   2
#define RINGS  (CPUS + 1)
#define CHUNKS 4096

static uint64_t seed;

static uint32_t chance(uint32_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % n;
}

/* ---- a log's chunks, one by one ---- */

static struct {
	uint8_t *bytes;
	uint32_t n;
} chunk[CHUNKS];
static uint32_t nr_chunk;

static void collect(void *context, const void *bytes, uint32_t n)
{
	(void)context;
	assert_true(nr_chunk < CHUNKS);
	chunk[nr_chunk].bytes = malloc(n);
	memcpy(chunk[nr_chunk].bytes, bytes, n);
	chunk[nr_chunk++].n = n;
}

static int drop(void **state)
{
	(void)state;
	while (nr_chunk)
		free(chunk[--nr_chunk].bytes);
	return 0;
}

/* All of them, or those of order[], in a row. */
static uint8_t *joined(const uint32_t *order, uint32_t nr, size_t *n)
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

/* ---- records by chance, into a recording that counts and one that is logged ---- */

static struct ember_recording counting, logging;
static struct ember_log_writer writer;
static bool tidies; /* what the logging one keeps is bounded, at any time */
static uint32_t forgotten; /* times, at least, that the last one forgot what it had told */

static void put(unsigned int ring, uint16_t type, void *record, uint16_t size)
{
	struct ember_record *rec = record;

	rec->type = type;
	rec->size = size;
	ember_recording_record(&counting, ring, rec);
	ember_recording_record(&logging, ring, rec);
}

static void put_thread(unsigned int ring, uint32_t number)
{
	struct ember_rec_thread rec = { .thread = number,
					.tid = 100 + chance(6),
					.tgid = 100 + chance(2),
					.space = chance(4),
					.comm = "thread" };

	rec.comm[5] = 'a' + chance(3);
	put(ring, EMBER_REC_THREAD, &rec, sizeof(rec));
}

static void put_stack(unsigned int ring, uint32_t number, uint32_t most)
{
	struct {
		struct ember_rec_stack s;
		uint64_t frames[EMBER_FRAMES_MAX];
	} rec = { .s = { .stack = number, .end_user = chance(4), .context = chance(30) / 27 } };
	unsigned int i, n;

	rec.s.nr_kernel = chance(3) ? 0 : chance(most / 2);
	rec.s.nr_user = chance(4) ? chance(most / 2) : 0;
	n = rec.s.nr_kernel + rec.s.nr_user;
	for (i = 0; i < n; i++)
		rec.frames[i] = i < rec.s.nr_kernel ? 0xffffffff81000000ull + chance(1 << 24) :
						      chance(8) * 0x100000ull + chance(0x3000);
	put(ring, EMBER_REC_STACK, &rec, sizeof(rec.s) + 8 * n);
}

static void put_file(uint32_t number, uint32_t path_bytes)
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

static void put_generation(uint32_t space, uint32_t generation, uint64_t time, uint32_t files)
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

static void begin(uint32_t most)
{
	struct ember_hello hello = {
		.board = "bench", .boot = "another one", .period_ns = 1000000, .cpus = CPUS
	};

	ember_recording_init(&counting, RINGS, hello.period_ns);
	ember_recording_init(&logging, RINGS, hello.period_ns);
	ember_recording_start(&counting);
	logging.time_ns = counting.time_ns;
	logging.started_ns = counting.started_ns;
	ember_log_begin(&writer, &logging, &hello, most, collect, NULL);
}

static void end(void)
{
	ember_recording_stop(&counting);
	ember_recording_stop(&logging);
	logging.duration_ns = counting.duration_ns;
	ember_log_end(&writer);
	forgotten = writer.stacks.base / (writer.stacks.told + 1);
	ember_log_free(&writer);
}

static void run(uint64_t number, uint32_t records, uint32_t most, uint32_t frames)
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
				ember_log_anew(&writer);
			if (tidies && !chance(10)) {
				writer.tidy_at = 0;
				ember_log_tidy(&writer);
			}
			break;
		default:
			time[cpu] += chance(2000000);
			sample.time = time[cpu];
			put(cpu, EMBER_REC_SAMPLE, &sample, sizeof(sample));
		}
	}
	end();
}

static void over(void)
{
	ember_recording_free(&counting);
	ember_recording_free(&logging);
}

/* ---- what reports are made of ---- */

static char *text_of(const struct ember_tally *t, struct ember_profile **profile)
{
	struct ember_symbols *symbols = ember_symbols_new();
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	*profile = ember_naming_profile(t, symbols);
	ember_symbols_free(symbols);
	ember_sink_folded(out, *profile);
	assert_int_equal(fclose(out), 0);
	return text;
}

static bool has_mapping(const struct ember_profile *p, const struct ember_profile *of,
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

/* What the recording that counted has, for lost samples to be told apart from others. */
static char *counted_text(struct ember_profile **profile)
{
	struct ember_tally tally = {};
	char *text;

	ember_placing_all(&counting, &tally);
	assert_true(tally.here);
	tally.here = false; /* as the log's: this kernel's symbols are none of its */
	text = text_of(&tally, profile);
	ember_tally_free(&tally);
	return text;
}

/* Each line of `part` is one of `whole`, with as many samples at most. */
static void assert_within(const char *part, const char *whole)
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
static void assert_same(void)
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
	assert_true(ember_log_read(bytes, n, &tally, &account, &why));
	assert_false(tally.here);
	back = text_of(&tally, &logged);
	assert_string_equal(direct, back);
	assert_int_equal(account.chunks, nr_chunk);
	assert_int_equal(account.skipped_bytes + account.newer + account.wrong +
				 account.twice + account.missing + account.undefined +
				 account.underway + account.unfinished,
			 0);
	assert_int_equal(account.samples, counting.samples - counting.undefined);
	assert_int_equal(logged->nr_sample, straight->nr_sample);
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
	ember_profile_free(logged);
	ember_profile_free(straight);
	ember_tally_free(&tally);
	free(bytes);
	free(back);
	free(direct);
}

static void test_same(void **state)
{
	uint32_t tidied = 0;
	uint64_t i;

	(void)state;
	for (i = 1; i <= 60; i++) {
		run(i, 1 + chance(4000), chance(2) ? 300 + chance(3000) : 0, 12);
		assert_same();
		over();
		drop(NULL);
	}
	/* What the recorder forgets meanwhile isn't missed. */
	tidies = true;
	for (i = 1; i <= 60; i++) {
		run(i, 4000, 0, 12);
		assert_same();
		tidied += logging.spaces.compacted;
		over();
		drop(NULL);
	}
	tidies = false;
	assert_true(tidied > 300);
	/* More deep stacks than are remembered, which are told anew under other numbers. */
	run(99, 60000, 0, EMBER_FRAMES_MAX);
	assert_true(forgotten > 2);
	assert_same();
	over();
}

/* Paths as long as may be: no chunk is larger than a reader takes. */
static void test_large(void **state)
{
	uint32_t i;

	(void)state;
	seed = 3;
	begin(0);
	for (i = 1; i <= 128; i++)
		put_file(i, EMBER_PATH_MAX - 2);
	for (i = 1; i < 200; i++)
		put_generation(1, i, 1000 * i, 128);
	put(0, EMBER_REC_TIME, &(struct ember_rec_time){ .time = 1 },
	    sizeof(struct ember_rec_time));
	for (i = 0; i < 200; i++) {
		struct ember_rec_thread thread = { .thread = 0, .space = 1, .comm = "long" };
		struct ember_rec_sample sample = { .time = 1000 * i };

		put(0, EMBER_REC_THREAD, &thread, sizeof(thread));
		put_stack(0, 0, EMBER_FRAMES_MAX);
		put(0, EMBER_REC_SAMPLE, &sample, sizeof(sample));
	}
	end();
	for (i = 0; i < nr_chunk; i++)
		assert_true(chunk[i].n <= EMBER_CHUNK_HEADER + EMBER_CHUNK_MAX);
	assert_same();
	over();
}

/* Stacks, threads and mappings of what is gone don't pile up. */
static void test_weeks(void **state)
{
	uint32_t i, stacks = 0, threads = 0, generations = 0;

	(void)state;
	seed = 31;
	begin(0);
	put_file(1, 0);
	put(0, EMBER_REC_TIME, &(struct ember_rec_time){ .time = 1 },
	    sizeof(struct ember_rec_time));
	for (i = 1; i <= 20000; i++) {
		struct ember_rec_thread thread = { .thread = i % 16,
						   .tid = 5000000 + i,
						   .tgid = 5000000 + i,
						   .space = i,
						   .comm = "short" };
		struct ember_rec_space space = { .space = i,
						 .generation = 1,
						 .tgid = 5000000 + i };
		struct ember_rec_map map = {
			.space = i, .start = i * 4096ull, .end = (i + 1) * 4096ull, .file = 1
		};
		struct ember_rec_space_end end = { .space = i, .generation = 1, .maps = 1 };
		struct ember_rec_sample sample = { .time = i * 1000000,
						   .thread = i % 16,
						   .stack = i % 64 };

		space.time = i * 1000000ull;
		put(0, EMBER_REC_THREAD, &thread, sizeof(thread));
		put(RINGS - 1, EMBER_REC_SPACE, &space, sizeof(space));
		put(RINGS - 1, EMBER_REC_MAP, &map, sizeof(map));
		put(RINGS - 1, EMBER_REC_SPACE_END, &end, sizeof(end));
		put_stack(0, i % 64, 40);
		put(0, EMBER_REC_SAMPLE, &sample, sizeof(sample));
		ember_log_tidy(&writer);
		if (logging.stacks.nr > stacks)
			stacks = logging.stacks.nr;
		if (logging.nr_thread > threads)
			threads = logging.nr_thread;
		if (logging.spaces.nr_generation > generations)
			generations = logging.spaces.nr_generation;
	}
	assert_int_equal(counting.nr_thread, 20000);
	assert_int_equal(counting.spaces.nr_generation, 20000);
	assert_true(stacks < 8000 && threads < 8000 && generations < 8000);
	end();
	assert_same();
	over();
}

/* Chunks that are lost, doubled and in another order. */
static void test_losses(void **state)
{
	static const uint32_t percents[] = { 0, 1, 10, 30 };
	uint32_t order[2 * CHUNKS], turn;

	(void)state;
	for (turn = 0; turn < 80; turn++) {
		struct ember_log_account account = {};
		struct ember_profile *straight, *logged;
		struct ember_tally tally = {};
		uint32_t i, nr = 0, last = 0;
		const char *why = NULL;
		char *direct, *back;
		uint64_t sent = 0;
		uint8_t *bytes;
		bool got;
		size_t n;

		run(1000 + turn, 3000, 400, 12);
		direct = counted_text(&straight);
		for (i = 0; i < nr_chunk; i++) {
			if (chance(100) < percents[turn % 4])
				continue;
			order[nr++] = i;
			last = i;
			if (!chance(10))
				order[nr++] = i;
		}
		for (i = 1; i < nr; i++) {
			uint32_t with = i - chance(i > 5 ? 6 : i), was = order[i];

			order[i] = order[with];
			order[with] = was;
		}
		bytes = joined(order, nr, &n);
		got = ember_log_read(bytes, n, &tally, &account, &why);
		/* Without a HELLO there's no telling what samples stand for. */
		assert_true(got || strstr(why, "HELLO"));
		if (got) {
			back = text_of(&tally, &logged);
			assert_within(back, direct);
			if (last == nr_chunk - 1)
				sent = counting.samples - counting.undefined;
			if (sent)
				assert_int_equal(account.samples + account.undefined +
							 account.underway + account.before,
						 sent);
			if (nr_chunk - account.missing == nr_chunk)
				assert_int_equal(account.underway + account.undefined, 0);
			if (!percents[turn % 4])
				assert_string_equal(back, direct);
			ember_profile_free(logged);
			free(back);
		}
		ember_profile_free(straight);
		ember_tally_free(&tally);
		free(bytes);
		free(direct);
		over();
		drop(NULL);
	}
}

/* Cut off anywhere: what's before is whole, and what's behind is told of. */
static void test_torn(void **state)
{
	uint64_t before = 0;
	uint8_t *bytes;
	uint32_t at = 0, whole = 0;
	size_t n, cut;

	(void)state;
	run(7, 1500, 600, 6);
	bytes = joined(NULL, nr_chunk, &n);
	for (cut = 0; cut <= n; cut++) {
		struct ember_log_account account = {};
		struct ember_tally tally = {};
		const char *why = NULL;
		uint8_t *part = malloc(cut ? cut : 1);

		memcpy(part, bytes, cut);
		while (whole < nr_chunk && at + chunk[whole].n <= cut)
			at += chunk[whole++].n;
		assert_int_equal(ember_log_read(part, cut, &tally, &account, &why), whole > 0);
		assert_int_equal(account.chunks, whole);
		assert_int_equal(account.torn_bytes, cut - at);
		assert_true(account.samples >= before);
		assert_int_equal(account.unfinished, whole && whole < nr_chunk);
		before = account.samples;
		ember_tally_free(&tally);
		free(part);
	}
	assert_int_equal(before, counting.samples - counting.undefined);
	free(bytes);
	over();
}

/* One bit turned, anywhere: one chunk is missing, and nothing is wrong. */
static void test_turned(void **state)
{
	struct ember_profile *straight, *logged;
	char *direct, *back;
	uint8_t *bytes;
	uint32_t turn;
	size_t n;

	(void)state;
	run(8, 1500, 600, 6);
	direct = counted_text(&straight);
	bytes = joined(NULL, nr_chunk, &n);
	for (turn = 0; turn < 200; turn++) {
		size_t at = chance(n), bit = 1 << chance(8);
		struct ember_log_account account = {};
		struct ember_tally tally = {};
		const char *why = NULL;

		bytes[at] ^= bit;
		if (ember_log_read(bytes, n, &tally, &account, &why)) {
			assert_int_equal(account.chunks, nr_chunk - 1);
			assert_true(account.skipped_bytes > 0);
			back = text_of(&tally, &logged);
			assert_within(back, direct);
			ember_profile_free(logged);
			free(back);
		}
		ember_tally_free(&tally);
		bytes[at] ^= bit;
	}
	ember_profile_free(straight);
	free(direct);
	free(bytes);
	over();
}

static void test_chunks(void **state)
{
	static const char text[] = "as it was, as it was, as it was, as it was";
	struct ember_packer *packer = ember_packer_new();
	struct ember_proto to = {}, room = {};
	struct ember_chunk c;
	uint64_t skipped;
	uint32_t n;
	size_t at = 0;

	(void)state;
	/* RFC 3720, B.4, and the usual one. */
	assert_int_equal(ember_crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(ember_crc32c(ember_crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
	memcpy(ember_proto_room(&to, 3), "abc", 3);
	to.used = 3;
	ember_chunk_pack(packer, 7, 8, text, sizeof(text), &to);
	ember_chunk_pack(packer, 7, 9, "", 0, &to);
	assert_true(ember_chunk_next(to.bytes, to.used, &at, &c, &skipped));
	assert_int_equal(skipped, 3);
	assert_int_equal(c.stream, 7);
	assert_int_equal(c.sequence, 8);
	assert_int_equal(c.flags, EMBER_CHUNK_DEFLATED);
	assert_true(c.n < sizeof(text));
	assert_string_equal(ember_chunk_plain(&c, &room, &n), text);
	assert_int_equal(n, sizeof(text));
	/* One that lies about being packed. */
	c.payload = (const uint8_t *)text;
	assert_null(ember_chunk_plain(&c, &room, &n));
	assert_true(ember_chunk_next(to.bytes, to.used, &at, &c, &skipped));
	assert_int_equal(c.sequence, 9);
	assert_int_equal(c.flags, 0);
	assert_false(ember_chunk_next(to.bytes, to.used, &at, &c, &skipped));
	free(to.bytes);
	free(room.bytes);
	ember_packer_free(packer);
}

/* What unpacks to more than may be. */
static void test_bomb(void **state)
{
	struct ember_packer *packer = ember_packer_new();
	uint8_t *zeros = calloc(1, 8 * EMBER_CHUNK_MAX);
	struct ember_proto to = {}, room = {};
	struct ember_chunk c;
	uint64_t skipped;
	size_t at = 0;
	uint32_t n;

	(void)state;
	ember_chunk_pack(packer, 1, 1, zeros, EMBER_CHUNK_MAX, &to);
	ember_chunk_pack(packer, 1, 1, zeros, 8 * EMBER_CHUNK_MAX, &to);
	assert_true(ember_chunk_next(to.bytes, to.used, &at, &c, &skipped));
	assert_non_null(ember_chunk_plain(&c, &room, &n));
	assert_int_equal(n, EMBER_CHUNK_MAX);
	assert_true(ember_chunk_next(to.bytes, to.used, &at, &c, &skipped));
	assert_null(ember_chunk_plain(&c, &room, &n));
	assert_true(room.size <= 4 * EMBER_CHUNK_MAX);
	free(zeros);
	free(to.bytes);
	free(room.bytes);
	ember_packer_free(packer);
}

/* ---- logs in a folder ---- */

static uint64_t folder_bytes(const char *path, uint32_t *nr)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	uint64_t bytes = 0;
	struct stat st;

	assert_non_null(dir);
	for (*nr = 0; (entry = readdir(dir));)
		if (!fstatat(dirfd(dir), entry->d_name, &st, 0) && S_ISREG(st.st_mode)) {
			bytes += st.st_size;
			++*nr;
		}
	closedir(dir);
	return bytes;
}

/* Samples of deep stacks that are all new, into a folder that is looked at meanwhile. */
static uint64_t fill(const struct ember_log_where *where, uint32_t samples, uint64_t most)
{
	struct ember_log_sink sink = {};
	uint32_t i, nr;
	uint64_t sent;

	ember_recording_init(&counting, RINGS, 1000000);
	ember_recording_init(&logging, RINGS, 1000000);
	ember_recording_start(&logging);
	assert_int_equal(ember_log_sink_open(&sink, where), 0);
	ember_log_sink_begin(&sink, &logging, 1);
	put(0, EMBER_REC_TIME, &(struct ember_rec_time){ .time = 1 },
	    sizeof(struct ember_rec_time));
	put_thread(0, 0);
	for (i = 0; i < samples; i++) {
		struct ember_rec_sample sample = { .time = 1000000 * i };

		put_stack(0, 0, EMBER_FRAMES_MAX);
		put(0, EMBER_REC_SAMPLE, &sample, sizeof(sample));
		if (i % 64)
			continue;
		ember_log_sink_turn(&sink);
		assert_true(folder_bytes(where->path, &nr) <= most);
	}
	ember_recording_stop(&logging);
	sent = sink.writer.sent;
	ember_log_sink_end(&sink);
	over();
	return sent;
}

/* Never more than may be kept; the oldest go; each is read alone. */
static void test_folder(void **state)
{
	char *path = strdup(tool_path("folder")), name[300];
	const struct ember_log_where where = { .path = path,
					       .flush_ns = 1,
					       .keep = 512 << 10 };
	uint64_t last = 0, sent;
	uint32_t nr, i, read = 0;

	(void)state;
	seed = 21;
	mkdir(path, 0755);
	sent = fill(&where, 20000, where.keep);
	assert_true(folder_bytes(path, &nr) > where.keep / 2);
	assert_true(nr >= 4 && nr <= 12);
	for (i = 1; i < 1000; i++) {
		struct ember_log_account account = {};
		struct ember_tally tally = {};
		const char *why;
		uint8_t *bytes;
		size_t n;

		snprintf(name, sizeof(name), "%s/%08u.ember", path, i);
		if (access(name, R_OK)) {
			assert_int_equal(read == 0 || read == nr, true);
			continue;
		}
		read++;
		bytes = ember_source_slurp(name, &n);
		assert_non_null(bytes);
		assert_true(ember_log_read(bytes, n, &tally, &account, &why));
		assert_int_equal(account.skipped_bytes + account.missing + account.undefined,
				 0);
		assert_true(account.samples > 0);
		if (last)
			assert_int_equal(account.before, last);
		last = account.before + account.samples;
		ember_tally_free(&tally);
		free(bytes);
	}
	assert_int_equal(read, nr);
	assert_int_equal(last, sent);
	/* Another life goes on behind it, within the same bound. */
	fill(&where, 3000, where.keep);
	snprintf(name, sizeof(name), "%s/00000001.ember", path);
	assert_int_not_equal(access(name, R_OK), 0);
	free(path);
}

/* One that dies and is started again, and again, doesn't write more than it may in a day. */
static void test_budget(void **state)
{
	char *path = strdup(tool_path("budget"));
	const struct ember_log_where where = {
		.path = path, .flush_ns = 1, .keep = 64 << 20, .per_day = 1 << 20
	};
	const struct ember_log_where free_of_it = { .path = path,
						    .flush_ns = 1,
						    .keep = 64 << 20 };
	uint64_t bytes = 0;
	uint32_t nr, i;

	(void)state;
	seed = 22;
	mkdir(path, 0755);
	for (i = 0; i < 30; i++)
		fill(&where, 400, UINT64_MAX);
	bytes = folder_bytes(path, &nr);
	print_message("%u logs, %llu bytes of %llu\n", nr, (unsigned long long)bytes,
		      (unsigned long long)where.per_day / 2);
	assert_true(bytes > where.per_day / 4);
	assert_true(bytes <= where.per_day / 2);
	/* It's that which holds them back. */
	fill(&free_of_it, 20000, UINT64_MAX);
	assert_true(folder_bytes(path, &nr) > where.per_day / 2);
	free(path);
}

/* What was published once is read for ever. */
static void test_vector(void **state)
{
	uint8_t *bytes = (uint8_t *)tool_read("doc/log-vectors/small.ember");
	struct ember_log_account account = {};
	struct ember_tally tally = {};
	struct ember_profile *p;
	const char *why;
	char *text;

	(void)state;
	assert_true(ember_log_read(bytes, 286, &tally, &account, &why));
	assert_int_equal(account.chunks, 2);
	assert_int_equal(account.skipped_bytes + account.missing + account.underway, 0);
	assert_true(tally.period_ns == 10000000);
	assert_true(tally.time_ns == 1764000000000000000);
	assert_true(tally.duration_ns == 100000000);
	assert_int_equal(tally.lost, 2);
	assert_int_equal(tally.skipped, 1);
	assert_int_equal(tally.file[0].build_id_bytes, 20);
	text = text_of(&tally, &p);
	assert_string_equal(
		text, "work;[work+0x2344];[work+0x1234] 7\n"
		      "work;[work+0x2344];[work+0x1234];[kernel+0xffffffff81234567]_[k] 3\n");
	ember_profile_free(p);
	ember_tally_free(&tally);
	free(bytes);
	free(text);
}

/* A full disk: the file stays whole, and goes on when there's room again. */
static void test_full(void **state)
{
	char *path = tool_path("full.ember"), *text;
	struct ember_logfile f;
	uint8_t piece[1000];

	(void)state;
	memset(piece, 'x', sizeof(piece));
	assert_int_equal(ember_logfile_open(&f, path, false), 0);
	ember_logfile_chunk(&f, piece, sizeof(piece));
	ember_logfile_flush(&f);
	assert_int_equal(f.bytes, 1000);
	/* It can't be written to any more: as when a file system became read-only. */
	close(f.fd);
	f.fd = open(path, O_RDONLY);
	ember_logfile_chunk(&f, piece, sizeof(piece));
	ember_logfile_flush(&f);
	assert_true(f.failing);
	close(f.fd);
	f.fd = open(path, O_WRONLY);
	assert_int_equal(lseek(f.fd, 0, SEEK_END), 1000);
	memset(piece, 'y', sizeof(piece));
	ember_logfile_chunk(&f, piece, sizeof(piece));
	ember_logfile_flush(&f);
	assert_false(f.failing);
	assert_int_equal(ember_logfile_close(&f), 0);
	text = tool_read(path);
	assert_int_equal(strlen(text), 3000);
	assert_int_equal(strspn(text, "x"), 2000);
	free(text);
}

#define test(name) cmocka_unit_test_teardown(name, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_chunks), test(test_bomb),   test(test_same),	 test(test_large),
		test(test_weeks),  test(test_losses), test(test_torn),	 test(test_turned),
		test(test_full),   test(test_vector), test(test_folder), test(test_budget),
	};

	return cmocka_run_group_tests_name("tool_log", tests, NULL, tool_clean);
}
