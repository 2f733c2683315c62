// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames by their kind: native, kernel, inlined; what forms of text have behind the names. */
#include "tool.h"

#include "export/export.h"
#include "import/file.h"
#include "model/label.h"

/* Return a location of a function that has another one inlined. */
static uint32_t two_lines(struct ember_profile *p, uint32_t mapping, const char *inner,
			  const char *outer)
{
	uint8_t kind = p->mapping[mapping].kind;
	struct ember_function f = { .name = ember_profile_string(p, inner), .kind = kind };
	struct ember_line line[2] = { { ember_profile_function(p, &f), 7 } };

	f.name = ember_profile_string(p, outer);
	line[1].function = ember_profile_function(p, &f);
	return ember_profile_location(p, p->mapping[mapping].start + 16, mapping, line, 2);
}

/* A kernel location with an inlined function, a user one, and one without a name. */
static struct ember_profile *three(uint32_t frame[3])
{
	struct ember_profile *p = ember_profile_new();
	struct ember_mapping binary = { .start = 0x400000,
					.limit = 0x402000,
					.file = ember_profile_string(p, "/usr/bin/work") };
	struct ember_mapping kernel = { .start = 0x81000000,
					.limit = 0x82000000,
					.file = ember_profile_string(p, "[kernel.kallsyms]"),
					.kind = EMBER_FRAME_KERNEL };
	struct ember_sample sample = { .comm = ember_profile_string(p, "work"),
				       .tgid = 1,
				       .tid = 1 };
	uint32_t user = ember_profile_mapping(p, &binary);

	frame[0] = two_lines(p, ember_profile_mapping(p, &kernel), "get_page", "vfs_read");
	frame[1] = ember_profile_location(p, 0x400500, user, NULL, 0);
	frame[2] = two_lines(p, user, "clamp", "main");
	ember_profile_cpu(p, 1000000);
	ember_profile_sample(p, &sample, frame, 3, (uint64_t[]){ 1, 1000000 });
	return p;
}

static void test_a_frame_has_one_kind(void **state)
{
	uint32_t frame[3];
	struct ember_profile *p = three(frame);

	(void)state;
	assert_int_equal(ember_frame_kind(p, frame[0], 0), EMBER_FRAME_INLINED);
	assert_int_equal(ember_frame_kind(p, frame[0], 1), EMBER_FRAME_KERNEL);
	assert_int_equal(ember_frame_kind(p, frame[1], 0), EMBER_FRAME_NATIVE);
	assert_int_equal(ember_frame_kind(p, frame[2], 0), EMBER_FRAME_INLINED);
	assert_int_equal(ember_frame_kind(p, frame[2], 1), EMBER_FRAME_NATIVE);
	ember_profile_free(p);
}

static void folded(struct ember_profile *p, const char *expected)
{
	char *text;

	assert_int_equal(ember_export_write(p, tool_path("k.folded"), NULL), 0);
	text = tool_read(tool_path("k.folded"));
	assert_string_equal(text, expected);
	free(text);
}

static void test_inlined_frames_are_marked_on_demand(void **state)
{
	uint32_t frame[3];
	struct ember_profile *p = three(frame);

	(void)state;
	folded(p, "work;main;clamp;[work+0x500];vfs_read_[k];get_page_[k] 1\n");
	p->inlined_apart = true;
	folded(p, "work;main;clamp_[i];[work+0x500];vfs_read_[k];get_page_[i]_[k] 1\n");
	ember_profile_free(p);
}

/* A function that is inlined in one place and called in another is two nodes of a tree. */
static void test_marked_frames_are_apart_from_called_ones(void **state)
{
	uint32_t frame[3];
	struct ember_profile *p = three(frame);
	uint32_t called = tool_frame(p, "clamp", 0x400700, 1, false);

	(void)state;
	assert_int_equal(ember_label(p, called, 0), ember_label(p, frame[2], 0));
	p->inlined_apart = true;
	assert_int_not_equal(ember_label(p, called, 0), ember_label(p, frame[2], 0));
	assert_string_equal(ember_label_suffix(p, ember_label(p, called, 0)), "");
	ember_profile_free(p);
}

/* pprof has a mapping's kind and a location's lines, from which the kinds come back. */
static void test_pprof_keeps_kinds(void **state)
{
	uint32_t frame[3], i;
	struct ember_profile *p = three(frame), *back;
	const char *why = NULL;
	uint8_t *bytes;
	size_t n;

	(void)state;
	assert_int_equal(ember_export_write(p, tool_path("k.pb"), NULL), 0);
	bytes = ember_import_slurp(tool_path("k.pb"), &n);
	assert_non_null(bytes);
	back = ember_import_bytes(bytes, n, &why);
	free(bytes);
	assert_non_null(back);
	assert_int_equal(back->nr_frame, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(ember_frame_kind(back, back->frame[i], 0),
				 ember_frame_kind(p, frame[i], 0));
		assert_int_equal(back->mapping[back->location[back->frame[i]].mapping].kind,
				 p->mapping[p->location[frame[i]].mapping].kind);
	}
	ember_profile_free(back);
	ember_profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_frame_has_one_kind),
		cmocka_unit_test(test_inlined_frames_are_marked_on_demand),
		cmocka_unit_test(test_marked_frames_are_apart_from_called_ones),
		cmocka_unit_test(test_pprof_keeps_kinds),
	};

	return cmocka_run_group_tests_name("tool_frame_kind", tests, NULL, tool_clean);
}
