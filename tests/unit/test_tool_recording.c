// SPDX-License-Identifier: GPL-2.0-or-later
/* From records to counts: times, generations of mappings, ring numbers, nonsense. */
#include "tool.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "model/normalize.h"
#include "model/recording.h"
#include "symbolize/naming.h"
#include "symbolize/symbols.h"

#define SECOND 1000000000ull
#define RINGS  3 /* the last has definitions */

static struct ember_recording r;

static int setup(void **state)
{
	(void)state;
	ember_recording_init(&r, RINGS, 10000000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ember_recording_free(&r);
	return 0;
}

static void put(unsigned int ring, uint16_t type, void *record, uint16_t size)
{
	struct ember_record *rec = record;

	rec->type = type;
	rec->size = size;
	ember_recording_record(&r, ring, rec);
}

static void put_time(unsigned int ring, uint64_t time)
{
	struct ember_rec_time rec = { .time = time };

	put(ring, EMBER_REC_TIME, &rec, sizeof(rec));
}

static void put_thread(unsigned int ring, uint32_t number, uint32_t tid, uint32_t space)
{
	struct ember_rec_thread rec = {
		.thread = number, .tid = tid, .tgid = tid, .space = space, .comm = "thread"
	};

	put(ring, EMBER_REC_THREAD, &rec, sizeof(rec));
}

static void put_stack(unsigned int ring, uint32_t number, uint64_t kernel, uint64_t user)
{
	struct {
		struct ember_rec_stack s;
		uint64_t frames[2];
	} rec = { .s = { .stack = number,
			 .nr_kernel = kernel != 0,
			 .nr_user = user != 0,
			 .end_user = EMBER_END_WHOLE } };
	unsigned int n = 0;

	if (kernel)
		rec.frames[n++] = kernel;
	if (user)
		rec.frames[n++] = user;
	put(ring, EMBER_REC_STACK, &rec, sizeof(rec.s) + 8 * n);
}

static void put_sample(unsigned int ring, uint64_t time, uint32_t thread, uint32_t stack)
{
	struct ember_rec_sample rec = { .time = time, .thread = thread, .stack = stack };

	put(ring, EMBER_REC_SAMPLE, &rec, sizeof(rec));
}

static void put_file(uint32_t number, const char *path)
{
	struct {
		struct ember_rec_file f;
		char path[256];
	} rec = { .f = { .file = number, .path_bytes = strlen(path) } };
	struct stat st;

	/* Without a build-id a file is known by these. */
	if (!stat(path, &st)) {
		rec.f.dev_major = major(st.st_dev);
		rec.f.dev_minor = minor(st.st_dev);
		rec.f.ino = st.st_ino;
	}
	strcpy(rec.path, path);
	put(RINGS - 1, EMBER_REC_FILE, &rec, sizeof(rec.f) + (strlen(path) + 8) / 8 * 8);
}

static void put_space(uint32_t space, uint32_t generation, uint64_t time)
{
	struct ember_rec_space rec = { .space = space,
				       .generation = generation,
				       .time = time };

	put(RINGS - 1, EMBER_REC_SPACE, &rec, sizeof(rec));
}

static void put_map(uint32_t space, uint64_t start, uint64_t end, uint64_t offset,
		    uint32_t file)
{
	struct ember_rec_map rec = {
		.space = space, .start = start, .end = end, .offset = offset, .file = file
	};

	put(RINGS - 1, EMBER_REC_MAP, &rec, sizeof(rec));
}

static void put_end(uint32_t space, uint32_t generation, uint32_t maps)
{
	struct ember_rec_space_end rec = { .space = space,
					   .generation = generation,
					   .maps = maps };

	put(RINGS - 1, EMBER_REC_SPACE_END, &rec, sizeof(rec));
}

/* A generation with one mapping, 0x1000 to 0x2000, of `file`; file 0: with none. */
static void put_generation(uint32_t space, uint32_t generation, uint64_t time, uint32_t file)
{
	put_space(space, generation, time);
	if (file)
		put_map(space, 0x1000, 0x2000, 0, file);
	put_end(space, generation, file != 0);
}

/* Samples of a pc whose mapping is `file`'s; 0: that have none. */
static uint64_t counted(uint64_t pc, uint32_t file)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < r.counts.nr; i++) {
		const struct ember_map *map;
		struct ember_stack stack;

		ember_stacks_get(&r.stacks, r.counts.count[i].stack, &stack);
		if (!stack.nr_user || stack.frames[stack.nr_kernel] != pc)
			continue;
		map = ember_spaces_map(&r.spaces, r.counts.count[i].at, pc);
		if ((map ? map->file : 0) == file)
			n += r.counts.count[i].samples;
	}
	return n;
}

