// SPDX-License-Identifier: GPL-2.0-or-later
/* From records to names. */
#include "record_kit.h"

#include "model/normalize.h"
#include "symbolize/naming.h"
#include "symbolize/symbols.h"

extern const char __executable_start;

__attribute__((__noinline__)) static int landmark(int n)
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
	feed_file(1, path);
	feed_time(0, SECOND);
	feed_thread(0, 0, 100, 1);
	feed_thread(0, 1, 200, 2);
	feed_space(1, 1, 1);
	feed_map(1, start, end, offset, 1);
	feed_end(1, 1, 1);
	feed_space(2, 1, 1);
	feed_map(2, start + shift, end + shift, offset, 1);
	feed_end(2, 1, 1);
	feed_stack(0, 0, 0, pc);
	feed_stack(0, 1, 0, pc + shift);
	feed_stack(0, 2, 0, 0x10);
	feed_sample(0, SECOND + 1, 0, 0);
	feed_sample(0, SECOND + 2, 1, 1);
	feed_sample(0, SECOND + 3, 1, 2);
	feed(0, EMBER_REC_STACK, &deep, sizeof(deep));
	feed_sample(0, SECOND + 4, 0, 3);
	feed(0, EMBER_REC_STACK, &gaps, sizeof(gaps.s) + 8);
	feed_sample(0, SECOND + 5, 0, 4);
	feed_sample(0, SECOND + 6, 0, 4);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		records(test_naming),
	};

	return cmocka_run_group_tests_name("tool_recording_names", tests, NULL, tool_clean);
}
