// SPDX-License-Identifier: GPL-2.0-or-later
/* From records to counts: times, generations of mappings, ring numbers, nonsense. */
#include "record_kit.h"

#include "model/compact.h"

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
	feed_file(1, "/a");
	feed_file(2, "/b");
	feed_time(0, t);
	feed_thread(0, 0, 100, 1);
	feed_stack(0, 0, 0, 0x1500);
	feed_sample(0, t, 0, 0); /* before the first: /a, backwards */
	feed_generation(1, 1, t + 10, 1);
	feed_sample(0, t + 20, 0, 0); /* /a */
	feed_sample(0, t + SECOND, 0, 0); /* /b, defined below */
	feed_sample(0, t + SECOND + 5, 0, 0); /* /b */
	feed_generation(1, 2, t + SECOND - 1, 2);
	feed_sample(0, t + SECOND - 2, 0, 0); /* /a */
	feed_generation(1, 3, t + 2 * SECOND, 1);
	feed_sample(0, t + 2 * SECOND + 1, 0, 0); /* /a again */
	feed_sample(0, t + SECOND + 9, 0, 0); /* /b */
	ember_recording_stop(&r);
	assert_int_equal(counted(0x1500, 1), 4);
	assert_int_equal(counted(0x1500, 2), 3);
	assert_int_equal(r.ignored, 0);
}

/* Generations may come in another order than their times. */
static void test_generations_order(void **state)
{
	(void)state;
	feed_generation(5, 2, 200, 2);
	feed_generation(5, 3, 300, 3);
	feed_generation(5, 1, 100, 1);
	feed_time(0, 100);
	feed_thread(0, 0, 100, 5);
	feed_stack(0, 0, 0, 0x1500);
	feed_sample(0, 99, 0, 0);
	feed_sample(0, 100, 0, 0);
	feed_sample(0, 250, 0, 0);
	feed_sample(0, 300, 0, 0);
	feed_sample(0, 301, 0, 0);
	ember_recording_stop(&r);
	assert_int_equal(counted(0x1500, 1), 2);
	assert_int_equal(counted(0x1500, 2), 1);
	assert_int_equal(counted(0x1500, 3), 2);
}

/* A library that was loaded a moment ago is in the next generation, but not further. */
static void test_next_generation(void **state)
{
	(void)state;
	feed_time(0, 100);
	feed_thread(0, 0, 100, 1);
	feed_thread(0, 1, 101, 2);
	feed_stack(0, 0, 0, 0x1500);
	feed_generation(1, 1, 100, 0);
	feed_generation(1, 2, 200, 1);
	feed_sample(0, 150, 0, 0);
	/* In space 2 it was gone again by 200: what is there at 300 is another one. */
	feed_generation(2, 1, 100, 0);
	feed_generation(2, 2, 200, 0);
	feed_generation(2, 3, 300, 2);
	feed_sample(0, 150, 1, 0);
	feed_sample(0, 250, 1, 0);
	ember_recording_stop(&r);
	assert_int_equal(counted(0x1500, 1), 1);
	assert_int_equal(counted(0x1500, 2), 1);
	assert_int_equal(counted(0x1500, 0), 1);
}

/* A generation that didn't come whole is as if it had never been. */
static void test_incomplete(void **state)
{
	(void)state;
	feed_time(0, 100);
	feed_thread(0, 0, 100, 1);
	feed_stack(0, 0, 0, 0x1500);
	feed_generation(1, 1, 100, 1);
	feed_space(1, 2, 200);
	feed_map(1, 0x1000, 0x2000, 0, 2);
	feed_end(1, 2, 2); /* one is missing */
	feed_space(1, 2, 210);
	feed_map(1, 0x1000, 0x2000, 0, 2); /* no end: */
	feed_generation(1, 2, 220, 3);
	feed_sample(0, 205, 0, 0);
	feed_sample(0, 215, 0, 0);
	feed_sample(0, 225, 0, 0);
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
	feed_thread(0, 0, 100, 1);
	feed_stack(0, 0, 0, 0x1500);
	feed_generation(1, 1, 0, 1);
	feed_generation(1, 2, t + 100, 2);
	feed_time(0, t);
	feed_sample(0, t + 1, 0, 0); /* /1 */
	feed_sample(0, t + 101, 0, 0); /* /2, its low half came round */
	feed_sample(0, t + 99, 0, 0); /* /1 */
	feed_sample(0, t + 102, 0, 0); /* /2 */
	feed_time(0, t + (9ull << 32));
	feed_sample(0, t + (9ull << 32) + 5, 0, 0);
	assert_true(r.ring[0].time == t + (9ull << 32) + 5);
	ember_recording_stop(&r);
	assert_int_equal(counted(0x1500, 1), 2);
	assert_int_equal(counted(0x1500, 2), 3);
}