static uint64_t all_counted(void)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < r.counts.nr; i++)
		n += r.counts.count[i].samples;
	return n;
}

/* Each sample has the file that was mapped at its time, however late the mapping is defined. */
static void test_generations(void **state)
{
	uint64_t t = 10 * SECOND;

	(void)state;
	put_file(1, "/a");
	put_file(2, "/b");
	put_time(0, t);
	put_thread(0, 0, 100, 1);
	put_stack(0, 0, 0, 0x1500);
	put_sample(0, t, 0, 0); /* before the first: /a, backwards */
	put_generation(1, 1, t + 10, 1);
	put_sample(0, t + 20, 0, 0); /* /a */
	put_sample(0, t + SECOND, 0, 0); /* /b, defined below */
	put_sample(0, t + SECOND + 5, 0, 0); /* /b */
	put_generation(1, 2, t + SECOND - 1, 2);
	put_sample(0, t + SECOND - 2, 0, 0); /* /a */
	put_generation(1, 3, t + 2 * SECOND, 1);
	put_sample(0, t + 2 * SECOND + 1, 0, 0); /* /a again */
	put_sample(0, t + SECOND + 9, 0, 0); /* /b */
	ember_recording_stop(&r);
	assert_int_equal(counted(0x1500, 1), 4);
	assert_int_equal(counted(0x1500, 2), 3);
	assert_int_equal(r.ignored, 0);
}

/* Generations may come in another order than their times. */
static void test_generations_order(void **state)
{
	(void)state;
	put_generation(5, 2, 200, 2);
	put_generation(5, 3, 300, 3);
	put_generation(5, 1, 100, 1);
	put_time(0, 100);
	put_thread(0, 0, 100, 5);
	put_stack(0, 0, 0, 0x1500);
	put_sample(0, 99, 0, 0);
	put_sample(0, 100, 0, 0);
	put_sample(0, 250, 0, 0);
	put_sample(0, 300, 0, 0);
	put_sample(0, 301, 0, 0);
	ember_recording_stop(&r);
	assert_int_equal(counted(0x1500, 1), 2);
	assert_int_equal(counted(0x1500, 2), 1);
	assert_int_equal(counted(0x1500, 3), 2);
}

/* A library that was loaded a moment ago is in the next generation, but not further. */
static void test_next_generation(void **state)
{
	(void)state;
	put_time(0, 100);
	put_thread(0, 0, 100, 1);
	put_thread(0, 1, 101, 2);
	put_stack(0, 0, 0, 0x1500);
	put_generation(1, 1, 100, 0);
	put_generation(1, 2, 200, 1);
	put_sample(0, 150, 0, 0);
	/* In space 2 it was gone again by 200: what is there at 300 is another one. */
	put_generation(2, 1, 100, 0);
	put_generation(2, 2, 200, 0);
	put_generation(2, 3, 300, 2);
	put_sample(0, 150, 1, 0);
	put_sample(0, 250, 1, 0);
	ember_recording_stop(&r);
	assert_int_equal(counted(0x1500, 1), 1);
	assert_int_equal(counted(0x1500, 2), 1);
	assert_int_equal(counted(0x1500, 0), 1);
}

/* A generation that didn't come whole is as if it had never been. */
static void test_incomplete(void **state)
{
	(void)state;
	put_time(0, 100);
	put_thread(0, 0, 100, 1);
	put_stack(0, 0, 0, 0x1500);
	put_generation(1, 1, 100, 1);
	put_space(1, 2, 200);
	put_map(1, 0x1000, 0x2000, 0, 2);
	put_end(1, 2, 2); /* one is missing */
	put_space(1, 2, 210);
	put_map(1, 0x1000, 0x2000, 0, 2); /* no end: */
	put_generation(1, 2, 220, 3);
	put_sample(0, 205, 0, 0);
	put_sample(0, 215, 0, 0);
	put_sample(0, 225, 0, 0);
	ember_recording_stop(&r);
	assert_int_equal(counted(0x1500, 1), 2);
	assert_int_equal(counted(0x1500, 3), 1);
	assert_int_equal(r.spaces.incomplete, 2);
	assert_int_equal(r.ignored, 0);
}

/* Low halves go on where the last time was, past 2^32, and a little back. */
static void test_times(void **state)
{
	uint64_t t = (7ull << 32) - 100;

	(void)state;
	put_thread(0, 0, 100, 1);
	put_stack(0, 0, 0, 0x1500);
	put_generation(1, 1, 0, 1);
	put_generation(1, 2, t + 100, 2);
	put_time(0, t);
	put_sample(0, t + 1, 0, 0); /* /1 */
	put_sample(0, t + 101, 0, 0); /* /2, its low half came round */
	put_sample(0, t + 99, 0, 0); /* /1 */
	put_sample(0, t + 102, 0, 0); /* /2 */
	put_time(0, t + (9ull << 32));
	put_sample(0, t + (9ull << 32) + 5, 0, 0);
	assert_true(r.ring[0].time == t + (9ull << 32) + 5);
	ember_recording_stop(&r);
	assert_int_equal(counted(0x1500, 1), 2);
	assert_int_equal(counted(0x1500, 2), 3);
}

/* Numbers are a ring's own, and the latest definition holds. */
static void test_numbers(void **state)
{
	(void)state;
	put_time(0, 100);
	put_time(1, 100);
	put_thread(0, 3, 100, 0);
	put_thread(1, 3, 200, 0);
	put_stack(0, 9, 0, 0x1111);
	put_stack(1, 9, 0, 0x2222);
	put_sample(0, 100, 3, 9);
	put_sample(1, 100, 3, 9);
	put_stack(0, 9, 0, 0x2222);
	put_thread(0, 3, 200, 0);
	put_sample(0, 101, 3, 9); /* the same as ring 1's */
	put_sample(0, 101, 4, 9); /* neither was defined */
	put_sample(0, 101, 3, 10);
	ember_recording_stop(&r);
	assert_int_equal(counted(0x1111, 0), 1);
	assert_int_equal(counted(0x2222, 0), 2);
	assert_int_equal(r.counts.nr, 2);
	assert_int_equal(r.nr_thread, 2);
	assert_int_equal(r.stacks.nr, 2);
	assert_int_equal(r.samples, 5);
	assert_int_equal(r.undefined, 2);
}

/* Frames come back as they were, packed small where they are alike. */
static void test_packing(void **state)
{
	struct ember_stack stack = { .nr_kernel = 28,
				     .nr_user = 100,
				     .vector = 3,
				     .end_user = EMBER_END_DEPTH },
			   back;
	struct ember_blob_table *s = &r.stacks;
	unsigned int i, turn;

	(void)state;
	srand(7);
	for (turn = 0; turn < 200; turn++) {
		for (i = 0; i < EMBER_FRAMES_MAX; i++)
			stack.frames[i] = turn % 2 ? 0x7f0012000000ull + rand() % 0x200000 :
						     (uint64_t)rand() << 40 ^
							     (uint64_t)rand() << 20 ^ rand();
		assert_int_equal(ember_stacks_add(s, &stack), turn);
		assert_int_equal(ember_stacks_add(s, &stack), turn);
		ember_stacks_get(s, turn, &back);
		assert_memory_equal(&stack, &back, sizeof(stack));
		assert_true(ember_stacks_user(s, turn));
		if (turn % 2)
			assert_true(s->at[turn + 1] - s->at[turn] < 4 * 128);
	}
	for (i = 0; i < EMBER_FRAMES_MAX; i++)
		stack.frames[i] = i % 2 ? UINT64_MAX : 0;
	ember_stacks_get(s, ember_stacks_add(s, &stack), &back);
	assert_memory_equal(&stack, &back, sizeof(stack));
}