/* Numbers are a ring's own, and the latest definition holds. */
static void test_numbers(void **state)
{
	(void)state;
	feed_time(0, 100);
	feed_time(1, 100);
	feed_thread(0, 3, 100, 0);
	feed_thread(1, 3, 200, 0);
	feed_stack(0, 9, 0, 0x1111);
	feed_stack(1, 9, 0, 0x2222);
	feed_sample(0, 100, 3, 9);
	feed_sample(1, 100, 3, 9);
	feed_stack(0, 9, 0, 0x2222);
	feed_thread(0, 3, 200, 0);
	feed_sample(0, 101, 3, 9); /* the same as ring 1's */
	feed_sample(0, 101, 4, 9); /* neither was defined */
	feed_sample(0, 101, 3, 10);
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
	feed_generation(1, 1, 100, 1);
	feed_generation(2, 1, 100, 1);
	feed_generation(1, 3, 300, 3);
	feed_generation(1, 2, 200, 2);
	ember_spaces_compact(&r.spaces, 250, is_first, NULL);
	assert_int_equal(r.spaces.nr_generation, 2);
	assert_int_equal(r.spaces.nr_map, 2);
	assert_int_equal(file_at(1, 250), 2);
	assert_int_equal(file_at(1, 350), 3);
	assert_int_equal(ember_spaces_at(&r.spaces, 2, 350), EMBER_NO_NUMBER);
	/* Definitions continue as before, even if compaction comes in the middle of one. */
	feed_space(1, 4, 400);
	feed_map(1, 0x1000, 0x2000, 0, 4);
	ember_spaces_compact(&r.spaces, 350, is_first, NULL);
	feed_end(1, 4, 1);
	feed_generation(2, 2, 400, 2);
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
	feed_time(0, SECOND);
	feed_thread(0, 0, 100, 1);
	for (i = 0; i < 10; i++)
		feed_stack(0, i, 0, 0x1000 + i);
	feed_generation(1, 1, 1, 1);
	for (i = 0; i < 50000; i++)
		feed_sample(0, SECOND + 1000 * i, 0, i % 10);
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
		feed_time(ring, SECOND);
		feed_thread(ring, 0, 1, 1);
		for (i = 0; i < 10; i++)
			feed_stack(ring, i, 0, 0x1000 + i);
	}
	for (ring = 0; ring < 2; ring++)
		for (i = 0; i < 200; i++)
			feed_sample(ring, SECOND + 1000 * i, 0, i % 10);
	ember_recording_resolve(&r, SECOND - 1);
	assert_int_equal(all_counted(), 0);
	feed_generation(1, 1, 1, 1);
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
	feed(0, EMBER_REC_LOST, &lost, sizeof(lost));
	feed(1, EMBER_REC_LOST, &lost, sizeof(lost));
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
	feed(0, EMBER_REC_STACK, &stack, sizeof(stack.s) + 8); /* half of it */
	assert_int_equal(r.ignored, 1);
	stack.s.nr_user = 200; /* too deep */
	feed(0, EMBER_REC_STACK, &stack, sizeof(stack));
	assert_int_equal(r.ignored, 2);
	stack.s.nr_user = 2;
	stack.s.stack = 1u << 31; /* no such slot */
	feed(0, EMBER_REC_STACK, &stack, sizeof(stack));
	feed_thread(0, UINT32_MAX, 1, 1);
	assert_int_equal(r.ignored, 4);
	feed(2, EMBER_REC_FILE, &file, sizeof(file)); /* a path past its end */
	file.f.path_bytes = 3;
	file.f.build_id_bytes = 21;
	feed(2, EMBER_REC_FILE, &file, sizeof(file));
	file.f.build_id_bytes = 0;
	file.f.file = 1u << 30;
	feed(2, EMBER_REC_FILE, &file, sizeof(file));
	assert_int_equal(r.ignored, 7);
	feed_space(1u << 30, 1, 1);
	feed_space(0, 1, 1);
	feed_map(1, 0x1000, 0x2000, 0, 1); /* no SPACE before it */
	feed_end(1, 1, 0);
	assert_int_equal(r.ignored, 11);
	feed_space(1, 1, 1);
	feed_map(1, 0x2000, 0x1000, 0, 1);
	feed_end(1, 7, 0);
	assert_int_equal(r.ignored, 13);
	feed(RINGS, EMBER_REC_SAMPLE, &sample, sizeof(sample)); /* no such ring */
	assert_int_equal(r.ignored, 14);
	for (type = EMBER_REC_TIME; type <= EMBER_REC_SPACE_END; type++)
		feed(0, type, &stack, 8); /* too short */
	assert_int_equal(r.ignored, 23);
	feed(0, 999, &stack, 8); /* unknown: skipped */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		records(test_generations),     records(test_generations_order),
		records(test_next_generation), records(test_incomplete),
		records(test_times),	       records(test_numbers),
		records(test_packing),	       records(test_many),
		records(test_settle),	       records(test_losses),
		records(test_nonsense),	       records(test_compact),
		records(test_random),
	};

	return cmocka_run_group_tests_name("tool_recording", tests, NULL, tool_clean);
}