static bool is_first(const void *context, uint32_t space, uint32_t tgid)
{
	(void)context;
	(void)tgid;
	return space == 1;
}

static uint32_t file_at(uint32_t space, uint64_t time)
{
	const struct ember_map *map =
		ember_spaces_map(&r.spaces, ember_spaces_at(&r.spaces, space, time), 0x1500);

	return map ? map->file : 0;
}

/* What held at a time is kept, and what came later, of spaces that are wanted. */
static void test_compact(void **state)
{
	(void)state;
	put_generation(1, 1, 100, 1);
	put_generation(2, 1, 100, 1);
	put_generation(1, 3, 300, 3);
	put_generation(1, 2, 200, 2);
	ember_spaces_compact(&r.spaces, 250, is_first, NULL);
	assert_int_equal(r.spaces.nr_generation, 2);
	assert_int_equal(r.spaces.nr_map, 2);
	assert_int_equal(file_at(1, 250), 2);
	assert_int_equal(file_at(1, 350), 3);
	assert_int_equal(ember_spaces_at(&r.spaces, 2, 350), EMBER_NO_NUMBER);
	/* Definitions continue as before, even if compaction comes in the middle of one. */
	put_space(1, 4, 400);
	put_map(1, 0x1000, 0x2000, 0, 4);
	ember_spaces_compact(&r.spaces, 350, is_first, NULL);
	put_end(1, 4, 1);
	put_generation(2, 2, 400, 2);
	assert_int_equal(file_at(1, 390), 3);
	assert_int_equal(file_at(1, 400), 4);
	assert_int_equal(file_at(2, 400), 2);
	assert_int_equal(r.spaces.nr_generation, 3);
	assert_int_equal(r.ignored + r.spaces.incomplete, 0);
}

/* More samples than may wait: none is lost, each is counted once. */
static void test_many(void **state)
{
	unsigned int i;

	(void)state;
	put_time(0, SECOND);
	put_thread(0, 0, 100, 1);
	for (i = 0; i < 10; i++)
		put_stack(0, i, 0, 0x1000 + i);
	put_generation(1, 1, 1, 1);
	for (i = 0; i < 50000; i++)
		put_sample(0, SECOND + 1000 * i, 0, i % 10);
	assert_int_equal(r.pending_size, 8192);
	ember_recording_stop(&r);
	assert_int_equal(all_counted(), 50000);
	assert_int_equal(counted(0x1003, 1), 5000);
	assert_int_equal(r.counts.nr, 10);
}

/* All up to a time, also where a ring's young ones are before another's old ones. */
static void test_settle(void **state)
{
	unsigned int ring, i;

	(void)state;
	for (ring = 0; ring < 2; ring++) {
		put_time(ring, SECOND);
		put_thread(ring, 0, 1, 1);
		for (i = 0; i < 10; i++)
			put_stack(ring, i, 0, 0x1000 + i);
	}
	for (ring = 0; ring < 2; ring++)
		for (i = 0; i < 200; i++)
			put_sample(ring, SECOND + 1000 * i, 0, i % 10);
	ember_recording_resolve(&r, SECOND - 1);
	assert_int_equal(all_counted(), 0);
	put_generation(1, 1, 1, 1);
	ember_recording_resolve(&r, SECOND + 1000 * 99);
	assert_int_equal(all_counted(), 200);
	assert_int_equal(r.nr_pending, 200);
	assert_int_equal(r.counts.nr, 10);
	ember_recording_resolve(&r, SECOND + 1000 * 199);
	assert_int_equal(all_counted(), 400);
	assert_int_equal(counted(0x1003, 1), 40);
	assert_int_equal(r.nr_pending, 0);
}

static void test_losses(void **state)
{
	struct ember_rec_lost lost = { .lost = 3, .skipped = 4 };

	(void)state;
	put(0, EMBER_REC_LOST, &lost, sizeof(lost));
	put(1, EMBER_REC_LOST, &lost, sizeof(lost));
	assert_int_equal(r.lost, 6);
	assert_int_equal(r.skipped, 8);
}

/* Each kind of nonsense is left out, and counted. */
static void test_nonsense(void **state)
{
	struct {
		struct ember_rec_stack s;
		uint64_t frames[200];
	} stack = { .s = { .stack = 1, .nr_user = 2 } };
	struct {
		struct ember_rec_file f;
		char path[16];
	} file = { .f = { .file = 1, .path_bytes = 17 } };
	struct ember_rec_sample sample = {};
	unsigned int type;

	(void)state;
	put(0, EMBER_REC_STACK, &stack, sizeof(stack.s) + 8); /* half of it */
	assert_int_equal(r.ignored, 1);
	stack.s.nr_user = 200; /* too deep */
	put(0, EMBER_REC_STACK, &stack, sizeof(stack));
	assert_int_equal(r.ignored, 2);
	stack.s.nr_user = 2;
	stack.s.stack = 1u << 31; /* no such slot */
	put(0, EMBER_REC_STACK, &stack, sizeof(stack));
	put_thread(0, UINT32_MAX, 1, 1);
	assert_int_equal(r.ignored, 4);
	put(2, EMBER_REC_FILE, &file, sizeof(file)); /* a path past its end */
	file.f.path_bytes = 3;
	file.f.build_id_bytes = 21;
	put(2, EMBER_REC_FILE, &file, sizeof(file));
	file.f.build_id_bytes = 0;
	file.f.file = 1u << 30;
	put(2, EMBER_REC_FILE, &file, sizeof(file));
	assert_int_equal(r.ignored, 7);
	put_space(1u << 30, 1, 1);
	put_space(0, 1, 1);
	put_map(1, 0x1000, 0x2000, 0, 1); /* no SPACE before it */
	put_end(1, 1, 0);
	assert_int_equal(r.ignored, 11);
	put_space(1, 1, 1);
	put_map(1, 0x2000, 0x1000, 0, 1);
	put_end(1, 7, 0);
	assert_int_equal(r.ignored, 13);
	put(RINGS, EMBER_REC_SAMPLE, &sample, sizeof(sample)); /* no such ring */
	assert_int_equal(r.ignored, 14);
	for (type = EMBER_REC_TIME; type <= EMBER_REC_SPACE_END; type++)
		put(0, type, &stack, 8); /* too short */
	assert_int_equal(r.ignored, 23);
	put(0, 999, &stack, 8); /* unknown: skipped */
	assert_int_equal(r.ignored, 23);
	assert_int_equal(all_counted(), 0);
}

/* Any bytes at all: sanitizers watch, and what was counted adds up. */
static void test_random(void **state)
{
	uint64_t buffer[64];
	unsigned int turn, i;

	(void)state;
	srand(11);
	for (turn = 0; turn < 40000; turn++) {
		uint8_t *bytes = (uint8_t *)buffer;
		size_t at = 0;

		for (i = 0; i < sizeof(buffer) / 4; i++)
			((uint32_t *)buffer)[i] = rand() % 9 ? rand() % 3 : rand();
		/* Mostly headers that hold together. */
		while (at < sizeof(buffer)) {
			struct ember_record *rec = (void *)(bytes + at);

			if (rand() % 50)
				*rec = (struct ember_record){ rand() % 11,
							      8 * (1 + rand() % 12) };
			at += rec->size && rec->size % 8 == 0 ? rec->size : 8;
		}
		ember_recording_bytes(&r, rand() % RINGS, buffer, sizeof(buffer));
	}
	ember_recording_stop(&r);
	assert_true(r.ignored > 0);
	/* Sense among it, too. */
	assert_true(r.spaces.nr_generation > 0 && r.counts.nr > 0);
	assert_int_equal(all_counted(), r.samples - r.undefined);
}

extern const char __executable_start;

__attribute__((noinline)) static int landmark(int n)
{
	return n * 3 + 1;
}

/* Read this program's mapping of landmark() from /proc/self/maps. */
static void own_mapping(uint64_t *start, uint64_t *end, uint64_t *offset, char path[256])
{
	uint64_t at = (uintptr_t)landmark;
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %255s", start, end, offset, path) ==
			    4 &&
		    at >= *start && at < *end)
			break;
	fclose(maps);
	assert_true(at >= *start && at < *end);
}

/* Two processes of one binary at different places: one mapping, one location, named. */
static void test_naming(void **state)
{
	uint64_t start, end, offset, pc = (uintptr_t)landmark, shift = 0x10000000;
	struct {
		struct ember_rec_stack s;
		uint64_t frames[5];
	} deep = { .s = { .stack = 3, .nr_user = 5, .end_user = EMBER_END_WHOLE },
		   .frames = { 0x10, 0x20, pc + 1, 7, 0x3000000007 } },
	  gaps = { .s = { .stack = 4, .nr_user = 1, .end_user = EMBER_END_GAPS },
		   .frames = { pc } };
	struct ember_symbols *symbols;
	struct ember_tally tally = {};
	struct ember_profile *p;
	char path[256];

	(void)state;
	landmark(1);
	own_mapping(&start, &end, &offset, path);
	symbols = ember_symbols_new();
	ember_recording_look(&r);
	put_file(1, path);
	put_time(0, SECOND);
	put_thread(0, 0, 100, 1);
	put_thread(0, 1, 200, 2);
	put_space(1, 1, 1);
	put_map(1, start, end, offset, 1);
	put_end(1, 1, 1);
	put_space(2, 1, 1);
	put_map(2, start + shift, end + shift, offset, 1);
	put_end(2, 1, 1);
	put_stack(0, 0, 0, pc);
	put_stack(0, 1, 0, pc + shift);
	put_stack(0, 2, 0, 0x10);
	put_sample(0, SECOND + 1, 0, 0);
	put_sample(0, SECOND + 2, 1, 1);
	put_sample(0, SECOND + 3, 1, 2);
	put(0, EMBER_REC_STACK, &deep, sizeof(deep));
	put_sample(0, SECOND + 4, 0, 3);
	put(0, EMBER_REC_STACK, &gaps, sizeof(gaps.s) + 8);
	put_sample(0, SECOND + 5, 0, 4);
	put_sample(0, SECOND + 6, 0, 4);
	ember_recording_stop(&r);
	/* These times are made up: it's there since the recording began. */
	r.spaces.file[1].seen_ns = 0;
	ember_normalize_all(&r, &tally);
	p = ember_naming_profile(&tally, symbols);
	ember_symbols_free(symbols);
	ember_tally_free(&tally);
	assert_int_equal(p->nr_sample, 4);
	assert_int_equal(p->frame[p->sample[0].first_frame],
			 p->frame[p->sample[1].first_frame]);
	assert_int_equal(p->nr_mapping, 2);
	assert_string_equal(ember_text(p, p->mapping[1].file), path);
	assert_true(p->location[1].address >= p->mapping[1].start &&
		    p->location[1].address < p->mapping[1].limit);
	/* As `nm` has it: from the first mapping of the file on. */
	assert_true(p->location[1].address == pc - (uintptr_t)&__executable_start);
	assert_int_equal(p->location[1].nr_lines, 1);
	assert_string_equal(ember_text(p, p->function[p->line[0].function].name), "landmark");
	/* In no mapping: no name, and none is made up. */
	assert_int_equal(p->location[p->frame[p->sample[2].first_frame]].nr_lines, 0);
	/* Outermost frames in no mapping are none. */
	assert_int_equal(p->sample[3].nr_frames, 3);
	assert_int_equal(p->truncated, 1);
	assert_int_equal(p->gaps, 2);
	ember_profile_free(p);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_generations),	    test(test_generations_order),
		test(test_next_generation), test(test_incomplete),
		test(test_times),	    test(test_numbers),
		test(test_packing),	    test(test_many),
		test(test_settle),	    test(test_losses),
		test(test_nonsense),	    test(test_compact),
		test(test_random),	    test(test_naming),
	};

	return cmocka_run_group_tests_name("tool_recording", tests, NULL, NULL);
}
